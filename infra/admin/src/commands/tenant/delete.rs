//! `admit tenant delete`: ends a tenant and deletes what it has. Its configuration goes first, so that nothing of it is good any more;
//! whatever is interrupted after that is ended by the same command.

use crate::{
    failure::Failure,
    out::Out,
    plan::DeletedTenant,
    target::{Target, tenant_id},
};
use rules::{
    brands::PublishedBrands,
    grant::Grant,
    signing_keys::SigningKeyRecord,
    tenant::{Tenant, TenantId, TenantRecord},
};
use serde_json::json;
use server::store::{
    Commit, Item, Key, List, ListOf, Versioned, Write,
    allowed::listed_grant,
    item,
    schema::{self, InTenant, KnownTenant, PendingKey, kind_in_tenant, lists_complete, tenant_partition},
};
use std::collections::BTreeMap;

#[derive(Default)]
struct Found {
    tenant: Option<Versioned<Tenant>>,
    keys: Vec<Versioned<SigningKeyRecord>>,
    pending: Vec<Versioned<PendingKey>>,
    brands: Option<Versioned<PublishedBrands>>,
    deleted: Option<Versioned<DeletedTenant>>,
}

pub async fn delete(target: &Target, out: &Out, name: &str) -> Result<(), Failure> {
    let id = tenant_id(name)?;
    let found = find(target, &id).await?;
    let tenant = match (&found.tenant, found.deleted.as_deref()) {
        (Some(tenant), _) => tenant.value.clone(),
        (None, Some(DeletedTenant { tenant: Some(was), .. })) => Tenant::clone(was),
        (None, Some(_)) => return Err(Failure::failed(format!("{name} is deleted already"))),
        (None, None) => target.tenant(name).await?,
    };
    target.lists_are_complete(&id).await?;
    target.remember_gone(TenantRecord {
        tenant: tenant.clone(),
        keys: found.keys.iter().map(|key| key.value.clone()).collect(),
    });
    let mut counts = BTreeMap::new();
    for (what, list) in LISTS {
        counts.insert(what, target.listed_keys(ListOf::all(&id, list)).await?.len());
    }
    let says: Vec<String> = counts.iter().map(|(what, many)| format!("{many} {what}")).collect();
    let began =
        if found.tenant.is_some() { "" } else { " It is begun already: nothing of this tenant is good any more." };
    out.confirm(&format!(
        "This deletes {name} ({}) with {} and {} signing keys, for good: every token and every sign-in of it ends, and its keys \
         can't be had back.{began} Go on?",
        tenant.issuer.as_str(),
        says.join(", "),
        found.keys.len()
    ))?;
    begin(target, &found, &tenant).await?;
    // Read again: until it began, a key could still be made.
    let mut signing_keys = delete_keys(target, &find(target, &id).await?).await?;
    for (_, list) in LISTS {
        remove_list(target, out, &id, list).await?;
    }
    let providers = tenant.identity_providers.iter().map(|one| schema::provider_secret(&id, &one.id));
    target.remove(providers).await?;
    let applied = target.server.store.partition(&format!("{}#APPLIED", id.as_str())).await?;
    target.remove(applied.iter().filter_map(Key::of)).await?;
    // And by a rotation that had begun before.
    let left = find(target, &id).await?;
    signing_keys += delete_keys(target, &left).await?;
    end(target, &id, left.deleted).await?;
    out.answer(
        &json!({ "tenant": id, "deleted": counts, "signing_keys": signing_keys }),
        format!("{name} is deleted: {}", says.join(", ")),
    );
    out.note(
        "Functions know it within 30 seconds. What lives for minutes (sign-ins on their way, launches, counters) DynamoDB deletes by \
         itself. Tokens that a FHIR server judges alone are good there until they expire. Backups hold the tenant for 35 days, the audit \
         trail for as long as you keep it.",
    );
    Ok(())
}

