//! The forms of FHIR's primitive types (<https://hl7.org/fhir/R4/datatypes.html#primitive>).

use rules::fhir_id::is_id;
use serde_json::Value;

use crate::date::{self, Precision};
use crate::elements::local_reference;

/// Whether the value has the form of this type; nothing, if the type is not primitive.
pub fn check(primitive: &str, value: &Value) -> Option<bool> {
    let text = value.as_str();
    let some = |test: fn(&str) -> bool| Some(text.is_some_and(test));
    match primitive {
        "boolean" => Some(value.is_boolean()),
        "decimal" => Some(value.is_number()),
        "integer" => Some(value.as_i64().is_some_and(|number| i32::try_from(number).is_ok())),
        "unsignedInt" => Some(value.as_i64().is_some_and(|number| (0..=i64::from(i32::MAX)).contains(&number))),
        "positiveInt" => Some(value.as_i64().is_some_and(|number| (1..=i64::from(i32::MAX)).contains(&number))),
        "string" | "markdown" | "xhtml" => some(|text| !text.trim().is_empty()),
        "code" => some(|text| {
            !text.is_empty() && text.split(' ').all(|word| !word.is_empty()) && !text.contains(['\t', '\n', '\r'])
        }),
        "id" => some(is_id),
        "uri" | "url" | "canonical" | "oid" | "uuid" => some(is_uri),
        "date" => some(|text| date::parse(text).is_some_and(|span| span.precision <= Precision::Day)),
        "dateTime" => some(is_date_time),
        "instant" => {
            some(|text| date::parse(text).is_some_and(|span| span.precision == Precision::Second && span.zone))
        }
        "time" => some(|text| {
            date::parse(&format!("2000-01-01T{text}"))
                .is_some_and(|span| span.precision == Precision::Second && !span.zone)
        }),
        "base64Binary" => {
            some(|text| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/= \r\n".contains(&byte)))
        }
        _ => None,
    }
}

/// `Type/id`, `#id` of a contained resource, or an absolute URL or URN.
pub fn is_reference(text: &str) -> bool {
    let absolute = ["http://", "https://", "urn:"].iter().any(|scheme| text.starts_with(scheme));
    text.strip_prefix('#').is_some_and(|id| id.is_empty() || is_id(id))
        || local_reference(text).is_some()
        || (absolute && is_uri(text))
}

/// A time without seconds or without a zone is no FHIR dateTime, though a search may use one.
fn is_date_time(text: &str) -> bool {
    date::parse(text)
        .is_some_and(|span| span.precision <= Precision::Day || (span.precision == Precision::Second && span.zone))
}

fn is_uri(text: &str) -> bool {
    !text.is_empty() && !text.contains(char::is_whitespace)
}
