//! What is known of keys of KMS: those that the template makes, and those that were made meanwhile.

use aws_smithy_types::config_bag::{Storable, StoreReplace};
use std::{collections::BTreeMap, sync::Mutex};

/// The stack that the tests play.
pub const STACK: &str = "admit-test";

pub const SIGNING_KEY: &str = "a signing key";

#[derive(Clone, Debug, Default)]
pub struct KnownKey {
    /// What the template calls it.
    pub name: Option<&'static str>,
    /// Whose functions may sign with it, by its tag.
    pub stack: Option<String>,
    pub signs: bool,
}

static KEYS: Mutex<BTreeMap<String, KnownKey>> = Mutex::new(BTreeMap::new());

/// From now on this key is what the template calls so.
pub fn is_the_stacks(arn: String, name: &'static str) -> String {
    KEYS.lock().expect("nobody panicked").entry(key_id(&arn).to_owned()).or_default().name = Some(name);
    arn
}

/// It travels with the request that makes the key.
impl Storable for KnownKey {
    type Storer = StoreReplace<KnownKey>;
}

/// A key that was made by a client of the tests.
pub fn remember(key: &str, known: KnownKey) {
    KEYS.lock().expect("nobody panicked").insert(key_id(key).to_owned(), known);
}

pub fn known_key(key: &str) -> Option<KnownKey> {
    KEYS.lock().expect("nobody panicked").get(key_id(key)).cloned()
}

pub fn name_of_key(key: &str) -> &'static str {
    known_key(key).and_then(|key| key.name).unwrap_or(SIGNING_KEY)
}

fn key_id(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}
