//! Several items in one call.

use super::{
    Item, Key, Store, StoreError, Versioned,
    error::outage,
    item::{self, Attributes},
};
use crate::deadline::in_time;
use aws_sdk_dynamodb::types::KeysAndAttributes;
use rules::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// What was read together: for each key that was asked for, what was there.
pub struct Together {
    items: BTreeMap<Key, Option<Attributes>>,
    now: Timestamp,
}

/// DynamoDB takes so many keys in one call.
const MOST_KEYS: usize = 100;

impl Together {
    /// Nothing yet, at this moment.
    pub fn at(now: Timestamp) -> Together {
        Together { items: BTreeMap::new(), now }
    }

    /// What is asked for and was not there is known too.
    pub fn knows(&self, key: &Key) -> bool {
        self.items.contains_key(key)
    }

    pub fn get<T: Item>(&self, key: &Key) -> Result<Option<Versioned<T>>, StoreError> {
        self.attributes(key).map(|item| item::read(item, self.now)).transpose().map(Option::flatten)
    }

    /// All that are of one type.
    pub fn all<T: Item>(&self) -> Result<Vec<Versioned<T>>, StoreError> {
        self.items.values().flatten().filter_map(|item| item::read(item, self.now).transpose()).collect()
    }

    pub(super) fn attributes(&self, key: &Key) -> Option<&Attributes> {
        self.items.get(key)?.as_ref()
    }
}

impl Store {
    /// These items as they are now, a hundred in a call. A key that comes twice is asked for once: DynamoDB refuses a call with the same
    /// key in it again.
    pub async fn find_together(&self, keys: &[Key], now: Timestamp) -> Result<Together, StoreError> {
        let different: Vec<&Key> = keys.iter().collect::<BTreeSet<_>>().into_iter().collect();
        let mut items: BTreeMap<Key, Option<Attributes>> = keys.iter().map(|key| (key.clone(), None)).collect();
        for some in different.chunks(MOST_KEYS) {
            items.extend(self.batch(some).await?.into_iter().map(|(key, item)| (key, Some(item))));
        }
        Ok(Together { items, now })
    }

    /// Reads what of these was not asked for yet, in one call, and in none where all was.
    pub async fn read_into(&self, known: &mut Together, keys: &[Key]) -> Result<(), StoreError> {
        let unknown: Vec<Key> = keys.iter().filter(|key| !known.knows(key)).cloned().collect();
        if !unknown.is_empty() {
            known.items.extend(self.find_together(&unknown, known.now).await?.items);
        }
        Ok(())
    }

    /// An answer holds 16 MB at most; what did not fit is asked for again, as long as more of it comes.
    async fn batch(&self, keys: &[&Key]) -> Result<Vec<(Key, Attributes)>, StoreError> {
        let mut wanted: Vec<Attributes> = keys.iter().map(|key| key.attributes()).collect();
        let mut found = Vec::new();
        loop {
            let asked = KeysAndAttributes::builder().set_keys(Some(wanted)).consistent_read(true).build();
            let asked = asked.map_err(|error| StoreError::Unavailable(error.to_string()))?;
            let asked = self.client.batch_get_item().request_items(&self.table, asked);
            let answer = in_time(asked.send()).await?.map_err(outage)?;
            let items = answer.responses.and_then(|mut tables| tables.remove(&self.table)).unwrap_or_default();
            let left = answer.unprocessed_keys.and_then(|mut tables| tables.remove(&self.table));
            let left = left.map(|left| left.keys).unwrap_or_default();
            // What is missing for lack of capacity must not pass for what is not there.
            if !left.is_empty() && items.is_empty() {
                return Err(StoreError::Throttled);
            }
            found.extend(items.into_iter().filter_map(|item| Some((Key::of(&item)?, item))));
            if left.is_empty() {
                return Ok(found);
            }
            wanted = left;
        }
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
