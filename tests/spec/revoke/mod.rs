//! `POST /{tenant}/revoke`: a client gives back a token (RFC 7009).

mod clients;
mod tokens;

const SCOPE: &str = "openid fhirUser launch/patient offline_access patient/*.rs";
