//! Writes a tenant and everything in it to the table.

use crate::{
    plan::{Before, Plan, commit},
    tenant_file::TenantItems,
};
use rules::time::Timestamp;
use server::{
    keys::make::{KeyMaker, NoKey},
    store::{Commit, Store, StoreError},
};
use std::fmt;

#[derive(Debug)]
pub enum ApplyError {
    Store(StoreError),
    NoKey(NoKey),
    /// Somebody else changed the tenant, and kept on doing so.
    LostRaces,
    /// A plan of several transactions was cut short: by somebody else's change, or by the table.
    Interrupted {
        done: usize,
        all: usize,
        by: Option<StoreError>,
    },
}

impl fmt::Display for ApplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ApplyError::Store(error) => error.fmt(f),
            ApplyError::NoKey(error) => error.fmt(f),
            ApplyError::LostRaces => {
                f.write_str("somebody else changed this tenant at the same moment; nothing was written. Try again")
            }
            ApplyError::Interrupted { done, all, by } => {
                match by {
                    Some(error) => write!(f, "{error}")?,
                    None => f.write_str("somebody else changed this tenant while it was written")?,
                }
                write!(f, ". {done} of {all} transactions are done: apply the file again to finish")
            }
        }
    }
}

impl std::error::Error for ApplyError {}

impl From<StoreError> for ApplyError {
    fn from(error: StoreError) -> ApplyError {
        ApplyError::Store(error)
    }
}

impl From<NoKey> for ApplyError {
    fn from(error: NoKey) -> ApplyError {
        ApplyError::NoKey(error)
    }
}

const MOST_RACES: usize = 5;

/// Without a question. Its signing keys stay as they are; those it lacks are made. Clients and users that an earlier file
/// had and this one has not are taken away; what no file has brought stays.
pub async fn apply(store: &Store, maker: &KeyMaker, items: &TenantItems, now: Timestamp) -> Result<(), ApplyError> {
    for _ in 0..MOST_RACES {
        let before = Before::of(store, items, now).await?;
        let plan = Plan::new(&before, items)?;
        if commit(store, maker, &plan, now, |_, _| ()).await? == Commit::Done {
            return Ok(());
        }
    }
    Err(ApplyError::LostRaces)
}
