//! Simulated problems as an app and a browser meet them.

mod authorizing;
mod backends;
mod desk;
mod expiry;
mod launcher;
mod others;
mod scopes_and_keys;
mod tokens;
