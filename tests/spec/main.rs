//! What the server promises, as tests. Read the names.
#![expect(clippy::expect_used, clippy::panic, reason = "a test that fails should say where")]

mod attacks;
mod authorize;
mod calls;
mod clients;
mod consent;
mod discovery;
mod errors;
mod errors_authorize;
mod explanations;
mod fuzzed;
mod identity_providers;
mod introspect;
mod journeys;
mod keys;
mod koppeltaal;
mod launch_context;
mod layout;
mod legacy_grants;
mod manage;
mod passwords;
mod races;
mod reference_tokens;
mod revoke;
mod scopes;
mod second_factors;
mod sessions;
mod signing_keys;
mod store;
mod token;
mod userinfo;
