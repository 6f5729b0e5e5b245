//! Identifiers and codes as URIs: `system#value`, or a URI by itself (FAST Security 2.0.0 §5.2.1.3).

/// An absolute URI (RFC 3986 §4.3), with a fragment or without: a scheme, and something after it.
pub fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    is_scheme(scheme) && !rest.is_empty() && rest.matches('#').count() <= 1 && is_of_uri_characters(rest)
}

/// What a FHIR server may be asked for: `http` or `https`, and a host.
pub fn is_url(text: &str) -> bool {
    // A parser of URLs would find a host after more slashes than two, and after fewer.
    let is_web = text.split_once("://").is_some_and(|(scheme, rest)| {
        ["https", "http"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) && !rest.starts_with('/')
    });
    is_uri(text) && is_web && url::Url::parse(text).is_ok_and(|url| url.has_host())
}

/// RFC 3986 §3.1.
pub fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// RFC 3986 §2.
fn is_of_uri_characters(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_hex = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_hexdigit);
    bytes.iter().enumerate().all(|(at, byte)| match byte {
        b'%' => is_hex(at + 1) && is_hex(at + 2),
        byte => byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=".contains(byte),
    })
}

/// System and value, where a text is made of the two.
pub fn coded(text: &str) -> Option<(&str, &str)> {
    let (system, value) = text.split_once('#')?;
    (is_uri(text) && is_uri(system) && !value.is_empty()).then_some((system, value))
}

/// Whether a URI is of this scheme, or of this part of it: `https`, or `urn:oid`. Schemes have no case (RFC 3986 §3.1).
pub fn is_of_scheme(uri: &str, scheme: &str) -> bool {
    let parts = uri.split_at_checked(scheme.len());
    parts.is_some_and(|(start, rest)| start.eq_ignore_ascii_case(scheme) && rest.starts_with(':'))
}
