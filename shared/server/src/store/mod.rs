//! The one table: finds what is there now, and commits what was decided.

pub mod allowed;
mod brands;
mod commit;
mod counted;
mod counter;
mod credentials;
mod error;
pub mod item;
mod key_part;
mod listed;
mod lists;
pub mod schema;
pub mod table;
mod tenants;
mod together;
mod write;

pub use commit::Commit;
pub use counted::CountCalls;
pub use counter::Counter;
pub use credentials::KeptCredentials;
pub use error::StoreError;
pub use item::{Item, Key, Versioned};
pub use listed::{INDEX, List, Listed};
pub use lists::{ListOf, ListPage};
pub use together::Together;
pub use write::Write;

use crate::deadline::in_time;
use aws_config::SdkConfig;
use aws_sdk_dynamodb::{
    Client,
    config::{Builder, StalledStreamProtectionConfig},
    types::AttributeValue,
};
use error::outage;
use rules::time::Timestamp;
use std::collections::HashMap;

/// What every client of a table has: each call is counted. An answer is small and must be there whole in time, so nothing watches how
/// fast its bytes come.
pub fn client_config(config: Builder) -> Builder {
    config.interceptor(CountCalls).stalled_stream_protection(StalledStreamProtectionConfig::disabled())
}

/// A table in DynamoDB, or in an engine that speaks its protocol.
#[derive(Clone, Debug)]
pub struct Store {
    client: Client,
    table: String,
}

impl Store {
    pub fn new(client: Client, table: impl Into<String>) -> Store {
        Store { client, table: table.into() }
    }

    /// As deployed functions speak with it.
    pub fn from_config(config: &SdkConfig, table: impl Into<String>) -> Store {
        Store::new(Client::from_conf(client_config(config.into()).build()), table)
    }

    /// The item as it is now (strongly consistent), unless it has expired: DynamoDB deletes late (AWS-1).
    pub async fn find<T: Item>(&self, key: Key, now: Timestamp) -> Result<Option<Versioned<T>>, StoreError> {
        let asked =
            self.client.get_item().table_name(&self.table).set_key(Some(key.attributes())).consistent_read(true);
        let answer = in_time(asked.send()).await?.map_err(outage)?;
        answer.item.map(|item| item::read(&item, now)).transpose().map(Option::flatten)
    }

    /// All items of one partition, as they are now.
    pub async fn partition(&self, pk: &str) -> Result<Vec<HashMap<String, AttributeValue>>, StoreError> {
        let mut items = Vec::new();
        let mut from = None;
        loop {
            let asked = self
                .client
                .query()
                .table_name(&self.table)
                .key_condition_expression("pk = :pk")
                .expression_attribute_values(":pk", AttributeValue::S(pk.to_owned()))
                .consistent_read(true)
                .set_exclusive_start_key(from);
            let page = in_time(asked.send()).await?.map_err(outage)?;
            items.extend(page.items.unwrap_or_default());
            from = page.last_evaluated_key;
            if from.is_none() {
                return Ok(items);
            }
        }
    }

    /// Writes what nobody else can be writing at the same moment: items under random keys, or items whose last writer wins.
    /// Losing a race is then a fault, and no answer.
    pub async fn write_unraced(&self, writes: Vec<Write>) -> Result<(), StoreError> {
        match self.commit(writes).await? {
            Commit::Done => Ok(()),
            Commit::LostRace => Err(StoreError::Unreadable("an item is there already under a random key".into())),
        }
    }

    /// Writes all or nothing. Each write says what it expects to find; if one is wrong, nothing is written.
    pub async fn commit(&self, writes: Vec<Write>) -> Result<Commit, StoreError> {
        commit::commit(&self.client, &self.table, writes).await
    }
}
