//! What changes in one thing, field by field. Secrets are never shown, only that they change.

use serde::Serialize;
use serde_json::Value;
use std::{collections::BTreeSet, fmt::Write as _};

#[derive(Clone, Debug, Serialize)]
pub struct Change {
    pub what: What,
    pub id: String,
    pub how: How,
    pub fields: Vec<Field>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    Tenant,
    Client,
    User,
    ProviderSecret,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    Added,
    Changed,
    Removed,
}

/// `None` where there is nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Field {
    pub name: String,
    pub before: Option<String>,
    pub after: Option<String>,
}

impl What {
    pub fn as_str(self) -> &'static str {
        match self {
            What::Tenant => "tenant",
            What::Client => "client",
            What::User => "user",
            What::ProviderSecret => "provider secret",
        }
    }
}

impl Change {
    /// From one JSON to another; from null it is new.
    pub fn between(what: What, id: &str, old: &Value, new: &Value) -> Change {
        let how = if old.is_null() { How::Added } else { How::Changed };
        let mut fields = Vec::new();
        compare("", (old, new), &mut fields);
        if how == How::Added {
            fields.retain(|field| field.after.as_deref().is_some_and(|after| !matches!(after, "[]" | "{}" | "false")));
        }
        // What follows from the clients, and what is said already.
        let derived = |name: &str| what == What::Tenant && matches!(name, "origins" | "longest_token_seconds");
        fields.retain(|field| field.name != "tenant" && !derived(&field.name));
        Change { what, id: id.to_owned(), how, fields }
    }

    pub fn removed(what: What, id: &str) -> Change {
        Change { what, id: id.to_owned(), how: How::Removed, fields: Vec::new() }
    }

    /// As lines for a person.
    pub fn lines(&self) -> String {
        let sign = match self.how {
            How::Added => '+',
            How::Changed => '~',
            How::Removed => '-',
        };
        let mut text = format!("{sign} {} {}\n", self.what.as_str(), self.id);
        for field in &self.fields {
            let _ = match (&field.before, &field.after) {
                (None, Some(after)) => writeln!(text, "    {}: {after}", field.name),
                (Some(before), Some(after)) => writeln!(text, "    {}: {before} -> {after}", field.name),
                (before, None) => writeln!(text, "    {}: {} -> nothing", field.name, before.as_deref().unwrap_or("?")),
            };
        }
        text
    }
}

/// Members whose values, hashed or not, belong on no screen.
const SECRET: [&str; 4] = ["secret", "secrets", "password", "secret_hashes"];
const HIDDEN: &str = "(secret)";

fn compare(name: &str, (old, new): (&Value, &Value), fields: &mut Vec<Field>) {
    if old == new {
        return;
    }
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
            for member in names {
                let pair = (old.get(member).unwrap_or(&Value::Null), new.get(member).unwrap_or(&Value::Null));
                below(name, member, pair, fields);
            }
        }
        (Value::Null, Value::Object(new)) => {
            for (member, value) in new {
                below(name, member, (&Value::Null, value), fields);
            }
        }
        _ => fields.push(Field { name: name.to_owned(), before: shown(old), after: shown(new) }),
    }
}

fn below(name: &str, member: &str, pair: (&Value, &Value), fields: &mut Vec<Field>) {
    let full = if name.is_empty() { member.to_owned() } else { format!("{name}.{member}") };
    if !SECRET.contains(&member) {
        return compare(&full, pair, fields);
    }
    if pair.0 != pair.1 {
        let hidden = |value: &Value| (!value.is_null()).then(|| HIDDEN.to_owned());
        fields.push(Field { name: full, before: hidden(pair.0), after: hidden(pair.1) });
    }
}

fn shown(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(without_secrets(other).to_string()),
    }
}

/// Lists are shown whole, and may hold tables with secrets in them.
fn without_secrets(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(without_secrets).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| match SECRET.contains(&name.as_str()) {
                true => (name.clone(), Value::from(HIDDEN)),
                false => (name.clone(), without_secrets(value)),
            })
            .collect(),
        other => other.clone(),
    }
}
