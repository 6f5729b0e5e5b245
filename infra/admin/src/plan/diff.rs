//! The changes in one item, field by field. They show that a secret changes, and never the secret.

use serde::Serialize;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

#[derive(Clone, Debug, Serialize)]
pub struct Change {
    pub what: ChangedItem,
    pub id: String,
    pub how: ChangeKind,
    pub fields: Vec<FieldChange>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangedItem {
    Tenant,
    Client,
    User,
    ProviderSecret,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    Added,
    Changed,
    Removed,
}

/// `None` where there is nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldChange {
    pub name: String,
    pub before: Option<String>,
    pub after: Option<String>,
}

impl ChangedItem {
    pub fn as_str(self) -> &'static str {
        match self {
            ChangedItem::Tenant => "tenant",
            ChangedItem::Client => "client",
            ChangedItem::User => "user",
            ChangedItem::ProviderSecret => "provider secret",
        }
    }
}

impl Change {
    /// From one JSON to another; from null it is new.
    pub fn between(what: ChangedItem, id: &str, old: &Value, new: &Value) -> Change {
        let how = if old.is_null() { ChangeKind::Added } else { ChangeKind::Changed };
        let mut fields = Vec::new();
        compare("", old, new, &mut fields);
        if how == ChangeKind::Added {
            fields.retain(|field| field.after.as_deref().is_some_and(|after| !matches!(after, "[]" | "{}" | "false")));
        }
        // Derived from the clients and the settings, or said already.
        let derived = |name: &str| {
            let names = [
                "origins",
                "longest_token_seconds",
                "former_token_seconds",
                "former_grant_seconds",
                "refusal_work",
                "ended",
            ];
            what == ChangedItem::Tenant && names.contains(&name)
        };
        fields.retain(|field| field.name != "tenant" && !derived(&field.name));
        Change { what, id: id.to_owned(), how, fields }
    }

    pub fn removed(what: ChangedItem, id: &str) -> Change {
        Change { what, id: id.to_owned(), how: ChangeKind::Removed, fields: Vec::new() }
    }

    /// As lines for a person.
    pub fn lines(&self) -> String {
        let sign = match self.how {
            ChangeKind::Added => '+',
            ChangeKind::Changed => '~',
            ChangeKind::Removed => '-',
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

fn compare(name: &str, old: &Value, new: &Value, fields: &mut Vec<FieldChange>) {
    if old == new {
        return;
    }
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
            for member in names {
                let (old, new) = (old.get(member).unwrap_or(&Value::Null), new.get(member).unwrap_or(&Value::Null));
                compare_member(name, member, old, new, fields);
            }
        }
        (Value::Null, Value::Object(new)) => {
            for (member, value) in new {
                compare_member(name, member, &Value::Null, value, fields);
            }
        }
        (Value::Array(before), Value::Array(after)) => match (by_name(before), by_name(after)) {
            // One of several has changed: that one is shown, and what has changed in it.
            (Some(before), Some(after)) if before.keys().eq(after.keys()) => {
                for (one, value) in &before {
                    compare(&format!("{name}.{one}"), value, after.get(one).copied().unwrap_or(&Value::Null), fields);
                }
            }
            _ => fields.push(FieldChange { name: name.to_owned(), before: display(old), after: display(new) }),
        },
        _ => fields.push(FieldChange { name: name.to_owned(), before: display(old), after: display(new) }),
    }
}

fn compare_member(name: &str, member: &str, old: &Value, new: &Value, fields: &mut Vec<FieldChange>) {
    let full = if name.is_empty() { member.to_owned() } else { format!("{name}.{member}") };
    if !SECRET.contains(&member) {
        return compare(&full, old, new, fields);
    }
    if old != new {
        fields.push(match (old, new) {
            (Value::Array(old), Value::Array(new)) => of_secrets(full, old, new),
            _ => {
                let hidden = |value: &Value| (!value.is_null()).then(|| HIDDEN.to_owned());
                FieldChange { name: full, before: hidden(old), after: hidden(new) }
            }
        });
    }
}

/// How many there were, and what becomes of them: people with one that is kept notice nothing.
fn of_secrets(name: String, old: &[Value], new: &[Value]) -> FieldChange {
    let kept = old.iter().filter(|secret| new.contains(secret)).count();
    let many = |number: usize| if number == 1 { "1 secret".to_owned() } else { format!("{number} secrets") };
    let parts = [(kept, "kept"), (new.len() - kept, "added"), (old.len() - kept, "removed")];
    let parts = parts.iter().filter(|(number, _)| *number > 0).map(|(number, what)| format!("{number} {what}"));
    let after = parts.collect::<Vec<_>>().join(", ");
    FieldChange {
        name,
        before: Some(many(old.len())),
        after: Some(if after.is_empty() { "none".into() } else { after }),
    }
}

/// By what the tables of a list are told apart, if they are.
fn by_name(list: &[Value]) -> Option<BTreeMap<&str, &Value>> {
    let named: BTreeMap<&str, &Value> = list.iter().filter_map(|value| Some((name_of(value)?, value))).collect();
    (named.len() == list.len()).then_some(named)
}

fn name_of(value: &Value) -> Option<&str> {
    value.get("name").or_else(|| value.get("id"))?.as_str()
}

fn display(value: &Value) -> Option<String> {
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
