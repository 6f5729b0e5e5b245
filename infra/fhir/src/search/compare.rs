//! Elements against the values of a search: codes in systems, spans of time, numbers with a unit, texts.

use serde_json::Value;

use crate::date;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prefix {
    Eq,
    Ne,
    Gt,
    Lt,
    Ge,
    Le,
    Sa,
    Eb,
    Ap,
}

/// From `start` up to, and without, `end`, in milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    pub start: i64,
    pub end: i64,
}

/// A number with the precision that it was given with, and its unit.
pub struct Amount {
    pub low: f64,
    pub high: f64,
    pub unit: Option<Unit>,
}

pub struct Unit {
    pub system: String,
    pub code: String,
}

pub fn holds_number(prefix: Prefix, amount: &Amount, value: &Value) -> bool {
    let number = value.as_f64().or_else(|| value["value"].as_f64());
    let in_unit = amount.unit.as_ref().is_none_or(|Unit { system, code }| {
        (system.is_empty() || value["system"] == system.as_str())
            && (value["code"] == code.as_str() || (system.is_empty() && value["unit"] == code.as_str()))
    });
    let Some(number) = number.filter(|_| in_unit) else { return false };
    let (low, high) = (amount.low, amount.high);
    match prefix {
        Prefix::Eq | Prefix::Ap => number >= low && number <= high,
        Prefix::Ne => number < low || number > high,
        Prefix::Gt | Prefix::Sa => number > high,
        Prefix::Lt | Prefix::Eb => number < low,
        Prefix::Ge => number >= low,
        Prefix::Le => number <= high,
    }
}

pub fn compare(prefix: Prefix, found: Interval, asked: Interval) -> bool {
    let inside = found.start >= asked.start && found.end <= asked.end;
    match prefix {
        Prefix::Eq => inside,
        Prefix::Ne => !inside,
        Prefix::Gt => found.end > asked.end,
        Prefix::Lt => found.start < asked.start,
        Prefix::Ge => inside || found.end > asked.end,
        Prefix::Le => inside || found.start < asked.start,
        Prefix::Sa => found.start >= asked.end,
        Prefix::Eb => found.end <= asked.start,
        Prefix::Ap => found.start < asked.end && found.end > asked.start,
    }
}

/// From the start to the end of a date or a Period; an open end reaches for ever.
pub fn period(value: &Value) -> Option<Interval> {
    if let Some(text) = value.as_str() {
        return date::parse(text).map(|span| Interval { start: span.start, end: span.end });
    }
    let (start, end) = (value["start"].as_str().map(date::parse), value["end"].as_str().map(date::parse));
    if start.is_none() && end.is_none() {
        return None;
    }
    let start = start.map_or(Some(i64::MIN), |span| span.map(|span| span.start))?;
    let end = end.map_or(Some(i64::MAX), |span| span.map(|span| span.end))?;
    Some(Interval { start, end })
}

pub fn holds_token(system: Option<&str>, code: Option<&str>, value: &Value) -> bool {
    match value {
        Value::Bool(found) => code == Some(if *found { "true" } else { "false" }) && system.is_none_or(str::is_empty),
        // An element of type `code` has the system of its binding, which is one of HL7's; others have none.
        Value::String(found) => {
            code.is_none_or(|code| code == found)
                && system.is_none_or(|system| system.is_empty() || system.contains("hl7.org/"))
        }
        Value::Object(fields) => {
            if let Some(codings) = fields.get("coding").and_then(Value::as_array) {
                return codings.iter().any(|coding| holds_token(system, code, coding));
            }
            // Identifier and ContactPoint carry their code in `value`.
            let found = fields.get("code").or_else(|| fields.get("value")).and_then(Value::as_str);
            let found_system = fields.get("system").and_then(Value::as_str).unwrap_or_default();
            found.is_some()
                && code.is_none_or(|code| found == Some(code))
                && system.is_none_or(|system| system == found_system)
        }
        _ => false,
    }
}

/// The texts of a string, or of a HumanName, Address or CodeableConcept.
pub fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(values) => values.iter().flat_map(texts).collect(),
        Value::Object(fields) => {
            let searched = [
                "text",
                "family",
                "given",
                "prefix",
                "suffix",
                "line",
                "city",
                "district",
                "state",
                "postalCode",
                "country",
                "display",
                "coding",
            ];
            searched.iter().filter_map(|name| fields.get(*name)).flat_map(texts).collect()
        }
        _ => vec![],
    }
}
