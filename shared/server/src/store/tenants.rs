//! Where a tenant and its keys lie, and the list of all tenants.

use super::{
    List, Listed, Store,
    error::StoreError,
    item::{self, Item, Key, Versioned},
};
use aws_sdk_dynamodb::types::AttributeValue;
use rules::{
    brands::PublishedBrands,
    signing_keys::SigningKeyRecord,
    tenant::{SigningAlg, Tenant, TenantId},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// A tenant and its keys share a partition: one query reads both.
pub fn tenant_partition(tenant: &TenantId) -> String {
    format!("{}#TENANT", tenant.as_str())
}

/// The partition of no tenant: what is the whole stack's.
pub const STACK: &str = "#TENANT";

pub const AUDIT_KEY: &str = "AUDIT_KEY";

pub fn is_audit_key(item: &HashMap<String, AttributeValue>) -> bool {
    item.get("sk").and_then(|sk| sk.as_s().ok()).is_some_and(|sk| sk == AUDIT_KEY)
}

pub const TENANT_CONFIG: &str = "CONFIG";
/// The tenant's lists lack nothing. No function reads it.
const TENANT_LISTS: &str = "LISTS";
pub const TENANT_KEY_PREFIX: &str = "KEY#";
const PENDING_KEY_PREFIX: &str = "PENDING#";
const TENANT_BRANDS: &str = "BRANDS";

/// What an item of a tenant's partition is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InTenant {
    Config,
    Key,
    PendingKey,
    Brands,
}

pub fn kind_in_tenant(item: &HashMap<String, AttributeValue>) -> Option<InTenant> {
    match item.get("sk")?.as_s().ok()?.as_str() {
        TENANT_CONFIG => Some(InTenant::Config),
        TENANT_BRANDS => Some(InTenant::Brands),
        key if key.starts_with(TENANT_KEY_PREFIX) => Some(InTenant::Key),
        key if key.starts_with(PENDING_KEY_PREFIX) => Some(InTenant::PendingKey),
        _ => None,
    }
}

impl Item for Tenant {
    fn key(&self) -> Key {
        tenant_config(&self.id)
    }
}

/// The partition that lists all tenants: for who has to go through them, never for a request.
pub const TENANTS: &str = "#TENANTS";

/// There is a tenant of this name.
#[derive(Debug, Serialize, Deserialize)]
pub struct KnownTenant {
    pub tenant: TenantId,
}

impl Item for KnownTenant {
    fn key(&self) -> Key {
        Key { pk: TENANTS.to_owned(), sk: self.tenant.as_str().to_owned() }
    }
}

/// A tenant all of whose items are in the lists: it was made when there were lists, or those of its items that are older were put into
/// them.
#[derive(Debug, Serialize, Deserialize)]
pub struct ListsComplete {
    pub tenant: TenantId,
}

pub fn lists_complete(tenant: &TenantId) -> Key {
    Key { pk: tenant_partition(tenant), sk: TENANT_LISTS.to_owned() }
}

impl Item for ListsComplete {
    fn key(&self) -> Key {
        lists_complete(&self.tenant)
    }
}

pub fn tenant_config(tenant: &TenantId) -> Key {
    Key { pk: tenant_partition(tenant), sk: TENANT_CONFIG.to_owned() }
}

pub fn published_brands(tenant: &TenantId) -> Key {
    Key { pk: tenant_partition(tenant), sk: TENANT_BRANDS.to_owned() }
}

impl Item for PublishedBrands {
    fn key(&self) -> Key {
        published_brands(&self.tenant)
    }

    /// Also where it has left: the deployment's bundle changed then.
    fn listed(&self) -> Option<Listed> {
        self.changed_list_at.map(|_| Listed::of_deployment(&self.tenant, List::Brands))
    }
}

impl Item for SigningKeyRecord {
    fn key(&self) -> Key {
        Key { pk: tenant_partition(&self.tenant), sk: format!("{TENANT_KEY_PREFIX}{}", self.public.kid) }
    }
}

/// A key that KMS has made and of which nothing is known yet but its ARN. There is one at most for each algorithm of a tenant: whoever
/// finds it goes on with it. One that is given up makes room for its successor.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PendingKey {
    pub tenant: TenantId,
    pub alg: SigningAlg,
    pub key_id: String,
    pub since: Timestamp,
    /// It is about to be deleted: nobody goes on with it any more.
    #[serde(default)]
    pub given_up: bool,
}

impl Item for PendingKey {
    fn key(&self) -> Key {
        let of_which = if self.given_up { &self.key_id } else { self.alg.as_str() };
        Key { pk: tenant_partition(&self.tenant), sk: format!("{PENDING_KEY_PREFIX}{of_which}") }
    }
}

/// All that lies in a tenant's partition.
#[derive(Debug, Default)]
pub struct TenantAndKeys {
    pub tenant: Option<Tenant>,
    pub keys: Vec<Versioned<SigningKeyRecord>>,
    pub pending: Vec<Versioned<PendingKey>>,
}

impl Store {
    /// All tenants. For who has to go through them, never for a request.
    pub async fn tenants(&self, now: Timestamp) -> Result<Vec<TenantId>, StoreError> {
        let mut tenants = Vec::new();
        for item in self.partition(TENANTS).await? {
            tenants.extend(item::read::<KnownTenant>(&item, now)?.map(|known| known.value.tenant));
        }
        Ok(tenants)
    }

    /// A tenant and its keys as they are now; keys are there before their tenant is, when it is new.
    pub async fn tenant_with_keys(
        &self,
        tenant: &TenantId,
        now: Timestamp,
    ) -> Result<(Option<Tenant>, Vec<Versioned<SigningKeyRecord>>), StoreError> {
        let TenantAndKeys { tenant, keys, .. } = self.tenant_with_pending_keys(tenant, now).await?;
        Ok((tenant, keys))
    }

    /// The same, with the keys that are under way.
    pub async fn tenant_with_pending_keys(
        &self,
        tenant: &TenantId,
        now: Timestamp,
    ) -> Result<TenantAndKeys, StoreError> {
        let mut found = TenantAndKeys::default();
        for item in self.partition(&tenant_partition(tenant)).await? {
            match kind_in_tenant(&item) {
                Some(InTenant::Config) => found.tenant = item::read::<Tenant>(&item, now)?.map(|tenant| tenant.value),
                Some(InTenant::Key) => found.keys.extend(item::read(&item, now)?),
                Some(InTenant::PendingKey) => found.pending.extend(item::read(&item, now)?),
                // Who publishes them reads them by themselves.
                Some(InTenant::Brands) | None => {}
            }
        }
        Ok(found)
    }
}
