//! Writing: each write names the version it replaces, and losing the race is an answer, not an error.

use super::{Item, Key, StoreError, Versioned, outage};
use crate::{secret::random_text, time::Timestamp};
use aws_sdk_dynamodb::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    operation::{put_item::PutItemError, transact_write_items::TransactWriteItemsError},
    types::{AttributeValue, CancellationReason, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem},
};
use std::{collections::HashMap, time::Duration};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Commit {
    Done,
    /// Somebody else wrote first: decide again on what is true now.
    LostRace,
}

/// One item to put, and what must be true for it.
#[derive(Clone, Debug)]
pub struct Write {
    key: Key,
    body: String,
    version: u64,
    expires_at: Option<Timestamp>,
    expects: Expectation,
}

#[derive(Clone, Copy, Debug)]
enum Expectation {
    Nothing,
    /// Nothing, or something whose time is over though DynamoDB has not deleted it yet.
    NothingAlive(Timestamp),
    Version(u64),
    Anything,
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

    /// For caches and for an operator's configuration: the last one wins.
    pub fn overwrite<T: Item>(item: &T) -> Result<Write, StoreError> {
        Write::new(item, 1, Expectation::Anything)
    }

    /// How much there is to keep. An item of DynamoDB ends at 400 kB.
    pub fn bytes(&self) -> usize {
        self.body.len()
    }

    fn new<T: Item>(item: &T, version: u64, expects: Expectation) -> Result<Write, StoreError> {
        let body = serde_json::to_string(item).map_err(|error| StoreError::Unavailable(error.to_string()))?;
        Ok(Write { key: item.key(), body, version, expires_at: item.expires_at(), expects })
    }

    fn item(&self, write_id: &str) -> HashMap<String, AttributeValue> {
        let mut item = HashMap::from([
            ("pk".to_owned(), AttributeValue::S(self.key.pk.clone())),
            ("sk".to_owned(), AttributeValue::S(self.key.sk.clone())),
            ("body".to_owned(), AttributeValue::S(self.body.clone())),
            ("version".to_owned(), AttributeValue::N(self.version.to_string())),
            ("write_id".to_owned(), AttributeValue::S(write_id.to_owned())),
        ]);
        if let Some(at) = self.expires_at {
            item.insert("expires_at".to_owned(), AttributeValue::N(at.0.to_string()));
        }
        item
    }

    /// The condition and its value, if it has one.
    fn condition(&self) -> (Option<&'static str>, Option<(String, AttributeValue)>) {
        let number = |n: String| Some((":x".to_owned(), AttributeValue::N(n)));
        match self.expects {
            Expectation::Anything => (None, None),
            Expectation::Nothing => (Some("attribute_not_exists(pk)"), None),
            Expectation::NothingAlive(now) => {
                (Some("attribute_not_exists(pk) OR expires_at <= :x"), number(now.0.to_string()))
            }
            Expectation::Version(version) => (Some("version = :x"), number(version.to_string())),
        }
    }
}

/// Tries against transactions of others on the same item, beyond the SDK's own retries.
const MOST_TRIES: u32 = 5;

pub(super) async fn commit(client: &Client, table: &str, writes: Vec<Write>) -> Result<Commit, StoreError> {
    // Names this commit. When an answer was lost and the SDK tries again, the item found in the way may be our own.
    let write_id = random_text::<16>();
    for tried in 0..MOST_TRIES {
        let outcome = match writes.as_slice() {
            [] => return Ok(Commit::Done),
            [write] => put(client, table, write, &write_id).await?,
            _ => transact(client, table, &writes, &write_id).await?,
        };
        match outcome {
            Outcome::Answer(commit) => return Ok(commit),
            Outcome::InTheWay => tokio::time::sleep(pause(tried, &write_id)).await,
        }
    }
    Err(StoreError::Throttled)
}

enum Outcome {
    Answer(Commit),
    /// Another transaction holds the item at this moment.
    InTheWay,
}

/// Doubling, with the random write id as jitter: 10 to 20 ms, 20 to 40 ms, …
fn pause(tried: u32, write_id: &str) -> Duration {
    let base = 10u64 << tried;
    let jitter = u64::from(write_id.as_bytes().get(tried as usize).copied().unwrap_or(0)) % base;
    Duration::from_millis(base + jitter)
}

async fn put(client: &Client, table: &str, write: &Write, write_id: &str) -> Result<Outcome, StoreError> {
    let (condition, value) = write.condition();
    let sent = client
        .put_item()
        .table_name(table)
        .set_item(Some(write.item(write_id)))
        .set_condition_expression(condition.map(str::to_owned))
        .set_expression_attribute_values(value.map(|value| HashMap::from([value])))
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
        .send()
        .await;
    match sent {
        Ok(_) => Ok(Outcome::Answer(Commit::Done)),
        Err(error) => match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(failed)) => {
                Ok(Outcome::Answer(lost_or_ours(failed.item.as_ref(), write_id)))
            }
            Some(PutItemError::TransactionConflictException(_)) => Ok(Outcome::InTheWay),
            _ => Err(outage(error)),
        },
    }
}

async fn transact(client: &Client, table: &str, writes: &[Write], write_id: &str) -> Result<Outcome, StoreError> {
    let mut items = Vec::with_capacity(writes.len());
    for write in writes {
        let (condition, value) = write.condition();
        let put = Put::builder()
            .table_name(table)
            .set_item(Some(write.item(write_id)))
            .set_condition_expression(condition.map(str::to_owned))
            .set_expression_attribute_values(value.map(|value| HashMap::from([value])))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        items.push(TransactWriteItem::builder().put(put).build());
    }
    let sent = client
        .transact_write_items()
        .set_transact_items(Some(items))
        // DynamoDB answers a repeat of the same token with the first answer, for ten minutes.
        .client_request_token(write_id)
        .send()
        .await;
    match sent {
        Ok(_) => Ok(Outcome::Answer(Commit::Done)),
        Err(error) => cancelled(error, write_id),
    }
}

fn cancelled(error: SdkError<TransactWriteItemsError>, write_id: &str) -> Result<Outcome, StoreError> {
    let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error.as_service_error() else {
        return Err(outage(error));
    };
    let failed = |code: &'static str| move |reason: &&CancellationReason| reason.code() == Some(code);
    let reasons = cancelled.cancellation_reasons();
    if let Some(reason) = reasons.iter().find(failed("ConditionalCheckFailed")) {
        return Ok(Outcome::Answer(lost_or_ours(reason.item.as_ref(), write_id)));
    }
    if reasons.iter().any(|reason| failed("TransactionConflict")(&reason)) {
        return Ok(Outcome::InTheWay);
    }
    if reasons
        .iter()
        .any(|reason| failed("ThrottlingError")(&reason) || failed("ProvisionedThroughputExceeded")(&reason))
    {
        return Err(StoreError::Throttled);
    }
    Err(StoreError::Unavailable(error.code().unwrap_or("TransactionCanceledException").to_owned()))
}

fn lost_or_ours(found: Option<&HashMap<String, AttributeValue>>, write_id: &str) -> Commit {
    let ours =
        found.and_then(|item| item.get("write_id")).and_then(|id| id.as_s().ok()).is_some_and(|id| id == write_id);
    if ours { Commit::Done } else { Commit::LostRace }
}
