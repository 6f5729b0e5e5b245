//! One table of the file: its values by key and type, and a mistake for each unknown key.

use super::{
    did_you_mean::did_you_mean,
    reading::{Reading, Text, quoted},
};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// A hundred years. A longer time is a slip of the finger, and moments are counted in 64 bits.
pub const MOST_SECONDS: i64 = 100 * 365 * 86_400;
/// A day. SMART has an hour for a person's access token and five minutes for a backend service's. A token that a FHIR server judges
/// alone can't be called back, so a longer life is a slip of the finger, too.
pub const MOST_TOKEN_SECONDS: i64 = 86_400;
pub const WHY_A_DAY: &str = "a token that a FHIR server judges alone can't be called back";

/// The name of a table in messages, and the keys that it may have.
pub struct Shape<'s> {
    pub name: &'s str,
    pub keys: &'s [&'s str],
}

#[derive(Clone, Copy)]
pub struct Fields<'a> {
    pub reading: &'a Reading<'a>,
    pub at: usize,
    table: &'a DeTable<'a>,
}

impl<'a> Fields<'a> {
    /// Reports the keys that the shape doesn't have.
    pub fn new(reading: &'a Reading<'a>, at: usize, table: &'a DeTable<'a>, shape: &Shape<'_>) -> Fields<'a> {
        for key in table.keys().filter(|key| !shape.keys.contains(&&**key.get_ref())) {
            unknown_key(reading, key.span().start, key.get_ref(), shape);
        }
        Fields { reading, at, table }
    }

    pub fn get(&self, name: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.table.get(name)
    }

    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Where the value of this key is, or else the table.
    pub fn place(&self, name: &str) -> usize {
        self.get(name).map_or(self.at, |value| value.span().start)
    }

    pub fn text(&self, name: &str) -> Option<Text<'a>> {
        self.reading.text(self.get(name)?)
    }

    pub fn required(&self, name: &str, expected: &str) -> Option<Text<'a>> {
        match self.get(name) {
            None => {
                self.reading.mistake(self.at, format!("no `{name}`"), format!("{name} = {expected}"));
                None
            }
            Some(value) => {
                let text = self.reading.text(value)?;
                if text.value.trim().is_empty() {
                    self.reading.mistake(text.at, format!("an empty `{name}`"), expected);
                    return None;
                }
                Some(text)
            }
        }
    }

    pub fn texts(&self, name: &str) -> Vec<Text<'a>> {
        let Some(value) = self.get(name) else { return Vec::new() };
        match value.get_ref() {
            DeValue::Array(array) => array.iter().filter_map(|item| self.reading.text(item)).collect(),
            other => {
                self.reading.mistake(value.span().start, kind(other), "a list of texts in [ ]");
                Vec::new()
            }
        }
    }

    /// A list with nothing in it, which could be read as all or as none.
    pub fn is_empty_list(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| matches!(value.get_ref(), DeValue::Array(list) if list.is_empty()))
    }

    /// Absent is no.
    pub fn flag(&self, name: &str) -> bool {
        let Some(value) = self.get(name) else { return false };
        value.get_ref().as_bool().unwrap_or_else(|| {
            self.reading.mistake(value.span().start, kind(value.get_ref()), "true or false");
            false
        })
    }

    /// The life of a token.
    pub fn token_seconds(&self, name: &str) -> Option<i64> {
        let too_long = format!("seconds: at most {MOST_TOKEN_SECONDS}, which are a day: {WHY_A_DAY}");
        self.seconds_up_to(name, MOST_TOKEN_SECONDS, too_long)
    }

    pub fn seconds(&self, name: &str) -> Option<i64> {
        self.seconds_up_to(name, MOST_SECONDS, format!("seconds: at most {MOST_SECONDS}, which are a hundred years"))
    }

    fn seconds_up_to(&self, name: &str, most: i64, too_long: String) -> Option<i64> {
        let value = self.get(name)?;
        let number = value.get_ref().as_integer().and_then(|n| i64::from_str_radix(n.as_str(), n.radix()).ok());
        let positive = number.filter(|number| (1..=most).contains(number));
        if positive.is_none() {
            let found = number.map_or_else(|| kind(value.get_ref()).to_owned(), |number| quoted(&number.to_string()));
            let expected = match number.is_some_and(|number| number > 0) {
                true => too_long,
                false => "seconds: a whole number above 0".to_owned(),
            };
            self.reading.mistake(value.span().start, found, expected);
        }
        positive
    }

    /// The one of `choices` that the text names.
    pub fn choice<T: Copy>(&self, name: &str, choices: &[(&'static str, T)]) -> Option<T> {
        self.reading.choice(self.text(name)?, choices)
    }

    /// A table under this name, with its place.
    pub fn table(&self, name: &str) -> Option<(usize, &'a DeTable<'a>)> {
        self.reading.table(self.get(name)?)
    }

    /// `[[name]]`, as often as it comes.
    pub fn tables(&self, name: &str, shape: &Shape<'_>) -> Vec<Fields<'a>> {
        let Some(value) = self.get(name) else { return Vec::new() };
        let DeValue::Array(array) = value.get_ref() else {
            self.reading.mistake(value.span().start, kind(value.get_ref()), format!("tables under {}", shape.name));
            return Vec::new();
        };
        let tables = array.iter().filter_map(|item| self.reading.table(item));
        tables.map(|(at, table)| Fields::new(self.reading, at, table, shape)).collect()
    }
}

impl<'a> Reading<'a> {
    pub fn text<'t>(&self, value: &'t Spanned<DeValue<'_>>) -> Option<Text<'t>> {
        let text = value.get_ref().as_str();
        if text.is_none() {
            self.mistake(value.span().start, kind(value.get_ref()), "a text in quotes");
        }
        text.map(|text| Text { value: text, at: value.span().start })
    }

    pub fn choice<T: Copy>(&self, text: Text<'_>, choices: &[(&'static str, T)]) -> Option<T> {
        let chosen = choices.iter().find(|(name, _)| *name == text.value).map(|(_, choice)| *choice);
        if chosen.is_none() {
            let names: Vec<String> = choices.iter().map(|(name, _)| format!("\"{name}\"")).collect();
            self.wrong(text, names.join(" or "));
        }
        chosen
    }

    fn table<'t>(&self, value: &'t Spanned<DeValue<'t>>) -> Option<(usize, &'t DeTable<'t>)> {
        let table = value.get_ref().as_table();
        if table.is_none() {
            self.mistake(value.span().start, kind(value.get_ref()), "a table");
        }
        table.map(|table| (value.span().start, table))
    }
}

pub fn unknown_key(reading: &Reading<'_>, at: usize, key: &str, shape: &Shape<'_>) {
    let expected = match did_you_mean(key, shape.keys) {
        Some(meant) => format!("a key of {}, perhaps `{meant}`", shape.name),
        None => format!("a key of {}: {}", shape.name, shape.keys.join(", ")),
    };
    reading.mistake(at, format!("the unknown key {}", quoted(key)), expected);
}

/// A value's type; the value itself could be a secret.
pub fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
