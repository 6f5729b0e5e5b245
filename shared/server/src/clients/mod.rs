//! The one place that finds a client: one that somebody registered, or one whose `client_id` is the address of its document
//! (draft-ietf-oauth-client-id-metadata-document-02). The first always wins, also where it is switched off: so an operator keeps out
//! whom they like (CIMD-2, CIMD-21).

mod fetching;
mod no_client;

pub use no_client::NoClient;

use crate::{
    Server,
    store::{StoreError, schema, schema::FetchedDocument},
};
use fetching::Fetching;
use rules::{
    client::{
        Client,
        document::{
            address::{DocumentAddress, is_meant},
            described,
            freshness::Seek,
        },
    },
    grant::Grant,
    tenant::{Tenant, TenantRecord},
    time::Timestamp,
};
use std::sync::Arc;

/// The client of this id. Of a registered one this costs what it always did; of another, one call for it and its document together, and
/// nothing while it is in memory.
pub async fn find(
    server: &Server,
    tenant: &TenantRecord,
    client_id: &str,
    seek: Seek,
    now: Timestamp,
) -> Result<Option<Arc<Client>>, NoClient> {
    if tenant.client_documents.is_none() || !is_meant(client_id) {
        let registered = server.client(&tenant.id, client_id, now).await?;
        // One from a document may still be in memory, where the tenant has just stopped to take any.
        return Ok(registered.filter(|client| client.origin.is_none()));
    }
    if let Some(known) = server.remembered_client(&tenant.id, client_id, now)
        && is_still_good(&known, tenant, now)
    {
        return Ok(Some(known));
    }
    // On the heap: it is a deep stack of waiting, and hardly any request comes here.
    Box::pin(of_document(server, tenant, client_id, seek, now)).await
}

async fn of_document(
    server: &Server,
    tenant: &TenantRecord,
    client_id: &str,
    seek: Seek,
    now: Timestamp,
) -> Result<Option<Arc<Client>>, NoClient> {
    let near = described::is_near(tenant);
    let address = match DocumentAddress::parse(client_id, near) {
        Ok(address) => address,
        // It may be registered all the same.
        Err(why) => match server.client(&tenant.id, client_id, now).await? {
            Some(registered) => return Ok(Some(registered)),
            None => return Err(NoClient::NotTaken(why.to_owned())),
        },
    };
    let keys = [schema::client(&tenant.id, client_id), schema::fetched_document(&tenant.id, client_id)];
    let (registered, kept) = server.store.find_both::<Client, FetchedDocument>(keys, now).await?;
    if let Some(registered) = registered {
        return Ok(server.remember_client(registered.value, now));
    }
    if let Some(why) = tenant.client_documents.as_ref().and_then(|documents| documents.refusal(address)) {
        return Err(NoClient::NotTaken(why.to_owned()));
    }
    let kept = kept.map(|kept| kept.value);
    let document = Fetching { server, tenant, address, near, now }.document(kept, seek).await?;
    let client = described::client(tenant, address, &document.document, document.fresh_until);
    let Some(client) = client else { return Ok(None) };
    // For a person's page and for an app's: a tenant may want keys alone.
    if !tenant.policy.lets_authenticate_by(client.authentication.method()) {
        return Err(NoClient::NotTaken("the tenant does not allow its way of authentication".to_owned()));
    }
    Ok(server.remember_client(client, now))
}

/// Whether a client in memory is still what `find` would find.
fn is_still_good(known: &Client, tenant: &Tenant, now: Timestamp) -> bool {
    known
        .origin
        .as_ref()
        .is_none_or(|origin| !origin.fresh_until.is_past(now) && described::allowed(&known.client_id, tenant).is_some())
}

/// The client by which a token of this grant is judged. What the document said is in the grant, so it is not asked for. `registered`
/// is what the table has under its id.
pub fn judging(registered: Registered, grant: Option<&Grant>, tenant: &Tenant) -> Option<Arc<Client>> {
    match registered {
        Registered::Client(client) if client.origin.is_none() => Some(client),
        Registered::Off => None,
        Registered::Client(_) | Registered::Nothing => described::of_grant(grant?, tenant).map(Arc::new),
    }
}

/// The client of this id as far as a name is all that is wanted, and whether it is one at all. No document is asked for.
pub async fn named(
    server: &Server,
    tenant: &Tenant,
    client_id: &str,
    now: Timestamp,
) -> Result<Option<Arc<Client>>, StoreError> {
    Ok(match Registered::find(server, tenant, client_id, now).await? {
        Registered::Client(client) if client.origin.is_none() => Some(client),
        Registered::Off => None,
        Registered::Client(_) | Registered::Nothing => described::named(client_id, tenant).map(Arc::new),
    })
}

/// What somebody registered under an id.
#[derive(Clone, Debug)]
pub enum Registered {
    Client(Arc<Client>),
    /// It is switched off.
    Off,
    Nothing,
}

impl Registered {
    pub fn of(server: &Server, found: Option<Client>, now: Timestamp) -> Registered {
        match found {
            None => Registered::Nothing,
            Some(client) => server.remember_client(client, now).map_or(Registered::Off, Registered::Client),
        }
    }

    /// One read, if it is not in memory.
    pub async fn find(
        server: &Server,
        tenant: &Tenant,
        client_id: &str,
        now: Timestamp,
    ) -> Result<Registered, StoreError> {
        if let Some(client) = server.remembered_client(&tenant.id, client_id, now) {
            return Ok(Registered::Client(client));
        }
        let found = server.store.find::<Client>(schema::client(&tenant.id, client_id), now).await?;
        Ok(Registered::of(server, found.map(|found| found.value), now))
    }
}
