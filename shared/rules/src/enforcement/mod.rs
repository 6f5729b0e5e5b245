//! What a FHIR API lets a token do (SMART App Launch 2.2, scopes for FHIR resources). [`need`] and [`levels`] judge a request by
//! its method and path. [`grants`] judge a resource by its content, where it is at hand.

mod grant;
mod judge;
mod need;

pub use grant::{Place, ScopeGrant, ScopeReach, grants, is_shared};
pub use judge::{Bearer, levels};
pub use need::{Need, Whose, need, scopes_for};

/// A request to a FHIR API.
#[derive(Clone, Copy, Debug)]
pub struct FhirRequest<'a> {
    pub method: &'a str,
    /// What follows the FHIR base, as it was sent.
    pub path: &'a str,
    /// Decoded, with what the form of a POST to `_search` adds to it where that is seen.
    pub query: &'a [(String, String)],
    /// The query in `If-None-Exist`: a create that searches first.
    pub if_none_exist: Option<&'a str>,
    pub seen: Seen,
}

/// What of a request's parameters is at hand. A search by what is not seen may bring anything along, and ask by anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    All,
    /// All but bodies.
    NoForms,
    /// Method and path alone.
    NoQuery,
}

impl FhirRequest<'_> {
    /// What a conditional create searches by.
    fn condition(&self) -> Vec<(String, String)> {
        let query = self.if_none_exist.unwrap_or_default();
        // Some write it as a whole address, `Patient?identifier=1`.
        let query = query.split_once('?').map_or(query, |(_, query)| query);
        url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
    }
}
