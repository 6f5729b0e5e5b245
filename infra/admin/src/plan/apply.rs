//! Writes a tenant and everything in it to the table, without a question.

use super::{
    build::Plan,
    commit::{ApplyError, commit},
    tenant_in_table::TenantInTable,
};
use crate::tenant_file::TenantItems;
use rules::time::Timestamp;
use server::{
    keys::make::KeyMaker,
    store::{Commit, Store},
};

const MOST_RACES: usize = 5;

/// The tenant's signing keys stay as they are, and missing ones are made. Clients and users that only an earlier file had are
/// removed. Those that no file has brought stay.
pub async fn apply(store: &Store, maker: &KeyMaker, items: &TenantItems, now: Timestamp) -> Result<(), ApplyError> {
    for _ in 0..MOST_RACES {
        let before = TenantInTable::of(store, items, now).await?;
        before.is_free()?;
        let plan = Plan::new(&before, items)?;
        if commit(store, maker, &plan, now, |_, _| ()).await? == Commit::Done {
            return Ok(());
        }
    }
    Err(ApplyError::LostRaces)
}
