//! The one table: finds what is there now, and commits what was decided.

pub mod allowed;
mod commit;
pub mod counted;
mod credentials;
pub mod item;
pub mod schema;
mod tally;
mod tenants;
mod write;

pub use commit::Commit;
pub use credentials::KeptCredentials;
pub use item::{Item, Key, Versioned};
pub use tally::Tally;
pub use write::Write;

use crate::{audit::key::AuditKey, tenant::TenantId, time::Timestamp};
use aws_config::SdkConfig;
use aws_sdk_dynamodb::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    types::AttributeValue,
};
use std::{collections::HashMap, fmt};

/// A table in DynamoDB, or in an engine that speaks its protocol.
#[derive(Clone, Debug)]
pub struct Store {
    client: Client,
    table: String,
}

/// The table could not be asked. Never to be mistaken for "not found".
#[derive(Debug)]
pub enum StoreError {
    /// Too many requests for the table's capacity; worth a later try.
    Throttled,
    /// No answer, or one that makes no sense.
    Unavailable(String),
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreError::Throttled => f.write_str("the table is throttled"),
            StoreError::Unavailable(why) => write!(f, "the table is unavailable: {why}"),
        }
    }
}

impl Store {
    pub fn new(client: Client, table: impl Into<String>) -> Store {
        Store { client, table: table.into() }
    }

    /// As deployed functions speak with it.
    pub fn from_config(config: &SdkConfig, table: impl Into<String>) -> Store {
        let config = aws_sdk_dynamodb::config::Builder::from(config).interceptor(counted::CountCalls).build();
        Store::new(Client::from_conf(config), table)
    }

    /// The item as it is now (strongly consistent), unless it has expired: DynamoDB deletes late (AWS-1).
    pub async fn find<T: Item>(&self, key: Key, now: Timestamp) -> Result<Option<Versioned<T>>, StoreError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key.attributes()))
            .consistent_read(true)
            .send()
            .await
            .map_err(outage)?;
        answer.item.map(|item| item::read(&item, now)).transpose().map(Option::flatten)
    }

    /// All items of one partition, as they are now.
    pub async fn partition(&self, pk: &str) -> Result<Vec<HashMap<String, AttributeValue>>, StoreError> {
        let mut items = Vec::new();
        let mut from = None;
        loop {
            let page = self
                .client
                .query()
                .table_name(&self.table)
                .key_condition_expression("pk = :pk")
                .expression_attribute_values(":pk", AttributeValue::S(pk.to_owned()))
                .consistent_read(true)
                .set_exclusive_start_key(from)
                .send()
                .await
                .map_err(outage)?;
            items.extend(page.items.unwrap_or_default());
            from = page.last_evaluated_key;
            if from.is_none() {
                return Ok(items);
            }
        }
    }

    /// All tenants. For who has to go through them, never for a request.
    pub async fn tenants(&self, now: Timestamp) -> Result<Vec<TenantId>, StoreError> {
        let mut tenants = Vec::new();
        for item in self.partition(schema::TENANTS).await? {
            tenants.extend(item::read::<schema::KnownTenant>(&item, now)?.map(|known| known.value.tenant));
        }
        Ok(tenants)
    }

    /// What audit events are sealed with. It is the stack's, not a tenant's.
    pub async fn audit_key(&self, now: Timestamp) -> Result<Option<Versioned<AuditKey>>, StoreError> {
        let items = self.partition(schema::STACK).await?;
        let found = items.iter().find(|item| schema::is_audit_key(item));
        found.map(|item| item::read(item, now)).transpose().map(Option::flatten)
    }

    /// Writes all or nothing. Each write says what it expects to find; if one is wrong, nothing is written.
    pub async fn commit(&self, writes: Vec<Write>) -> Result<Commit, StoreError> {
        commit::commit(&self.client, &self.table, writes).await
    }
}

/// Which failures are throttling; everything else is an outage. The SDK has retried before we see them.
fn outage<E, R>(error: SdkError<E, R>) -> StoreError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: fmt::Debug,
{
    match error.code() {
        Some("ProvisionedThroughputExceededException" | "ThrottlingException" | "RequestLimitExceeded") => {
            StoreError::Throttled
        }
        Some(code) => StoreError::Unavailable(code.to_owned()),
        None => StoreError::Unavailable(match error {
            SdkError::TimeoutError(_) => "no answer in time".into(),
            SdkError::DispatchFailure(_) => "it can't be reached".into(),
            other => other.to_string(),
        }),
    }
}
