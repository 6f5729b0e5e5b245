//! What the server promises, as tests. Read the names.
#![expect(clippy::expect_used, clippy::panic, reason = "a test that fails should say where")]

mod authorize;
mod discovery;
mod errors_authorize;
mod journeys;
mod launch_context;
mod layout;
mod scopes;
mod store;
