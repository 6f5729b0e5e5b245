//! What the server promises, as tests. Read the names.
#![expect(clippy::expect_used, clippy::panic, reason = "a test that fails should say where")]

mod attacks;
mod audit;
mod authorize;
mod authorizer;
mod calls;
mod clients;
mod consent;
mod discovery;
mod errors;
mod errors_authorize;
mod explanations;
mod faults;
mod healthlake;
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
mod requirements;
mod revoke;
mod scope_words;
mod second_factors;
mod sessions;
mod signing_keys;
mod store;
mod token;
mod userinfo;
mod watched;
