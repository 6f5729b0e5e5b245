//! Types as items of the table, and back. Keys begin with the tenant: what belongs to one does not exist for another.

use super::{error::StoreError, key_part::KeyPart, listed::Listed};
use crate::request_notes::{self, Count};
use aws_sdk_dynamodb::types::AttributeValue;
use rules::{tenant::TenantId, time::Timestamp};
use serde::{Serialize, de::DeserializeOwned};
use std::collections::HashMap;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    pub pk: String,
    pub sk: String,
}

impl Key {
    /// `{tenant}#KIND#id`. Neither a tenant's id nor a written id holds a `#`, so no id reaches into another tenant or kind, and none
    /// spells a key that an IAM policy allows for another kind (`*#KIND#*`).
    pub fn new(tenant: &TenantId, kind: &str, id: &str) -> Key {
        Key { pk: format!("{}#{kind}#{}", tenant.as_str(), ID.written(id)), sk: kind.to_owned() }
    }

    pub fn of(item: &Attributes) -> Option<Key> {
        let text = |name| item.get(name)?.as_s().ok().cloned();
        Some(Key { pk: text("pk")?, sk: text("sk")? })
    }

    pub(super) fn attributes(&self) -> HashMap<String, AttributeValue> {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        HashMap::from([("pk".to_owned(), text(&self.pk)), ("sk".to_owned(), text(&self.sk))])
    }
}

/// A partition key of DynamoDB has at most 2,048 bytes, the tenant and the kind included.
const ID: KeyPart = KeyPart { most_bytes: 1_900 };

pub type Attributes = HashMap<String, AttributeValue>;

/// Something kept in the table as one item: its JSON under `body`, and what the table must see beside it.
pub trait Item: Serialize + DeserializeOwned {
    fn key(&self) -> Key;

    /// From then on it does not exist; DynamoDB deletes it some time later.
    fn expires_at(&self) -> Option<Timestamp> {
        None
    }

    /// Where it stands in the tenant's lists. Each item that does costs a write unit more when it is made.
    fn listed(&self) -> Option<Listed> {
        None
    }
}

/// An item with the version that was read. A write says which version it replaces.
#[derive(Clone, Debug)]
pub struct Versioned<T> {
    pub value: T,
    pub version: u64,
}

impl<T> Versioned<T> {
    /// As it is in the table once `Write::create` has put it there.
    pub fn created(value: T) -> Versioned<T> {
        Versioned { value, version: 1 }
    }

    /// As it is in the table once `Write::update` has replaced this one.
    pub fn updated(&self, value: T) -> Versioned<T> {
        Versioned { value, version: self.version + 1 }
    }
}

impl<T> std::ops::Deref for Versioned<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// `None` if the item has expired.
pub fn read<T: Item>(
    item: &HashMap<String, AttributeValue>,
    now: Timestamp,
) -> Result<Option<Versioned<T>>, StoreError> {
    if number(item, "expires_at").is_some_and(|at| Timestamp(at).is_past(now)) {
        return Ok(None);
    }
    let broken = |what: &str| {
        request_notes::count(Count::ItemsUnreadable);
        StoreError::Unreadable(format!("an item has {what}"))
    };
    let version = number(item, "version").ok_or_else(|| broken("no version"))?;
    let body = item.get("body").and_then(|body| body.as_s().ok()).ok_or_else(|| broken("no body"))?;
    // The error of serde_json could quote the body; its category is enough to find the fault.
    let value = serde_json::from_str(body).map_err(|error| broken(&format!("a bad body: {:?}", error.classify())))?;
    Ok(Some(Versioned { value, version: version.unsigned_abs() }))
}

pub fn number(item: &HashMap<String, AttributeValue>, name: &str) -> Option<i64> {
    item.get(name)?.as_n().ok()?.parse().ok()
}
