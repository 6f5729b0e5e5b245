//! Writes what was decided, all or nothing. Losing the race is an answer, and so is a write whose answer was lost.

use super::{
    error::{StoreError, outage},
    write::{Next, Write},
};
use crate::deadline;
use aws_sdk_dynamodb::{
    Client,
    error::{BuildError, ProvideErrorMetadata, SdkError},
    operation::{delete_item::DeleteItemError, put_item::PutItemError, transact_write_items::TransactWriteItemsError},
    types::{
        AttributeValue, CancellationReason, ConditionCheck, Delete, Put, ReturnValuesOnConditionCheckFailure,
        TransactWriteItem,
    },
};
use rules::secret::random_text;
use std::{collections::HashMap, time::Duration};

/// The outcome of a commit. A caller that writes on a condition must look at it.
#[must_use = "somebody else may have written first"]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Commit {
    Done,
    /// Somebody else wrote first: decide again on what is true now.
    LostRace,
}

/// Tries against transactions of others on the same item, beyond the SDK's own retries.
pub(super) const MOST_TRIES: u32 = 5;

/// Not begun where there is no time left to tell of it.
pub(super) async fn commit(client: &Client, table: &str, writes: Vec<Write>) -> Result<Commit, StoreError> {
    let time = deadline::for_commit()?;
    // Names this commit. When an answer was lost and the SDK tries again, the item found in the way may be our own.
    let write_id = random_text::<16>();
    let written = time.write(write(client, table, &writes, &write_id)).await;
    match written.unwrap_or_else(|| Err(StoreError::Unavailable("no answer in time".into()))) {
        Ok(commit) => Ok(commit),
        Err(StoreError::Throttled) => Err(StoreError::Throttled),
        // It is not known whether it was done. A client that is told that the server is unavailable comes again, and must not
        // find a code spent that they have nothing for. The same write under the same id, once more, tells; and does it if it
        // was not.
        Err(error) => match time.ask_again(write_once(client, table, &writes, &write_id)).await {
            Some(Ok(Outcome::Answer(commit))) => Ok(commit),
            Some(Ok(Outcome::InTheWay) | Err(_)) | None => Err(error),
        },
    }
}

/// Again and again while another transaction holds the item.
async fn write(client: &Client, table: &str, writes: &[Write], write_id: &str) -> Result<Commit, StoreError> {
    for tried in 0..MOST_TRIES {
        match write_once(client, table, writes, write_id).await? {
            Outcome::Answer(commit) => return Ok(commit),
            Outcome::InTheWay => tokio::time::sleep(pause(tried, write_id)).await,
        }
    }
    Err(StoreError::Throttled)
}

async fn write_once(client: &Client, table: &str, writes: &[Write], write_id: &str) -> Result<Outcome, StoreError> {
    match writes {
        [] => Ok(Outcome::Answer(Commit::Done)),
        [write] if !write.only_looks() => one(client, table, write, write_id).await,
        _ => transact(client, table, writes, write_id).await,
    }
}

enum Outcome {
    Answer(Commit),
    /// Another transaction holds the item at this moment.
    InTheWay,
}

/// Doubling, with the random write id as jitter: 10 to 20 ms, 20 to 40 ms, …
pub(super) fn pause(tried: u32, write_id: &str) -> Duration {
    let base = 10u64 << tried;
    let jitter = u64::from(write_id.as_bytes().get(tried as usize).copied().unwrap_or(0)) % base;
    Duration::from_millis(base + jitter)
}

async fn one(client: &Client, table: &str, write: &Write, write_id: &str) -> Result<Outcome, StoreError> {
    match &write.next {
        Some(next) => put(client, table, write, next, write_id).await,
        None => delete(client, table, write).await,
    }
}

async fn delete(client: &Client, table: &str, write: &Write) -> Result<Outcome, StoreError> {
    let (condition, value) = write.condition();
    let sent = client
        .delete_item()
        .table_name(table)
        .set_key(Some(write.key()))
        .set_condition_expression(condition.map(str::to_owned))
        .set_expression_attribute_values(value.map(|value| HashMap::from([value])))
        .send()
        .await;
    match sent {
        Ok(_) => Ok(Outcome::Answer(Commit::Done)),
        Err(error) => match error.as_service_error() {
            Some(DeleteItemError::ConditionalCheckFailedException(_)) => Ok(Outcome::Answer(Commit::LostRace)),
            Some(DeleteItemError::TransactionConflictException(_)) => Ok(Outcome::InTheWay),
            _ => Err(outage(error)),
        },
    }
}

async fn put(client: &Client, table: &str, write: &Write, next: &Next, write_id: &str) -> Result<Outcome, StoreError> {
    let (condition, value) = write.condition();
    let sent = client
        .put_item()
        .table_name(table)
        .set_item(Some(write.item(next, write_id)))
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
        items.push(part(table, write, write_id).map_err(|error| StoreError::Unavailable(error.to_string()))?);
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

fn part(table: &str, write: &Write, write_id: &str) -> Result<TransactWriteItem, BuildError> {
    let (condition, value) = write.condition();
    let (condition, values) = (condition.map(str::to_owned), value.map(|value| HashMap::from([value])));
    Ok(match &write.next {
        Some(next) => {
            let put = Put::builder()
                .table_name(table)
                .set_item(Some(write.item(next, write_id)))
                .set_condition_expression(condition)
                .set_expression_attribute_values(values)
                .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
            TransactWriteItem::builder().put(put.build()?)
        }
        None if write.only_looks() => {
            let check = ConditionCheck::builder()
                .table_name(table)
                .set_key(Some(write.key()))
                .set_condition_expression(condition)
                .set_expression_attribute_values(values);
            TransactWriteItem::builder().condition_check(check.build()?)
        }
        None => {
            let delete = Delete::builder()
                .table_name(table)
                .set_key(Some(write.key()))
                .set_condition_expression(condition)
                .set_expression_attribute_values(values);
            TransactWriteItem::builder().delete(delete.build()?)
        }
    }
    .build())
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
