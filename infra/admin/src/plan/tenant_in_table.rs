//! A tenant as the table has it, with everything that a file could change.

use super::{
    applied::{AppliedItem, AppliedKind},
    deleted::{BeingDeleted, DeletedTenant},
};
use crate::tenant_file::{ItemNames, StoredHashes, TenantItems, client_secrets};
use rules::{
    brands::PublishedBrands,
    client::Client,
    credentials::{Credentials, CredentialsId},
    identity_provider::secret::ProviderSecret,
    precis,
    signing_keys::SigningKeyRecord,
    tenant::{Tenant, TenantId},
    time::Timestamp,
    user::User,
};
use server::store::{Item, Key, List, ListOf, Store, StoreError, Versioned, item, schema};
use std::collections::{BTreeMap, BTreeSet};

pub struct TenantInTable {
    pub tenant: Option<Versioned<Tenant>>,
    pub keys: Vec<Versioned<SigningKeyRecord>>,
    /// What it publishes of itself.
    pub brands: Option<Versioned<PublishedBrands>>,
    /// By kind and id.
    pub applied: BTreeMap<(AppliedKind, String), Versioned<AppliedItem>>,
    /// The clients that the last file had or the new one has, by `client_id`.
    pub clients: BTreeMap<String, Versioned<Client>>,
    /// Users likewise, by name in lower case.
    pub users: BTreeMap<String, Versioned<User>>,
    /// The factors and passwords of these users, by name in lower case.
    pub credentials: BTreeMap<String, Versioned<Credentials>>,
    pub provider_secrets: BTreeMap<String, Versioned<ProviderSecret>>,
    /// Clients and users that neither the last file had nor the new one has: commands have added them.
    pub other_clients: Vec<Client>,
    pub other_users: Vec<User>,
    /// A tenant of this name that was deleted, or is being deleted.
    pub deleted: Option<Versioned<DeletedTenant>>,
}

impl TenantInTable {
    /// Everything that the table has under the names of these items.
    pub async fn of(store: &Store, items: &TenantItems, now: Timestamp) -> Result<TenantInTable, StoreError> {
        TenantInTable::read(store, &items.tenant.id, &ItemNames::of(items), now).await
    }

    pub async fn read(
        store: &Store,
        id: &TenantId,
        named: &ItemNames,
        now: Timestamp,
    ) -> Result<TenantInTable, StoreError> {
        let (mut tenant, mut keys, mut brands, mut deleted) = (None, Vec::new(), None, None);
        for found in store.partition(&schema::tenant_partition(id)).await? {
            match schema::kind_in_tenant(&found) {
                Some(schema::InTenant::Config) => tenant = item::read::<Tenant>(&found, now)?,
                Some(schema::InTenant::Key) => keys.extend(item::read::<SigningKeyRecord>(&found, now)?),
                Some(schema::InTenant::Brands) => brands = item::read(&found, now)?,
                None if DeletedTenant::is_here(&found) => deleted = item::read(&found, now)?,
                // It is rotation's business.
                Some(schema::InTenant::PendingKey) | None => {}
            }
        }
        let applied: BTreeMap<_, _> = AppliedItem::all(store, id, now)
            .await?
            .into_iter()
            .map(|line| ((line.kind, line.id.clone()), line))
            .collect();
        let ids = |kind, named: &[String]| {
            let lines = applied.keys().filter(|(of, _)| *of == kind).map(|(_, id)| id.clone());
            lines.chain(named.iter().cloned()).collect::<BTreeSet<String>>()
        };
        let client_ids = ids(AppliedKind::Client, &named.clients);
        let usernames =
            ids(AppliedKind::User, &named.users.iter().flat_map(|name| precis::kept_under(name)).collect::<Vec<_>>());
        let mut providers: BTreeSet<String> = named.providers.iter().cloned().collect();
        providers.extend(tenant.iter().flat_map(|tenant| tenant.identity_providers.iter().map(|one| one.id.clone())));
        let client_keys: BTreeSet<Key> = client_ids.iter().map(|name| schema::client(id, name)).collect();
        let user_keys: BTreeSet<Key> = usernames.iter().map(|name| schema::user(id, name)).collect();
        let clients = find_all(store, client_keys.iter().cloned(), now).await?;
        let users = find_all(store, user_keys.iter().cloned(), now).await?;
        let users = index_by(users, |user: &User| user.username.to_lowercase());
        let own = users.values().map(|user| schema::credentials(id, &CredentialsId::of(id, &user.sub)));
        let credentials = find_all(store, own, now).await?;
        let secrets = find_all(store, providers.iter().map(|name| schema::provider_secret(id, name)), now).await?;
        let other_clients = others::<Client>(store, ListOf::all(id, List::Clients), &client_keys, now).await?;
        let other_users = others::<User>(store, ListOf::all(id, List::Users), &user_keys, now).await?;
        Ok(TenantInTable {
            other_clients,
            other_users,
            tenant,
            keys,
            brands,
            applied,
            clients: index_by(clients, |client: &Client| client.client_id.clone()),
            users,
            credentials: index_by(credentials, |own: &Credentials| own.username.to_lowercase()),
            provider_secrets: index_by(secrets, |secret: &ProviderSecret| secret.provider.clone()),
            deleted,
        })
    }

