//! A tenant as the table has it, with everything that a file could change.

use crate::{
    applied::{Applied, Kind},
    tenant_file::Known,
};
use rules::{
    client::Client,
    credentials::{Credentials, CredentialsId},
    identity_provider::secret::ProviderSecret,
    signing_keys::SigningKeyRecord,
    tenant::{Tenant, TenantId},
    time::Timestamp,
    user::User,
};
use server::store::{Item, Key, Store, StoreError, Versioned, item, schema};
use std::collections::{BTreeMap, BTreeSet};
use tokio::task::JoinSet;

pub struct Before {
    pub tenant: Option<Versioned<Tenant>>,
    pub keys: Vec<Versioned<SigningKeyRecord>>,
    /// What was applied, by kind and id.
    pub applied: BTreeMap<(Kind, String), Versioned<Applied>>,
    /// Those that the file had or has, by `client_id`.
    pub clients: BTreeMap<String, Versioned<Client>>,
    /// By name in lower case.
    pub users: BTreeMap<String, Versioned<User>>,
    /// What those of them had set up whom the new file does not name, by the same names.
    pub credentials: BTreeMap<String, Versioned<Credentials>>,
    pub provider_secrets: BTreeMap<String, Versioned<ProviderSecret>>,
}

/// What the new file names, so that it is read even if no file has brought it.
#[derive(Default)]
pub struct Named {
    pub clients: Vec<String>,
    pub users: Vec<String>,
    pub providers: Vec<String>,
}

/// As many reads at a time as a laptop's connection bears.
const AT_ONCE: usize = 16;

impl Before {
    pub async fn read(store: &Store, id: &TenantId, named: &Named, now: Timestamp) -> Result<Before, StoreError> {
        let (mut tenant, mut keys) = (None, Vec::new());
        for found in store.partition(&schema::tenant_partition(id)).await? {
            match schema::kind_in_tenant(&found) {
                Some(schema::InTenant::Config) => tenant = item::read::<Tenant>(&found, now)?,
                Some(schema::InTenant::Key) => keys.extend(item::read::<SigningKeyRecord>(&found, now)?),
                None => {}
            }
        }
        let applied: BTreeMap<_, _> =
            Applied::all(store, id, now).await?.into_iter().map(|line| ((line.kind, line.id.clone()), line)).collect();
        let ids = |kind, named: &[String]| {
            let lines = applied.keys().filter(|(of, _)| *of == kind).map(|(_, id)| id.clone());
            lines.chain(named.iter().cloned()).collect::<BTreeSet<String>>()
        };
        let client_ids = ids(Kind::Client, &named.clients);
        let usernames = ids(Kind::User, &named.users.iter().map(|name| name.to_lowercase()).collect::<Vec<_>>());
        let mut providers: Vec<String> = named.providers.clone();
        providers.extend(tenant.iter().flat_map(|tenant| tenant.identity_providers.iter().map(|one| one.id.clone())));
        providers.sort();
        providers.dedup();
        let clients = each(store, client_ids.iter().map(|name| schema::client(id, name)), now).await?;
        let users = each(store, usernames.iter().map(|name| schema::user(id, name)), now).await?;
        let users = by(users, |user: &User| user.username.to_lowercase());
        let stays: BTreeSet<String> = named.users.iter().map(|name| name.to_lowercase()).collect();
        let leaving = users.iter().filter(|(name, _)| !stays.contains(*name));
        let own = leaving.map(|(_, user)| schema::credentials(id, &CredentialsId::of(id, &user.sub)));
        let credentials = each(store, own, now).await?;
        let secrets = each(store, providers.iter().map(|name| schema::provider_secret(id, name)), now).await?;
        Ok(Before {
            tenant,
            keys,
            applied,
            clients: by(clients, |client: &Client| client.client_id.clone()),
            users,
            credentials: by(credentials, |own: &Credentials| own.username.to_lowercase()),
            provider_secrets: by(secrets, |secret: &ProviderSecret| secret.provider.clone()),
        })
    }

    /// The hashes that may stand for what the file has in the clear: what it gave when it was last applied, then what is
    /// there now.
    pub fn known(&self) -> Known {
        let mut known = Known::default();
        for ((kind, id), line) in &self.applied {
            let of = match kind {
                Kind::Client => &mut known.clients,
                Kind::User => &mut known.users,
            };
            of.entry(id.clone()).or_default().extend(line.secrets.iter().cloned());
        }
        for (id, client) in &self.clients {
            let secrets = crate::applied::secrets(client).iter().cloned();
            known.clients.entry(id.clone()).or_default().extend(secrets);
        }
        for (name, user) in &self.users {
            known.users.entry(name.clone()).or_default().push(user.password.clone());
        }
        if let Some(tenant) = &self.tenant {
            let servers = tenant.fhir_servers.iter().map(|server| (&server.name, &server.secrets));
            for (name, secrets) in servers.chain(tenant.ehrs.iter().map(|ehr| (&ehr.name, &ehr.secrets))) {
                known.callers.entry(name.clone()).or_default().extend(secrets.iter().cloned());
            }
        }
        known
    }
}

fn by<T>(found: Vec<Versioned<T>>, name: impl Fn(&T) -> String) -> BTreeMap<String, Versioned<T>> {
    found.into_iter().map(|item| (name(&item.value), item)).collect()
}

/// Those of these items that are there.
pub async fn each<T: Item + Send + 'static>(
    store: &Store,
    keys: impl Iterator<Item = Key>,
    now: Timestamp,
) -> Result<Vec<Versioned<T>>, StoreError> {
    let (mut found, mut running) = (Vec::new(), JoinSet::new());
    let gone = |_| StoreError::Unavailable("a read was given up".to_owned());
    for key in keys {
        if running.len() >= AT_ONCE
            && let Some(read) = running.join_next().await
        {
            let read: Result<Option<Versioned<T>>, StoreError> = read.map_err(gone)?;
            found.extend(read?);
        }
        let store = store.clone();
        running.spawn(async move { store.find::<T>(key, now).await });
    }
    while let Some(read) = running.join_next().await {
        found.extend(read.map_err(gone)??);
    }
    Ok(found)
}
