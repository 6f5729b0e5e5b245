//! Counting: one atomic update a count, so that many at once are all counted, and none has to be tried again.

use super::{
    Item, Key, Store, Versioned,
    commit::{MOST_TRIES, pause},
    error::{StoreError, outage},
    item,
};
use crate::deadline::in_time;
use aws_sdk_dynamodb::{
    operation::update_item::UpdateItemError,
    types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure},
};
use rules::{secret::random_text, time::Timestamp};
use std::collections::{BTreeMap, HashMap};

/// How often, and when the last time was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counter {
    pub count: u32,
    pub last: Timestamp,
}

impl Counter {
    pub const NONE: Counter = Counter { count: 0, last: Timestamp(0) };

    pub fn and_one(self, now: Timestamp) -> Counter {
        Counter { count: self.count.saturating_add(1), last: now }
    }

    fn read(item: &HashMap<String, AttributeValue>) -> Counter {
        Counter::of(item, ["count", "last"])
    }

    fn of(item: &HashMap<String, AttributeValue>, [count, last]: [&str; 2]) -> Counter {
        let number = |name| item::number(item, name).unwrap_or_default();
        Counter { count: u32::try_from(number(count).max(0)).unwrap_or(u32::MAX), last: Timestamp(number(last)) }
    }
}

/// What becomes of a counter.
struct Change {
    /// The new count, as an update expression; `:n` stands for `n`.
    count: &'static str,
    n: i64,
    now: Timestamp,
    forget_at: Timestamp,
}

impl Store {
    /// Adds to a counter in place, and answers what it was before. It names no version, as `Write::overwrite` does not: nothing is
    /// decided on what it replaces. A key must be of its time, so that none is counted on after `forget_at`.
    pub async fn count(&self, key: &Key, by: i64, now: Timestamp, forget_at: Timestamp) -> Result<Counter, StoreError> {
        self.change(key, &Change { count: "if_not_exists(#count, :zero) + :n", n: by, now, forget_at }).await
    }

    /// Sets the counter to zero, and answers what the count was.
    pub async fn reset(&self, key: &Key, now: Timestamp, forget_at: Timestamp) -> Result<Counter, StoreError> {
        self.change(key, &Change { count: ":n", n: 0, now, forget_at }).await
    }

    /// An attempt whose answer was lost is not counted twice: the next one finds its own id, and what was there before it.
    async fn change(&self, key: &Key, change: &Change) -> Result<Counter, StoreError> {
        let id = random_text::<16>();
        for tried in 0..MOST_TRIES {
            match in_time(self.change_once(key, change, &id)).await?? {
                Some(before) => return Ok(before),
                None => tokio::time::sleep(pause(tried, &id)).await,
            }
        }
        Err(StoreError::Throttled)
    }

    /// None while a transaction holds the item.
    async fn change_once(&self, key: &Key, change: &Change, id: &str) -> Result<Option<Counter>, StoreError> {
        let Change { count, n, now, forget_at } = *change;
        let number = |n: i64| AttributeValue::N(n.to_string());
        let before = "#before = if_not_exists(#count, :zero), last_before = if_not_exists(#last, :zero)";
        let now_is = format!("#count = {count}, #last = :now, expires_at = :forget_at, write_id = :id");
        let sent = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key.attributes()))
            .update_expression(format!("SET {before}, {now_is}"))
            .condition_expression("attribute_not_exists(write_id) OR write_id <> :id")
            .expression_attribute_names("#before", "before")
            .expression_attribute_names("#count", "count")
            .expression_attribute_names("#last", "last")
            .expression_attribute_values(":n", number(n))
            .expression_attribute_values(":now", number(now.0))
            .expression_attribute_values(":forget_at", number(forget_at.0))
            .expression_attribute_values(":zero", number(0))
            .expression_attribute_values(":id", AttributeValue::S(id.to_owned()))
            .return_values(ReturnValue::AllOld)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match sent {
            Ok(answer) => Ok(Some(answer.attributes.as_ref().map_or(Counter::NONE, Counter::read))),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(failed)) => {
                    let own = failed.item.as_ref();
                    Ok(Some(own.map_or(Counter::NONE, |item| Counter::of(item, ["before", "last_before"]))))
                }
                Some(UpdateItemError::TransactionConflictException(_)) => Ok(None),
                _ => Err(outage(error)),
            },
        }
    }

    /// These counters as they are now, a hundred in a call. One that is not there has counted nothing.
    pub async fn find_counters(&self, keys: &[Key], now: Timestamp) -> Result<BTreeMap<Key, Counter>, StoreError> {
        let together = self.find_together(keys, now).await?;
        let read = |key: &Key| Some((key.clone(), Counter::read(together.attributes(key)?)));
        Ok(keys.iter().filter_map(read).collect())
    }

    /// An item and some counters as they are now, in one call.
    pub async fn find_with_counters<T: Item>(
        &self,
        wanted: &[Key],
        counters: &[Key],
        now: Timestamp,
    ) -> Result<(Option<Versioned<T>>, Vec<Counter>), StoreError> {
        let keys: Vec<Key> = wanted.iter().chain(counters).cloned().collect();
        let together = self.find_together(&keys, now).await?;
        let found = wanted.iter().find_map(|key| together.get(key).transpose()).transpose()?;
        let counters = counters.iter().map(|key| together.attributes(key).map_or(Counter::NONE, Counter::read));
        Ok((found, counters.collect()))
    }
}
