//! `POST /{tenant}/token`: what each grant gives, and what it refuses.

mod access_token;
mod authorization_code;
mod bad_input;
mod client_credentials;
mod cors;
mod expiry;
mod headers;
mod id_token;
mod launch_context;
mod powers;
mod refresh_token;
mod replay;
mod resource;
mod rotation;
mod verifier;

/// Everything an app of a patient usually asks for.
const SCOPE: &str = "openid fhirUser launch/patient offline_access patient/*.rs";
