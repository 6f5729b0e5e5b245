//! Writes a registered app into the table, as `admin` would.

use crate::{site::Site, tenant::LocalTenant};
use rules::{client::Client, tenant::Tenant};
use server::store::{Commit, Item, StoreError, Write};
use std::sync::PoisonError;

/// A lost race means that somebody else wrote into the tenant at this very moment.
const MOST_RACES: usize = 8;

/// Into the tenant as the table has it now: the server remembers it for a while, and the operator may have changed it since.
pub async fn save(site: &Site, tenant: &LocalTenant, client: Client) -> Result<(), String> {
    let outage = |error: StoreError| error.to_string();
    let (store, now) = (&site.server.store, site.server.now());
    if tenant.items.clients.iter().any(|other| other.client_id == client.client_id) {
        return Err(format!("{} is in the tenant’s file already: choose another client_id.", client.client_id));
    }
    for _ in 0..MOST_RACES {
        let there = store.find::<Tenant>(tenant.items.tenant.key(), now).await.map_err(outage)?;
        let there = there.ok_or("The tenant is gone.")?;
        // Its pages may call the token endpoint from now on (CORS).
        let mut origins = there.origins.clone();
        origins.extend(client.origins.iter().cloned());
        let writes = vec![
            Write::overwrite(&client).map_err(outage)?,
            Write::update(&there, &Tenant { origins, ..there.value.clone() }).map_err(outage)?,
        ];
        if store.commit(writes).await.map_err(outage)? == Commit::Done {
            site.server.forget_configuration();
            let mut registered = tenant.registered.lock().unwrap_or_else(PoisonError::into_inner);
            registered.retain(|other| other.client_id != client.client_id);
            registered.push(client);
            return Ok(());
        }
    }
    Err("Somebody else wrote at the same moment: try again.".to_owned())
}
