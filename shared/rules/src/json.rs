//! JSON objects, read strictly.

use serde::de::DeserializeOwned;

/// Reads a JSON object. The parser alone would take an array for a struct too, its members in order, and pass over bytes
/// that are no UTF-8 where nobody looks (RFC 7519 §7.2).
pub fn object<T: DeserializeOwned>(json: &[u8]) -> Option<T> {
    let text = std::str::from_utf8(json).ok().filter(|text| is_object(text.as_bytes()))?;
    serde_json::from_str(text).ok()
}

pub fn is_object(json: &[u8]) -> bool {
    json.trim_ascii_start().starts_with(b"{")
}
