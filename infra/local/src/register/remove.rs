//! Takes an app away that was registered here.

use crate::{site::Site, tenant::LocalTenant};
use rules::{
    client::Client,
    tenant::{AccessOf, EndedAccess, Tenant},
};
use server::store::{Commit, Item, StoreError, Write, schema};
use std::{collections::BTreeSet, sync::PoisonError};

/// With all that people gave it: a later registration of the same `client_id` begins with nothing.
pub async fn remove(site: &Site, tenant: &LocalTenant, client_id: &str) -> Result<(), String> {
    let outage = |error: StoreError| error.to_string();
    if tenant.registered().iter().all(|client| client.client_id != client_id) {
        return Err(format!("{client_id} was not registered here, so it can’t be removed here."));
    }
    let (store, now, id) = (&site.server.store, site.server.now(), &tenant.items.tenant.id);
    let mut writes = Vec::new();
    if let Some(there) = store.find::<Client>(schema::client(id, client_id), now).await.map_err(outage)? {
        writes.push(Write::delete(&there));
    }
    let there =
        store.find::<Tenant>(tenant.items.tenant.key(), now).await.map_err(outage)?.ok_or("The tenant is gone.")?;
    let others = tenant.clients().into_iter().filter(|client| client.client_id != client_id);
    let origins: BTreeSet<String> = others.flat_map(|client| client.origins).collect();
    let mark = EndedAccess { whose: AccessOf::Client(client_id.to_owned()), at: now };
    let ended = EndedAccess::added(&there.ended, vec![mark], i64::MAX, now);
    writes.push(Write::update(&there, &Tenant { origins, ended, ..there.value.clone() }).map_err(outage)?);
    match store.commit(writes).await.map_err(outage)? {
        Commit::Done => {}
        Commit::LostRace => return Err("Somebody else wrote at the same moment: try again.".to_owned()),
    }
    site.server.forget_configuration();
    let mut registered = tenant.registered.lock().unwrap_or_else(PoisonError::into_inner);
    registered.retain(|client| client.client_id != client_id);
    Ok(())
}
