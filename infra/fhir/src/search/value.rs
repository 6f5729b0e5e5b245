//! The value of a search parameter, and whether an element meets it (<https://hl7.org/fhir/R4/search.html#ptypes>).

use rules::fhir_id::is_id;
use serde_json::Value;

use super::compare::{Amount, Interval, Prefix, Unit, compare, holds_number, holds_token, period, texts};
use crate::date;
use crate::definitions::Kind;
use crate::elements::local_reference;

pub enum Test {
    Token {
        system: Option<String>,
        code: Option<String>,
    },
    /// `:text` on a token
    TokenText(String),
    Id(String),
    Reference {
        target: String,
        id: String,
    },
    Url(String),
    Date {
        prefix: Prefix,
        interval: Interval,
    },
    Starts(String),
    Contains(String),
    Exact(String),
    Under(String),
    Number {
        prefix: Prefix,
        amount: Amount,
    },
}

impl Test {
    /// Nothing, when the modifier or the value has no meaning for a parameter of this kind.
    pub fn parse(kind: Kind, modifier: &str, value: &str, base: &str) -> Option<Test> {
        match (kind, modifier) {
            (Kind::Token, "") => Some(token(value)),
            (Kind::Token, "text") => Some(Test::TokenText(fold(&unescape(value)))),
            (Kind::Reference, _) => reference(modifier, &unescape(value), base),
            (Kind::Date, "") => {
                let (prefix, text) = prefix(value);
                // A `+` in a time zone that was sent unencoded has arrived as a space.
                let span = date::parse(&text.replace(' ', "+"))?;
                Some(Test::Date { prefix, interval: Interval { start: span.start, end: span.end } })
            }
            (Kind::String, "") => Some(Test::Starts(fold(&unescape(value)))),
            (Kind::String, "contains") => Some(Test::Contains(fold(&unescape(value)))),
            (Kind::String, "exact") | (Kind::Uri, "") => Some(Test::Exact(unescape(value))),
            (Kind::Uri, "below") => Some(Test::Under(unescape(value))),
            (Kind::Number, "") => number(value, None),
            (Kind::Quantity, "") => match split(value, '|').as_slice() {
                [value] => number(value, None),
                [value, system, code] => number(value, Some(Unit { system: unescape(system), code: unescape(code) })),
                _ => None,
            },
            _ => None,
        }
    }

    pub fn holds(&self, value: &Value) -> bool {
        match self {
            Test::Token { system, code } => holds_token(system.as_deref(), code.as_deref(), value),
            Test::TokenText(text) => texts(value).iter().any(|found| fold(found).contains(text)),
            Test::Id(id) => target_of(value).is_some_and(|(_, found)| found == id),
            Test::Reference { target, id } => target_of(value) == Some((target, id)),
            Test::Url(url) => value["reference"] == url.as_str(),
            Test::Date { prefix, interval } => period(value).is_some_and(|found| compare(*prefix, found, *interval)),
            Test::Starts(text) => {
                let words = |found: &String| fold(found).split(' ').any(|word| word.starts_with(text));
                texts(value).iter().any(|found| fold(found).starts_with(text) || words(found))
            }
            Test::Contains(text) => texts(value).iter().any(|found| fold(found).contains(text)),
            Test::Exact(text) => texts(value).iter().any(|found| found == text),
            Test::Under(text) => texts(value).iter().any(|found| found.starts_with(text)),
            Test::Number { prefix, amount } => holds_number(*prefix, amount, value),
        }
    }

    /// The id, if the test asks for one resource of this type.
    pub fn id_of(&self, resource_type: &str) -> Option<&str> {
        match self {
            Test::Id(id) => Some(id),
            Test::Reference { target, id } if target == resource_type => Some(id),
            Test::Token { system: None, code: Some(code) } => Some(code),
            _ => None,
        }
    }
}

/// Splits at a separator that is not escaped by a backslash; the escapes stay.
pub fn split(text: &str, separator: char) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut escaped = false;
    for letter in text.chars() {
        if letter == separator && !escaped {
            parts.push(String::new());
        } else if let Some(part) = parts.last_mut() {
            part.push(letter);
        }
        escaped = letter == '\\' && !escaped;
    }
    parts
}

fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        plain.push(if letter == '\\' { letters.next().unwrap_or('\\') } else { letter });
    }
    plain
}

fn fold(text: &str) -> String {
    text.to_lowercase()
}

fn token(value: &str) -> Test {
    let some = |text: &String| (!text.is_empty()).then(|| unescape(text));
    match split(value, '|').as_slice() {
        // `|code` is a code in no system, which the empty string stands for.
        [system, code] => Test::Token { system: Some(unescape(system)), code: some(code) },
        _ => Test::Token { system: None, code: Some(unescape(value)) },
    }
}

fn reference(modifier: &str, value: &str, base: &str) -> Option<Test> {
    let local = match value.strip_prefix(base).and_then(|rest| rest.strip_prefix('/')) {
        Some(rest) if !base.is_empty() => rest,
        _ => value,
    };
    let by_type = modifier.starts_with(|first: char| first.is_ascii_uppercase());
    match local_reference(local) {
        Some((target, id)) if modifier.is_empty() || modifier == target => {
            Some(Test::Reference { target: target.to_owned(), id: id.to_owned() })
        }
        Some(_) => None,
        None if by_type && is_id(value) => Some(Test::Reference { target: modifier.to_owned(), id: value.to_owned() }),
        None if !modifier.is_empty() => None,
        None if is_id(value) => Some(Test::Id(value.to_owned())),
        None => Some(Test::Url(value.to_owned())),
    }
}

fn prefix(value: &str) -> (Prefix, &str) {
    let known = match value.get(..2) {
        Some("eq") => Prefix::Eq,
        Some("ne") => Prefix::Ne,
        Some("gt") => Prefix::Gt,
        Some("lt") => Prefix::Lt,
        Some("ge") => Prefix::Ge,
        Some("le") => Prefix::Le,
        Some("sa") => Prefix::Sa,
        Some("eb") => Prefix::Eb,
        Some("ap") => Prefix::Ap,
        _ => return (Prefix::Eq, value),
    };
    (known, value.get(2..).unwrap_or_default())
}

/// `5.40` means 5.395 up to 5.405: half of its last digit either way.
fn number(value: &str, unit: Option<Unit>) -> Option<Test> {
    let (prefix, text) = prefix(value);
    let exact: f64 = text.parse().ok().filter(|exact: &f64| exact.is_finite())?;
    let decimals = text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let half = match prefix {
        Prefix::Ap => exact.abs() / 10.0,
        _ => 0.5 * 10f64.powi(-i32::try_from(decimals).unwrap_or(i32::MAX)),
    };
    let around = matches!(prefix, Prefix::Eq | Prefix::Ne | Prefix::Ap);
    let (low, high) = if around { (exact - half, exact + half) } else { (exact, exact) };
    Some(Test::Number { prefix, amount: Amount { low, high, unit } })
}

fn target_of(value: &Value) -> Option<(&str, &str)> {
    value["reference"].as_str().and_then(local_reference)
}
