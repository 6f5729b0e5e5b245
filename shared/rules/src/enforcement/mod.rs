//! What a FHIR API lets a token do, as far as a request's method and path tell (SMART App Launch 2.2, scopes for FHIR
//! resources). For who stands before a FHIR server that knows nothing of scopes.

mod judge;
mod need;

pub use judge::{Bearer, levels};
pub use need::{Need, Whose, need};

/// A request to a FHIR API.
#[derive(Clone, Copy, Debug)]
pub struct FhirRequest<'a> {
    pub method: &'a str,
    /// What follows the FHIR base, as it was sent.
    pub path: &'a str,
    /// Decoded. What a form holds, nobody sees here.
    pub query: &'a [(String, String)],
    /// Whether `If-None-Exist` came: a create that searches first.
    pub is_conditional_create: bool,
}
