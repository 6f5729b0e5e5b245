//! What the server promises, as tests. Read the names.
#![expect(clippy::expect_used, clippy::panic, reason = "a test that fails should say where")]

mod calls;
mod clients;
mod errors;
mod introspect;
mod journeys;
mod races;
mod revoke;
mod scopes;
mod token;
