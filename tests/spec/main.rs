//! What the server promises, as tests. Read the names.
#![expect(clippy::expect_used, reason = "a test that fails should say where")]

mod attacks;
mod explanations;
mod journeys;
mod keys;
mod koppeltaal;
mod legacy_grants;
mod reference_tokens;
mod scopes;
