//! The FHIR bases that a tenant guards, and how a URL names one.

use super::dpop::DpopUse;
use crate::secret::ChosenSecretHash;
use serde::{Deserialize, Serialize};

/// Whether two URLs name one FHIR server.
pub fn same_server(a: &str, b: &str) -> bool {
    without_slash(a) == without_slash(b)
}

/// The same of a `resource` (RFC 8707), which may have its scheme and host in any case (RFC 3986 §6.2.2.1). SMART's `aud` may not.
pub fn same_resource(a: &str, b: &str) -> bool {
    let ((a_origin, a_path), (b_origin, b_path)) = (origin_and_path(a), origin_and_path(b));
    a_origin.eq_ignore_ascii_case(b_origin) && without_slash(a_path) == without_slash(b_path)
}

fn origin_and_path(url: &str) -> (&str, &str) {
    let authority = url.find("://").map_or(0, |scheme| scheme + 3);
    let end = url[authority..].find('/').map_or(url.len(), |slash| authority + slash);
    url.split_at(end)
}

/// The FHIR server below whose base an absolute URL lies, and the rest of the URL. The longest base counts, where one lies below
/// another.
pub fn below<'s, 't>(servers: &'s [FhirServer], url: &'t str) -> Option<(&'s FhirServer, &'t str)> {
    let rest =
        |server: &'s FhirServer| Some((server, url.strip_prefix(without_slash(&server.url))?.strip_prefix('/')?));
    servers.iter().filter_map(rest).max_by_key(|(server, _)| server.url.len())
}

fn without_slash(url: &str) -> &str {
    url.strip_suffix('/').unwrap_or(url)
}

/// A FHIR base that this tenant guards: a valid `aud`, and a caller of `introspect`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FhirServer {
    pub name: String,
    pub url: String,
    /// As its CapabilityStatement says it, `4.0.1` for R4.
    pub fhir_version: String,
    /// Live secrets for `introspect` and `launchContext` by Basic; two of them while one is being replaced.
    pub secrets: Vec<ChosenSecretHash>,
    /// For a data store of AWS HealthLake.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub healthlake: Option<HealthLakeRoles>,
    /// Whether it verifies DPoP proofs.
    #[serde(default, skip_serializing_if = "DpopUse::is_off")]
    pub dpop: DpopUse,
}

/// IAM roles in which HealthLake carries out what a token allows (HL-7).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthLakeRoles {
    /// For tokens whose scopes read and search alone.
    pub read: String,
    /// For all others; without it they read.
    pub write: Option<String>,
}
