//! What a FHIR API lets a token do (SMART App Launch 2.2, scopes for FHIR resources). [`need`] and [`levels`] judge a request by
//! its method and path. [`grants`] judge a resource by its content, where it is at hand.

mod grant;
mod judge;
mod need;

pub use grant::{Place, ScopeGrant, ScopeReach, grants, is_shared};
pub use judge::{Bearer, levels};
pub use need::{Need, Whose, need};

/// A request to a FHIR API.
#[derive(Clone, Copy, Debug)]
pub struct FhirRequest<'a> {
    pub method: &'a str,
    /// What follows the FHIR base, as it was sent.
    pub path: &'a str,
    /// Decoded. Whoever sees no bodies can't know what a form adds to it.
    pub query: &'a [(String, String)],
    /// Whether `If-None-Exist` came: a create that searches first.
    pub is_conditional_create: bool,
}
