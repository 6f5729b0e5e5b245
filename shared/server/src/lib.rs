//! What a function works with: the table, the keys, outgoing calls, the log. Everything here may wait; what is decided, `rules`
//! decides. This file is the table of contents.

// The table, the keys, the clock, and how they are started.
pub mod aws;
pub mod bootstrap;
pub mod bounded;
mod clock;
pub mod keys;
mod server;
pub mod store;

pub use clock::{Clock, Stopwatch};
pub use server::Server;

// A request, from the gateway to its line in the log.
pub mod deadline;
pub mod dpop;
pub mod http;
pub mod lambda;
pub mod log;
pub mod request_notes;

// Who calls, who signs in, and who guesses.
pub mod client_auth;
pub mod clients;
pub mod compute;
pub mod sign_in;
pub mod throttle;

// What was granted: alive or over.
pub mod access_tokens;
pub mod authority;
pub mod connected_apps;
pub mod hti;
pub mod sessions;

// Others: FHIR servers, identity providers, the audit trail.
pub mod audit;
pub mod fhir;
pub mod upstream;