const LISTS: [(&str, List); 6] = [
    ("sessions", List::Sessions),
    ("grants", List::Grants),
    ("remembered consents", List::Consents),
    ("clients", List::Clients),
    ("credentials", List::Credentials),
    ("users", List::Users),
];

async fn find(target: &Target, id: &TenantId) -> Result<Found, Failure> {
    let (mut found, now) = (Found::default(), target.now());
    for one in target.server.store.partition(&tenant_partition(id)).await? {
        match kind_in_tenant(&one) {
            Some(InTenant::Config) => found.tenant = item::read(&one, now)?,
            Some(InTenant::Key) => found.keys.extend(item::read(&one, now)?),
            Some(InTenant::PendingKey) => found.pending.extend(item::read(&one, now)?),
            Some(InTenant::Brands) => found.brands = item::read(&one, now)?,
            None if DeletedTenant::is_here(&one) => found.deleted = item::read(&one, now)?,
            None => {}
        }
    }
    Ok(found)
}

/// From here on the tenant does not exist.
async fn begin(target: &Target, found: &Found, tenant: &Tenant) -> Result<(), Failure> {
    let Some(there) = &found.tenant else { return Ok(()) };
    let mark = DeletedTenant { id: tenant.id.clone(), began: target.now(), tenant: Some(Box::new(tenant.clone())) };
    let mut writes = vec![Write::delete(there), Write::overwrite(&mark)?];
    // What is left of it says when the deployment's bundle changed.
    if let Some(brands) = &found.brands
        && let Some(left) = PublishedBrands::nothing(brands, target.now())
    {
        writes.push(Write::update(brands, &left)?);
    }
    match target.server.store.commit(writes).await? {
        Commit::Done => Ok(()),
        Commit::LostRace => {
            Err(Failure::failed("somebody else changed this tenant at this moment; nothing was deleted"))
        }
    }
}

/// How many there were.
async fn delete_keys(target: &Target, found: &Found) -> Result<usize, Failure> {
    for key in &found.keys {
        target.maker.discard(&key.value).await?;
        target.remove([key.value.key()]).await?;
    }
    for begun in &found.pending {
        target.maker.give_up(&begun.value.key_id).await?;
        target.remove([begun.value.key()]).await?;
    }
    Ok(found.keys.len())
}

/// Nothing is left but the mark, for a tenant that gets the same name.
async fn end(target: &Target, id: &TenantId, mark: Option<Versioned<DeletedTenant>>) -> Result<(), Failure> {
    let Some(mark) = mark else { return Ok(()) };
    let known = KnownTenant { tenant: id.clone() };
    let done = DeletedTenant { tenant: None, ..mark.value.clone() };
    let writes = vec![Write::remove(known.key()), Write::remove(lists_complete(id)), Write::update(&mark, &done)?];
    match target.server.store.commit(writes).await? {
        Commit::Done => Ok(()),
        Commit::LostRace => {
            Err(Failure::failed("somebody else deletes it at this moment; run this again to see what is left"))
        }
    }
}

/// DynamoDB takes a hundred items in a transaction, and a grant comes with its line in a person's list.
const MOST_AT_ONCE: usize = 50;

async fn remove_list(target: &Target, out: &Out, id: &TenantId, list: List) -> Result<(), Failure> {
    let all: Vec<Key> = target.listed_keys(ListOf::all(id, list)).await?.into_iter().collect();
    for (done, some) in all.chunks(MOST_AT_ONCE).enumerate() {
        out.progress(format!("{} of {} {} deleted", done * MOST_AT_ONCE, all.len(), list.as_str().to_lowercase()));
        let mut gone = some.to_vec();
        if list == List::Grants {
            let grants: Vec<Versioned<Grant>> = target.server.store.find_together(some, target.now()).await?.all()?;
            gone.extend(grants.iter().map(|grant| listed_grant(id, &grant.approval.sub, &grant.id)));
        }
        target.remove(gone).await?;
    }
    out.progress_ends();
    Ok(())
}
