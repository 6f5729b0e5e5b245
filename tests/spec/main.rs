//! What the server promises, as tests. Read the names.

mod attacks;
mod journeys;
mod keys;
mod scopes;
