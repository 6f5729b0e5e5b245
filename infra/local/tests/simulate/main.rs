//! Simulated problems as an app and a browser meet them, over HTTP.

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
