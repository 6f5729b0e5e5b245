//! Whether a proof is for this URL: query and fragment aside, after the normalization of RFC 3986 §6.2.2 and §6.2.3
//! (RFC 9449 §4.3).

use percent_encoding::percent_decode_str;
use url::Url;

pub fn is_same(presented: &str, own: &str) -> bool {
    match (normal(presented), normal(own)) {
        (Some(presented), Some(own)) => presented == own,
        _ => false,
    }
}

/// The parser takes care of the scheme, the host, the port and dot segments. It would also repair what is no URL, so that is refused
/// first.
fn normal(text: &str) -> Option<String> {
    if !text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\') {
        return None;
    }
    let mut url = Url::parse(text).ok()?;
    if !matches!(url.scheme(), "https" | "http") || !url.username().is_empty() || url.password().is_some() {
        return None;
    }
    url.set_query(None);
    url.set_fragment(None);
    let path = url.path().split('/').map(normal_segment).collect::<Option<Vec<String>>>()?.join("/");
    Some(format!("{}{path}", url.origin().ascii_serialization()))
}

/// The escapes of letters that need none are the letters (RFC 3986 §6.2.2.2), and so for all others: `%2f` stays apart from `/`.
fn normal_segment(segment: &str) -> Option<String> {
    let decoded = percent_decode_str(segment).decode_utf8().ok()?;
    Some(percent_encoding::utf8_percent_encode(&decoded, percent_encoding::NON_ALPHANUMERIC).to_string())
}
