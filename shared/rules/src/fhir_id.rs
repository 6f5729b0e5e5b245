//! The form of FHIR ids, types and references.

/// FHIR R4 §2.24.0.1, id.
pub fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
}

/// The form of a resource type's name.
pub fn is_type(text: &str) -> bool {
    text.len() <= 64
        && text.starts_with(|c: char| c.is_ascii_uppercase())
        && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// The type and id of `Type/id`.
pub fn relative_reference(text: &str) -> Option<(&str, &str)> {
    let (kind, id) = text.split_once('/')?;
    (is_type(kind) && is_id(id)).then_some((kind, id))
}
