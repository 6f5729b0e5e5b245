//! The local server's own pages, over HTTP, as a browser without a script sees them.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the finding")]

mod kit;

mod behind;
mod fhir_door;
mod launcher;
mod register;
mod server_apps;
mod validate;
