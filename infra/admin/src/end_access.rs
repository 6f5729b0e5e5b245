//! Ends access for many at once: a mark in the tenant's own item, which every function has in memory for 30 seconds at most.

use crate::{failure::Failure, target::Target};
use rules::tenant::{AccessOf, EndedAccess, Tenant};
use server::store::{Commit, Item, Write};

const MOST_RACES: usize = 8;

/// All that was given to these until now is over. `apply` takes old marks away, since it knows how long what was given lives.
pub async fn end(target: &Target, tenant: &Tenant, whose: AccessOf) -> Result<(), Failure> {
    let store = &target.server.store;
    for _ in 0..MOST_RACES {
        let now = target.now();
        let Some(there) = store.find::<Tenant>(tenant.key(), now).await? else {
            return Err(Failure::failed(format!("the tenant {} is gone", tenant.id.as_str())));
        };
        let mark = EndedAccess { whose: whose.clone(), at: now };
        let ended = EndedAccess::added(&there.ended, vec![mark], i64::MAX, now);
        let next = Tenant { ended, ..there.value.clone() };
        if store.commit(vec![Write::update(&there, &next)?]).await? == Commit::Done {
            return Ok(());
        }
    }
    Err(Failure::failed("somebody else changes this tenant without pause; nothing was ended. Try again"))
}
