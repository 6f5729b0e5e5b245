//! `POST /{tenant}/introspect`: who may ask, and what they learn (RFC 7662).

mod active;
mod callers;
mod inactive;
mod refresh_tokens;
mod verified;

const SCOPE: &str = "openid fhirUser launch/patient offline_access patient/*.rs";
