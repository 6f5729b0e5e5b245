//! What the server promises, as tests. Read the names.

mod journeys;
mod koppeltaal;
mod reference_tokens;
mod scopes;
