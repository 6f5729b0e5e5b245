//! What a client's assertions may bring for its tokens, and which organizations it may speak for.

use super::{
    fields::Fields,
    reading::{Reading, Text},
};
use rules::{
    client::ClientAuthentication,
    extensions::{
        b2b::HL7_B2B,
        uri::{is_of_scheme, is_uri},
    },
    tenant::{AuthenticationMethod, GrantType, Tenant},
};
use std::collections::BTreeSet;

pub struct ClientExtensions {
    pub extensions: BTreeSet<String>,
    pub required_extensions: BTreeSet<String>,
    pub organization_ids: BTreeSet<String>,
}

pub fn client_extensions(
    fields: &Fields<'_>,
    grant_types: &BTreeSet<GrantType>,
    authentication: Option<&ClientAuthentication>,
    tenant: Option<&Tenant>,
) -> ClientExtensions {
    let extensions = names(fields);
    let is_by_key = |it: &ClientAuthentication| it.method() == AuthenticationMethod::PrivateKeyJwt;
    if !extensions.is_empty() && authentication.is_some_and(|it| !is_by_key(it)) {
        let expected = "`token_endpoint_auth_method = \"private_key_jwt\"` with it: extensions are in an assertion";
        fields.reading.mistake(fields.place("extensions"), "`extensions` of a client without a key", expected);
    }
    let required_extensions = required(fields, &extensions, grant_types);
    let organization_ids = organizations(fields, &extensions, tenant);
    ClientExtensions { extensions, required_extensions, organization_ids }
}

fn names(fields: &Fields<'_>) -> BTreeSet<String> {
    let names = fields.texts("extensions");
    fields.reading.unique("each once", names.iter().copied(), str::to_owned);
    let is_name = |text: &str| {
        (1..=64).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    for name in names.iter().filter(|name| !is_name(name.value)) {
        let expected = "the name of an extension object: at most 64 letters, digits, `-`, `_` and `.`";
        fields.reading.wrong(*name, expected);
    }
    owned(names)
}

fn required(fields: &Fields<'_>, extensions: &BTreeSet<String>, grant_types: &BTreeSet<GrantType>) -> BTreeSet<String> {
    let names = fields.texts("required_extensions");
    fields.reading.unique("each once", names.iter().copied(), str::to_owned);
    for name in &names {
        if !extensions.contains(name.value) {
            fields.reading.wrong(*name, "one of its `extensions`");
        } else if name.value == HL7_B2B && !grant_types.contains(&GrantType::ClientCredentials) {
            let expected = "grant_types with `client_credentials`: no other grant requires this object";
            fields.reading.wrong(*name, expected);
        }
    }
    owned(names)
}

/// B2B-7: without them, no organization is the client's.
fn organizations(fields: &Fields<'_>, extensions: &BTreeSet<String>, tenant: Option<&Tenant>) -> BTreeSet<String> {
    let ids = fields.texts("organization_ids");
    match (extensions.contains(HL7_B2B), ids.is_empty()) {
        (true, true) => {
            let expected = "organization_ids = [\"the URIs of the organizations that it may speak for\"]";
            fields.reading.mistake(fields.place("extensions"), "`hl7-b2b` without `organization_ids`", expected);
        }
        (false, false) => {
            let expected = "`extensions = [\"hl7-b2b\"]` with it";
            fields.reading.mistake(fields.place("organization_ids"), "`organization_ids`", expected);
        }
        _ => {}
    }
    fields.reading.unique("each once", ids.iter().copied(), str::to_owned);
    for id in &ids {
        check_organization(fields.reading, *id, tenant);
    }
    owned(ids)
}

fn check_organization(reading: &Reading<'_>, id: Text<'_>, tenant: Option<&Tenant>) {
    let schemes = tenant.map(|tenant| tenant.b2b.organization_schemes.as_slice()).unwrap_or_default();
    if !is_uri(id.value) {
        reading.wrong(id, "a URI, such as `https://payer.example` or `urn:oid:2.16.840.1.113883.4.6#1234567890`");
    } else if !schemes.is_empty() && !schemes.iter().any(|scheme| is_of_scheme(id.value, scheme)) {
        reading.wrong(id, format!("one that `organization_schemes` in [b2b] allows: {}", schemes.join(", ")));
    }
}

fn owned(texts: Vec<Text<'_>>) -> BTreeSet<String> {
    texts.into_iter().map(|text| text.value.to_owned()).collect()
}