    /// A name is free again when nothing of the former tenant is left to be deleted.
    pub fn is_free(&self) -> Result<(), BeingDeleted> {
        match &self.deleted {
            Some(deleted) if !deleted.is_done() => Err(BeingDeleted),
            _ => Ok(()),
        }
    }

    /// What the last file had of this kind, by id.
    pub fn applied_of_kind(&self, kind: AppliedKind) -> impl Iterator<Item = (&String, &Versioned<AppliedItem>)> {
        self.applied.iter().filter(move |((of, _), _)| *of == kind).map(|((_, id), line)| (id, line))
    }

    /// The hashes of secrets that the file may have in the clear: first those of its last application, then those in force.
    pub fn stored_hashes(&self) -> StoredHashes {
        let mut hashes = StoredHashes::default();
        for ((kind, id), line) in &self.applied {
            let of = match kind {
                AppliedKind::Client => &mut hashes.clients,
                AppliedKind::User => &mut hashes.users,
                AppliedKind::Ehr | AppliedKind::FhirServer => &mut hashes.callers,
                // Not kept as a hash, so that nothing is compared with one.
                AppliedKind::Provider => continue,
            };
            of.entry(id.clone()).or_default().extend(line.secrets.iter().cloned());
        }
        for (id, client) in &self.clients {
            let secrets = client_secrets(client).iter().cloned();
            hashes.clients.entry(id.clone()).or_default().extend(secrets);
        }
        for (name, user) in &self.users {
            hashes.users.entry(name.clone()).or_default().push(user.password.clone());
        }
        if let Some(tenant) = &self.tenant {
            let guarded = tenant.guarded().map(|guarded| (guarded.name(), guarded.secrets()));
            for (name, secrets) in
                guarded.chain(tenant.ehrs.iter().map(|ehr| (ehr.name.as_str(), ehr.secrets.as_slice())))
            {
                hashes.callers.entry(name.to_owned()).or_default().extend(secrets.iter().cloned());
            }
        }
        hashes
    }
}

fn index_by<T>(found: Vec<Versioned<T>>, name: impl Fn(&T) -> String) -> BTreeMap<String, Versioned<T>> {
    found.into_iter().map(|item| (name(&item.value), item)).collect()
}

/// The items that the table has under these keys.
async fn find_all<T: Item>(
    store: &Store,
    keys: impl Iterator<Item = Key>,
    now: Timestamp,
) -> Result<Vec<Versioned<T>>, StoreError> {
    let keys: Vec<Key> = keys.collect();
    store.find_together(&keys, now).await?.all()
}

/// What the list has beside these. In a table that is older than the lists it may lack something: nothing is decided on it alone.
async fn others<T: Item>(
    store: &Store,
    of: ListOf<'_>,
    known: &BTreeSet<Key>,
    now: Timestamp,
) -> Result<Vec<T>, StoreError> {
    let (mut others, mut from) = (Vec::new(), None);
    loop {
        let (keys, next) = store.listed_keys(&of, None, from).await?;
        others.extend(keys.into_iter().filter(|key| !known.contains(key)));
        from = next;
        if from.is_none() {
            break;
        }
    }
    Ok(find_all::<T>(store, others.into_iter(), now).await?.into_iter().map(|other| other.value).collect())
}
