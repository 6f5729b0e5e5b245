//! The local server's own pages, over HTTP, as a browser without a script sees them, and the problems that it simulates.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "in a test a panic is the finding")]

mod agent;
mod any_client;
mod behind;
mod fhir_door;
mod hand;
mod launcher;
mod launches;
mod other_table;
mod public_url;
mod register;
mod server_apps;
mod simulate;
mod validate;
mod vouch;
