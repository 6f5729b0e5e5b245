//! Simulated problems as an app and a browser meet them, over HTTP.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "in a test a panic is the finding")]

mod app;
mod authorizing;
mod backends;
mod browser;
mod desk;
mod expiry;
mod launcher;
mod others;
mod scopes_and_keys;
mod tokens;
