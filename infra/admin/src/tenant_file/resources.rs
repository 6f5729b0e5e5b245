//! `[[resources]]`: what tokens can be for that is no FHIR base, such as an MCP server that reads from one (MCP-3).

use super::{
    client::scope_set,
    fields::{Fields, Shape},
    guarded::{INTROSPECTION_SECRETS, base_url, caller_name, dpop_use},
    secrets::secrets,
    user::named_server,
};
use rules::{
    scope::{Scope, ScopeSet},
    tenant::{FhirServer, ProtectedResource},
};

pub const RESOURCE: Shape<'_> = Shape {
    name: "[[resources]]",
    keys: &[
        "name",
        "url",
        "fhir_server",
        "scope",
        "introspection_secret",
        "introspection_secrets",
        "introspection_secret_hashes",
        "dpop",
    ],
};

pub fn resource(fields: &Fields<'_>, servers: &[FhirServer]) -> Option<ProtectedResource> {
    let name = caller_name(fields);
    let url = fields.required("url", "\"the address that its clients call\"").and_then(|url| base_url(fields, url));
    let fhir_server = fhir_server(fields, servers);
    let (scope, secrets, dpop) = (scope(fields), secrets(fields, &INTROSPECTION_SECRETS), dpop_use(fields));
    Some(ProtectedResource { name: name?, url: url?, fhir_server: fhir_server?, scope: scope?, secrets, dpop })
}

/// Whose people and records its tokens speak of: the one that is named, or the only one.
fn fhir_server(fields: &Fields<'_>, servers: &[FhirServer]) -> Option<String> {
    if fields.has("fhir_server") {
        return named_server(fields, servers);
    }
    match servers {
        [only] => Some(only.url.clone()),
        _ => {
            let expected = "`fhir_server` with the name of one: its tokens speak of the records there";
            fields.reading.mistake(fields.at, "no FHIR server, where the tenant has several", expected);
            None
        }
    }
}

/// A token with powers over Admit is for Admit.
fn scope(fields: &Fields<'_>) -> Option<ScopeSet> {
    let text = fields.required("scope", "\"all that its tokens may hold\"")?;
    let scope = scope_set(fields.reading, text)?;
    if let Some(other) = scope.iter().find(|scope| !scope.is_data() || Scope::is_power(scope)) {
        let expected = "scopes of what it opens alone, such as patient/*.rs or __tools: who signs in, what is in view and how long \
                        access lasts is decided as for the FHIR server";
        fields.reading.mistake(text.at, format!("the scope {other}"), expected);
    }
    Some(scope)
}
