//! For which FHIR server a token is, said to apps of a tenant that has several (SMART App Launch 2.2, `authorization_details`).

use crate::tenant::{Tenant, same_server};
use serde_json::{Value, json};

/// One location: a token has one audience (RFC 9700 §2.3), and any other server of the tenant would refuse it. Scope and
/// context are those of the answer around it. Nothing where there is nothing to tell apart.
pub fn authorization_details(tenant: &Tenant, aud: &str) -> Option<Value> {
    let server = tenant.fhir_servers.iter().find(|server| same_server(&server.url, aud))?;
    (tenant.fhir_servers.len() > 1)
        .then(|| json!([{ "type": "smart_on_fhir", "locations": [server.url], "fhirVersions": [server.fhir_version] }]))
}
