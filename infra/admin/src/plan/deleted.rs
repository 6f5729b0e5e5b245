//! A tenant that an operator has deleted, or is deleting: its name may come back, and nothing that the former one gave.

use rules::{
    tenant::{AccessOf, CONFIGURATION_AGE, EndedAccess, Tenant, TenantId},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use server::store::{Item, Key, item::Attributes, schema};

/// Stands in the tenant's partition where no function looks.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DeletedTenant {
    pub id: TenantId,
    pub began: Timestamp,
    /// What it was, while something of it is still to be deleted.
    pub tenant: Option<Box<Tenant>>,
}

/// Something of a tenant of this name is still to be deleted.
#[derive(Clone, Copy, Debug)]
pub struct BeingDeleted;

const SORT: &str = "DELETED";

pub fn deleted_tenant(id: &TenantId) -> Key {
    Key { pk: schema::tenant_partition(id), sk: SORT.to_owned() }
}

impl Item for DeletedTenant {
    fn key(&self) -> Key {
        deleted_tenant(&self.id)
    }
}

impl DeletedTenant {
    pub fn is_here(item: &Attributes) -> bool {
        item.get("sk").and_then(|sk| sk.as_s().ok()).is_some_and(|sk| sk == SORT)
    }

    pub fn is_done(&self) -> bool {
        self.tenant.is_none()
    }

    /// For a new tenant of the same name: functions went on issuing for as long as they had the former one in memory.
    pub fn ended(&self) -> EndedAccess {
        EndedAccess { whose: AccessOf::Everybody, at: self.began.plus(CONFIGURATION_AGE) }
    }
}
