//! `[b2b]`: what the tenant's community has agreed on for organizations that ask by themselves (`hl7-b2b`).

use super::{
    fields::{Fields, Shape},
    reading::Text,
};
use rules::{
    extensions::uri::{is_scheme, is_uri},
    tenant::B2b,
};

const B2B: Shape<'_> = Shape {
    name: "[b2b]",
    keys: &["purposes", "organization_schemes", "subject_id_systems", "subject_role_systems", "subject_in_audit"],
};

pub fn b2b(root: &Fields<'_>) -> B2b {
    let Some((at, table)) = root.table("b2b") else { return B2b::default() };
    let fields = Fields::new(root.reading, at, table, &B2B);
    B2b {
        purposes: list(
            &fields,
            "purposes",
            is_purpose,
            "a purpose as it is sent, such as `urn:oid:2.16.840.1.113883.5.8#TREAT`",
        ),
        organization_schemes: list(
            &fields,
            "organization_schemes",
            is_start_of_uri,
            "what a URI begins with, without its last colon: `https`, or `urn:oid`",
        ),
        subject_id_systems: list(&fields, "subject_id_systems", is_system, SYSTEM),
        subject_role_systems: list(&fields, "subject_role_systems", is_system, SYSTEM),
        subject_in_audit: fields.flag("subject_in_audit"),
    }
}

const SYSTEM: &str = "what stands before the `#`: a URI such as `urn:oid:2.16.840.1.113883.4.6`";

/// An empty list would read as "nothing" and mean everything.
fn list(fields: &Fields<'_>, name: &str, is_good: fn(&str) -> bool, expected: &str) -> Vec<String> {
    let texts: Vec<Text<'_>> = fields.texts(name);
    if fields.get(name).is_some_and(|value| value.get_ref().as_array().is_some_and(|list| list.is_empty())) {
        fields.reading.mistake(fields.place(name), "an empty list", format!("at least one, or no `{name}`"));
    }
    fields.reading.unique("each once", texts.iter().copied(), str::to_owned);
    for text in texts.iter().filter(|text| !is_good(text.value)) {
        fields.reading.wrong(*text, expected);
    }
    texts.into_iter().map(|text| text.value.to_owned()).collect()
}

fn is_purpose(text: &str) -> bool {
    !text.trim().is_empty() && text.trim() == text && !text.contains(char::is_control)
}

fn is_start_of_uri(text: &str) -> bool {
    let mut parts = text.split(':');
    parts.next().is_some_and(is_scheme)
        && parts.all(|part| !part.is_empty() && !part.contains(['/', '?', '#']))
        && is_uri(&format!("{text}:x"))
}

fn is_system(text: &str) -> bool {
    is_uri(text) && !text.contains('#')
}
