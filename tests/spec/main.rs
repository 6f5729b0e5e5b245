//! What the server promises, as tests. Read the names.

mod journeys;
mod scopes;
