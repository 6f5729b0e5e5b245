//! Writes a registered app into the table, as `admin` would.

use crate::{site::Site, tenant::LocalTenant};
use rules::{client::Client, tenant::Tenant};
use server::store::{Commit, StoreError, Write};
use std::sync::PoisonError;

pub async fn save(site: &Site, tenant: &LocalTenant, client: Client) -> Result<(), String> {
    let outage = |error: StoreError| error.to_string();
    let now = site.server.now();
    let id = &tenant.items.tenant.id;
    if tenant.items.clients.iter().any(|other| other.client_id == client.client_id) {
        return Err(format!("{} is in the tenant’s file already: choose another client_id.", client.client_id));
    }
    let record = site.server.tenant(id.as_str(), now).await.map_err(outage)?.ok_or("The tenant is gone.")?;
    // Its pages may call the token endpoint from now on (CORS).
    let mut origins = record.tenant.origins.clone();
    origins.extend(client.origins.iter().cloned());
    let writes = vec![
        Write::overwrite(&client).map_err(outage)?,
        Write::overwrite(&Tenant { origins, ..record.tenant.clone() }).map_err(outage)?,
    ];
    match site.server.store.commit(writes).await.map_err(outage)? {
        Commit::Done => {}
        _ => return Err("Somebody else wrote at the same moment: try again.".to_owned()),
    }
    site.server.forget_configuration();
    let mut registered = tenant.registered.lock().unwrap_or_else(PoisonError::into_inner);
    registered.retain(|other| other.client_id != client.client_id);
    registered.push(client);
    Ok(())
}
