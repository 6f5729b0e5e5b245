//! What belongs to a tenant, as commands list it: by the table's index, so that it costs what the tenant has, and not what the table
//! has.

use super::Target;
use crate::failure::Failure;
use rules::tenant::TenantId;
use server::store::{
    Item, Key, ListOf, StoreError, Versioned,
    schema::{ListsComplete, lists_complete},
};
use std::collections::BTreeSet;

/// So many of a list at a time, where a command may stop early: what one call of `BatchGetItem` holds.
const SOME: i32 = 100;

impl Target {
    pub async fn listed<T: Item>(&self, of: ListOf<'_>) -> Result<Vec<Versioned<T>>, Failure> {
        self.lists_are_complete(of.tenant).await?;
        Ok(self.server.store.listed(&of, self.now()).await?)
    }

    /// Where its items lie, each once: an index that is late may list one twice.
    pub async fn listed_keys(&self, of: ListOf<'_>) -> Result<BTreeSet<Key>, Failure> {
        let (mut all, mut from) = (BTreeSet::new(), None);
        loop {
            let (keys, next) = self.server.store.listed_keys(&of, None, from).await?;
            all.extend(keys);
            from = next;
            if from.is_none() {
                return Ok(all);
            }
        }
    }

    /// Whether the list has such a one. Reads no further than to the first.
    pub async fn lists_any<T: Item>(&self, of: ListOf<'_>, is: impl Fn(&T) -> bool) -> Result<bool, Failure> {
        self.lists_are_complete(of.tenant).await?;
        let mut from = None;
        loop {
            let page = self.server.store.listed_page::<T>(&of, SOME, from, self.now()).await?;
            if page.items.iter().any(|found| is(&found.value)) {
                return Ok(true);
            }
            from = page.next;
            if from.is_none() {
                return Ok(false);
            }
        }
    }

    /// A list that lacks what is older than the lists would be taken for the whole, and a revocation by it would leave
    /// something alive.
    pub async fn lists_are_complete(&self, tenant: &TenantId) -> Result<(), Failure> {
        let mark: Result<Option<Versioned<ListsComplete>>, StoreError> =
            self.server.store.find(lists_complete(tenant), self.now()).await;
        match mark? {
            Some(_) => Ok(()),
            None => Err(Failure::failed(format!(
                "{} is older than the lists of this table, which may lack something: `admit migrate` completes them, once",
                tenant.as_str()
            ))),
        }
    }
}
