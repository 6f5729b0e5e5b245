//! The keys of KMS that the template makes, told apart from those of tenants.

use std::{collections::BTreeMap, sync::Mutex};

pub const SIGNING_KEY: &str = "a signing key";

/// The keys that the template makes, by their ids. All others are a tenant's.
static STACKS_KEYS: Mutex<BTreeMap<String, &'static str>> = Mutex::new(BTreeMap::new());

/// From now on this key is what the template calls so.
pub fn is_the_stacks(arn: String, name: &'static str) -> String {
    STACKS_KEYS.lock().expect("nobody panicked").insert(key_id(&arn).to_owned(), name);
    arn
}

pub fn name_of_key(key: &str) -> &'static str {
    STACKS_KEYS.lock().expect("nobody panicked").get(key_id(key)).copied().unwrap_or(SIGNING_KEY)
}

fn key_id(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}
