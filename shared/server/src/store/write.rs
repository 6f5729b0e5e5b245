//! Writes and deletions: each names the version it replaces, and losing the race is an answer, not an error.

use super::{
    error::StoreError,
    item::{Item, Key, Versioned},
    listed::Listed,
};
use aws_sdk_dynamodb::types::AttributeValue;
use rules::time::Timestamp;
use std::collections::HashMap;

/// One item to put or to delete, and what must be true for it.
#[derive(Clone, Debug)]
pub struct Write {
    key: Key,
    /// What is there afterwards; nothing, for a delete.
    pub(super) next: Option<Next>,
    expects: Expectation,
}

#[derive(Clone, Debug)]
pub(super) struct Next {
    body: String,
    version: u64,
    expires_at: Option<Timestamp>,
    listed: Option<Listed>,
}

#[derive(Clone, Debug)]
enum Expectation {
    Nothing,
    /// Nothing, or something whose time is over though DynamoDB has not deleted it yet.
    NothingAlive(Timestamp),
    Version(u64),
    /// It must be there, in an earlier version.
    Before(u64),
    VersionOrNothing(u64),
    Anything,
    /// The item is only looked at: it must be there, with this text in its body.
    Holds(String),
    /// Likewise, and its time must not be over.
    Alive(Timestamp),
}

impl Write {
    /// An item that must not be there yet.
    pub fn create<T: Item>(item: &T) -> Result<Write, StoreError> {
        Write::new(item, 1, Expectation::Nothing)
    }

    /// An item that must not be there, or must have expired: a `jti` that may be seen once.
    pub fn create_or_outlive<T: Item>(item: &T, now: Timestamp) -> Result<Write, StoreError> {
        Write::new(item, 1, Expectation::NothingAlive(now))
    }

    /// The next state of an item that was read.
    pub fn update<T: Item>(read: &Versioned<T>, next: &T) -> Result<Write, StoreError> {
        Write::new(next, read.version + 1, Expectation::Version(read.version))
    }

    /// The next state of an item whose versions count its states, and that must not be as far yet. Which state it is in need not be known.
    pub fn forward<T: Item>(next: &T, step: u64) -> Result<Write, StoreError> {
        Write::new(next, step, Expectation::Before(step))
    }

    /// Replaces whatever is there, and the last one wins: for caches, marks, lines of a list that go with a guarded write, and for what an
    /// operator or a person decides whatever was there before.
    pub fn overwrite<T: Item>(item: &T) -> Result<Write, StoreError> {
        Write::new(item, 1, Expectation::Anything)
    }

    /// An item that was read, and that nobody has changed since. What is gone already counts as deleted.
    pub fn delete<T: Item>(read: &Versioned<T>) -> Write {
        Write { key: read.value.key(), next: None, expects: Expectation::VersionOrNothing(read.version) }
    }

    /// The same, where it must still be there: of two who take it, one does.
    pub fn consume<T: Item>(read: &Versioned<T>) -> Write {
        Write { key: read.value.key(), next: None, expects: Expectation::Version(read.version) }
    }

    /// Whatever is there under this key, or nothing: for an operator who ends something as a whole.
    pub fn remove(key: Key) -> Write {
        Write { key, next: None, expects: Expectation::Anything }
    }

    /// Changes nothing, and holds only while the table has this user with this `sub`. In a transaction it costs no call.
    pub fn while_user(user: Key, sub: &str) -> Write {
        let member = format!("\"sub\":{}", serde_json::Value::from(sub));
        Write { key: user, next: None, expects: Expectation::Holds(member) }
    }

    /// The same, while something is there whose time is not over.
    pub fn while_alive(key: Key, now: Timestamp) -> Write {
        Write { key, next: None, expects: Expectation::Alive(now) }
    }

    pub(super) fn only_looks(&self) -> bool {
        matches!(self.expects, Expectation::Holds(_) | Expectation::Alive(_))
    }

    /// How much there is to keep. An item of DynamoDB ends at 400 kB.
    pub fn bytes(&self) -> usize {
        self.next.as_ref().map_or(0, |next| next.body.len())
    }

    fn new<T: Item>(item: &T, version: u64, expects: Expectation) -> Result<Write, StoreError> {
        let body = serde_json::to_string(item).map_err(|error| StoreError::Unreadable(error.to_string()))?;
        let next = Next { body, version, expires_at: item.expires_at(), listed: item.listed() };
        Ok(Write { key: item.key(), next: Some(next), expects })
    }

    pub(super) fn key(&self) -> HashMap<String, AttributeValue> {
        self.key.attributes()
    }

    pub(super) fn item(&self, next: &Next, write_id: &str) -> HashMap<String, AttributeValue> {
        let mut item = self.key();
        item.insert("body".to_owned(), AttributeValue::S(next.body.clone()));
        item.insert("version".to_owned(), AttributeValue::N(next.version.to_string()));
        item.insert("write_id".to_owned(), AttributeValue::S(write_id.to_owned()));
        for (name, value) in next.listed.iter().flat_map(Listed::attributes) {
            item.insert(name.to_owned(), value);
        }
        if let Some(at) = next.expires_at {
            item.insert("expires_at".to_owned(), AttributeValue::N(at.0.to_string()));
        }
        item
    }

    /// The condition and its value, if it has one.
    pub(super) fn condition(&self) -> (Option<&'static str>, Option<(String, AttributeValue)>) {
        let number = |n: String| Some((":x".to_owned(), AttributeValue::N(n)));
        match &self.expects {
            Expectation::Holds(text) => {
                (Some("contains(body, :x)"), Some((":x".to_owned(), AttributeValue::S(text.clone()))))
            }
            Expectation::Alive(now) => (Some("expires_at > :x"), number(now.0.to_string())),
            Expectation::Anything => (None, None),
            Expectation::Nothing => (Some("attribute_not_exists(pk)"), None),
            Expectation::NothingAlive(now) => {
                (Some("attribute_not_exists(pk) OR expires_at <= :x"), number(now.0.to_string()))
            }
            Expectation::Version(version) => (Some("version = :x"), number(version.to_string())),
            Expectation::Before(version) => (Some("version < :x"), number(version.to_string())),
            Expectation::VersionOrNothing(version) => {
                (Some("attribute_not_exists(pk) OR version = :x"), number(version.to_string()))
            }
        }
    }
}
