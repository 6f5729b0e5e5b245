//! Several items in one call.

use super::{
    Item, Key, Store, StoreError, Versioned,
    error::outage,
    item::{self, Attributes},
};
use aws_sdk_dynamodb::types::KeysAndAttributes;
use rules::time::Timestamp;
use std::collections::BTreeSet;

/// What one call has read.
pub struct Together {
    items: Vec<Attributes>,
    now: Timestamp,
}

impl Together {
    pub fn get<T: Item>(&self, key: &Key) -> Result<Option<Versioned<T>>, StoreError> {
        self.attributes(key).map(|item| item::read(item, self.now)).transpose().map(Option::flatten)
    }

    pub(super) fn attributes(&self, key: &Key) -> Option<&Attributes> {
        let is = |item: &Attributes, name: &str, text: &str| {
            item.get(name).and_then(|value| value.as_s().ok()).is_some_and(|value| value == text)
        };
        self.items.iter().find(|item| is(item, "pk", &key.pk) && is(item, "sk", &key.sk))
    }
}

impl Store {
    /// These items as they are now. A key that comes twice is asked for once: DynamoDB refuses a call with the same key in it again.
    pub async fn find_together(&self, keys: &[Key], now: Timestamp) -> Result<Together, StoreError> {
        let different: BTreeSet<&Key> = keys.iter().collect();
        let keys = different.into_iter().map(Key::attributes).collect();
        let asked = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true).build();
        let asked = asked.map_err(|error| StoreError::Unavailable(error.to_string()))?;
        let answer = self.client.batch_get_item().request_items(&self.table, asked).send().await.map_err(outage)?;
        // What is missing for lack of capacity must not pass for what is not there.
        if answer.unprocessed_keys.is_some_and(|keys| !keys.is_empty()) {
            return Err(StoreError::Throttled);
        }
        let items = answer.responses.and_then(|mut tables| tables.remove(&self.table)).unwrap_or_default();
        Ok(Together { items, now })
    }

    /// Two items, in one call.
    pub async fn find_both<A: Item, B: Item>(
        &self,
        [one, other]: [Key; 2],
        now: Timestamp,
    ) -> Result<(Option<Versioned<A>>, Option<Versioned<B>>), StoreError> {
        let found = self.find_together(&[one.clone(), other.clone()], now).await?;
        Ok((found.get(&one)?, found.get(&other)?))
    }
}
