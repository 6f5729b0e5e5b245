//! The characters of scopes: what may stand where, before it means anything.

use percent_encoding::percent_decode_str;
use std::borrow::Cow;

/// FHIR R4 search, "Managing returned resources": these choose what an answer looks like, not what is in it.
pub(super) const NOT_FILTERS: [&str; 14] = [
    "_sort",
    "_count",
    "_include",
    "_revinclude",
    "_summary",
    "_elements",
    "_contained",
    "_containedType",
    "_total",
    "_score",
    "_format",
    "_pretty",
    "_graph",
    "_maxresults",
];

/// The parameters of every resource type that are an ordinary comparison.
pub(super) const PLAIN_COMMON_PARAMETERS: [&str; 7] =
    ["_id", "_lastUpdated", "_profile", "_security", "_source", "_tag", "_language"];

/// RFC 6749 section 3.3: `%x21 / %x23-5B / %x5D-7E`.
pub(super) fn is_scope_text(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, 0x21 | 0x23..=0x5B | 0x5D..=0x7E))
}

/// Looks like a FHIR resource type. Which ones exist depends on the FHIR version of the server behind.
pub(super) fn is_resource_type(text: &str) -> bool {
    text.len() > 1
        && text.starts_with(|c: char| c.is_ascii_uppercase())
        && text.bytes().all(|b| b.is_ascii_alphabetic())
}

/// RFC 3986 section 3: a scheme, a colon, and something behind it.
pub(super) fn is_absolute_uri(text: &str) -> bool {
    text.split_once(':').is_some_and(|(scheme, rest)| {
        !rest.is_empty()
            && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
    })
}

/// Decoded once. `None` for a broken escape, for what isn't UTF-8, and for control characters, which no search value
/// needs and a line-based log would trip over. A `+` is a plus: this is a part of a scope, not of a form.
pub(super) fn percent_decoded(text: &str) -> Option<String> {
    let escapes_are_whole = text.split('%').skip(1).all(|after| {
        let hex = after.as_bytes().get(..2);
        hex.is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit))
    });
    let decoded = percent_decode_str(text).decode_utf8().ok().filter(|_| escapes_are_whole).map(Cow::into_owned)?;
    (!decoded.chars().any(char::is_control)).then_some(decoded)
}

/// Splits `code:in` into name and modifier. A chain stays in the name: `subject:Patient.name:exact` is
/// `subject:Patient.name` and `exact`; `_has:Observation:patient:code` is all name.
pub(super) fn parameter_name(text: &str) -> Option<(&str, Option<&str>)> {
    if !text.split(['.', ':']).all(is_parameter_word) {
        return None;
    }
    if text.starts_with("_has:") {
        return Some((text, None));
    }
    let last_step = text.rfind('.').map_or(0, |dot| dot + 1);
    match text[last_step..].split_once(':') {
        None => Some((text, None)),
        Some((_, modifier)) if modifier.contains(':') => None,
        Some((_, modifier)) => Some((&text[..text.len() - modifier.len() - 1], Some(modifier))),
    }
}

/// Splits at commas, but not at `\,`, which FHIR uses for a comma in a value.
pub(super) fn alternatives(value: &str) -> impl Iterator<Item = &str> {
    let mut escaped = false;
    value.split(move |character| {
        let separates = character == ',' && !escaped;
        escaped = character == '\\' && !escaped;
        separates
    })
}

fn is_parameter_word(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}
