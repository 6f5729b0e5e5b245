//! What FHIR servers, the resources before them, and EHRs have in common in a tenant file.

use super::{
    fields::Fields,
    reading::{Text, is_printable_ascii},
    secrets::SecretKeys,
};
use rules::tenant::DpopUse;
use url::Url;

pub const INTROSPECTION_SECRETS: SecretKeys =
    SecretKeys { one: "introspection_secret", several: "introspection_secrets", hashes: "introspection_secret_hashes" };

/// `/Patient/1` is appended to it, so it ends with its path. It is published, so it holds no password.
pub fn base_url(fields: &Fields<'_>, url: Text<'_>) -> Option<String> {
    let filled = fields.reading.absolute_url(url)?;
    let parsed = Url::parse(&filled).ok()?;
    let more = parsed.query().is_some() || parsed.fragment().is_some();
    if more || !parsed.username().is_empty() || parsed.password().is_some() {
        let found = if more { "a FHIR base URL with a query or fragment" } else { "a FHIR base URL with a user name" };
        fields.reading.mistake(url.at, found, "the base URL alone, as apps send it in `aud`: https://host/path");
        return None;
    }
    Some(filled)
}

pub fn dpop_use(fields: &Fields<'_>) -> DpopUse {
    let choices = [DpopUse::Off, DpopUse::Accepted, DpopUse::Required].map(|one| (one.as_str(), one));
    fields.choice("dpop", &choices).unwrap_or_default()
}

/// A user name for Basic, where a colon ends it (RFC 7617 §2).
pub fn caller_name(fields: &Fields<'_>) -> Option<String> {
    let name = fields.required("name", "\"a user name for Basic\"")?;
    if !is_printable_ascii(name.value) || name.value.contains(':') {
        fields.reading.wrong(name, "1 to 255 printable ASCII characters without a colon");
        return None;
    }
    Some(name.value.to_owned())
}
