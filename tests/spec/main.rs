//! What the server promises, as tests. Read the names.

mod journeys;
mod koppeltaal;
mod legacy_grants;
mod reference_tokens;
mod scopes;
