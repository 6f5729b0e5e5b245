//! What tenants publish of themselves: one tenant's, or that of all who want to be found in the deployment's list.

use super::{
    Key, List, Store, StoreError,
    error::outage,
    listed::{INDEX, INDEX_PK, pk_of_deployment},
    schema,
};
use crate::deadline::in_time;
use aws_sdk_dynamodb::types::AttributeValue;
use rules::{brands::PublishedBrands, tenant::TenantId, time::Timestamp};

/// Tenants in the bundle of a deployment, those that have left included. Lambda answers with 6 MB at most, and an app reads it whole.
const MOST_TENANTS: usize = 5_000;
const MOST_BYTES_OF_ALL: usize = 5_000_000;
/// So many of the largest fit into one answer of DynamoDB, and into the memory of a function.
const MOST_AT_ONCE: usize = 100;

impl Store {
    pub async fn published(&self, tenant: &TenantId, now: Timestamp) -> Result<Option<PublishedBrands>, StoreError> {
        let key = schema::published_brands(tenant);
        let found = self.find_together(std::slice::from_ref(&key), now).await?;
        Ok(found.get::<PublishedBrands>(&key)?.map(|published| published.value))
    }

    /// Those of all tenants that are in the deployment's list, or were. The list is a moment late, and the items in it are as they are
    /// now: who has left is gone at once, who has come is there within the second.
    pub async fn all_published(&self, now: Timestamp) -> Result<Vec<PublishedBrands>, StoreError> {
        let (mut all, mut bytes) = (Vec::new(), 0);
        for keys in self.keys_of_published().await?.chunks(MOST_AT_ONCE) {
            for found in self.find_together(keys, now).await?.all::<PublishedBrands>()? {
                bytes += found.entries.iter().map(|entry| entry.to_string().len()).sum::<usize>();
                all.push(found.value);
            }
            if bytes > MOST_BYTES_OF_ALL {
                return Err(StoreError::Unreadable(format!(
                    "the brands of all tenants are more than {MOST_BYTES_OF_ALL} bytes"
                )));
            }
        }
        Ok(all)
    }

    async fn keys_of_published(&self) -> Result<Vec<Key>, StoreError> {
        let (mut keys, mut from) = (Vec::new(), None);
        loop {
            let asked = self
                .client
                .query()
                .table_name(&self.table)
                .index_name(INDEX)
                .set_exclusive_start_key(from)
                .key_condition_expression(format!("{INDEX_PK} = :pk"))
                .expression_attribute_values(":pk", AttributeValue::S(pk_of_deployment(List::Brands)));
            let page = in_time(asked.send()).await?.map_err(outage)?;
            keys.extend(page.items.unwrap_or_default().iter().filter_map(Key::of));
            if keys.len() > MOST_TENANTS {
                return Err(StoreError::Unreadable(format!(
                    "more than {MOST_TENANTS} tenants publish brands together"
                )));
            }
            from = page.last_evaluated_key;
            if from.is_none() {
                return Ok(keys);
            }
        }
    }
}
