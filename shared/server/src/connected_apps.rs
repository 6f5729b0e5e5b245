//! What a person has allowed, app by app: found for them, and taken away.

use crate::{
    Server,
    authority::session_is_over,
    store::{Commit, StoreError, Versioned, Write, allowed::Allowed, schema},
};
use rules::{
    authority,
    authorize::remembered::RememberedConsent,
    client::Client,
    grant::{Grant, GrantId, grant_index::ListedGrant, revocation},
    tenant::{GivenAccess, Tenant},
    time::Timestamp,
};
use std::{collections::BTreeMap, sync::Arc};

/// A person of a tenant, at a moment.
#[derive(Clone, Copy)]
pub struct Person<'a> {
    pub tenant: &'a Tenant,
    pub sub: &'a str,
    pub now: Timestamp,
}

/// One app's access. The client is missing if the operator has removed it since.
pub struct AppAccess {
    pub client_id: String,
    pub client: Option<Arc<Client>>,
    /// The newest first.
    pub grants: Vec<Grant>,
    pub remembered: Vec<RememberedConsent>,
}

/// Every app that can still do something, or would get access without asking.
pub async fn apps_of(server: &Server, person: Person<'_>) -> Result<Vec<AppAccess>, StoreError> {
    let mut apps: BTreeMap<String, AppAccess> = BTreeMap::new();
    let new = |client_id: &str| AppAccess {
        client_id: client_id.to_owned(),
        client: None,
        grants: Vec::new(),
        remembered: Vec::new(),
    };
    for allowed in Allowed::all_of(&server.store, &person.tenant.id, person.sub, person.now).await? {
        match allowed {
            Allowed::Consent(consent) if has_ended(person, &consent) => {}
            Allowed::Consent(consent) => {
                let consent = consent.value;
                let id = consent.client_id.clone();
                apps.entry(id).or_insert_with_key(|id| new(id)).remembered.push(consent);
            }
            Allowed::Grant(line) => {
                if let Some(grant) = own_grant(server, person, &line.grant).await? {
                    let id = grant.client_id.clone();
                    apps.entry(id).or_insert_with_key(|id| new(id)).grants.push(grant.value);
                }
            }
        }
    }
    let mut found = Vec::with_capacity(apps.len());
    for mut app in apps.into_values() {
        app.client = server.client(&person.tenant.id, &app.client_id, person.now).await?;
        app.grants.sort_by_key(|grant| std::cmp::Reverse(grant.approval.approved_at));
        found.push(app);
    }
    Ok(found)
}

/// Each loss means that the app came for tokens at this very moment.
const MOST_RACES: usize = 8;

/// Ends all that this person gave this app, and forgets what was remembered of it. From then on refresh and introspection
/// refuse. Whether there was anything to take.
pub async fn take_away(server: &Server, person: Person<'_>, client_id: &str) -> Result<bool, StoreError> {
    let mut taken = false;
    for allowed in Allowed::all_of(&server.store, &person.tenant.id, person.sub, person.now).await? {
        match allowed {
            Allowed::Consent(consent) if consent.client_id == client_id => {
                let forgotten = RememberedConsent { expires_at: person.now, ..consent.value };
                server.store.write_unraced(vec![Write::overwrite(&forgotten)?]).await?;
                taken = true;
            }
            Allowed::Consent(_) => {}
            Allowed::Grant(line) => taken |= end(server, person, line, client_id).await?,
        }
    }
    Ok(taken)
}

/// Also what can do nothing any more: a request that began a moment before its end may be about to write. Whether there was anything
/// to take.
async fn end(server: &Server, person: Person<'_>, line: ListedGrant, client_id: &str) -> Result<bool, StoreError> {
    for _ in 0..MOST_RACES {
        let Some(grant) = given_by(server, person, &line.grant).await?.filter(|grant| grant.client_id == client_id)
        else {
            return Ok(false);
        };
        let Some(state) = revocation::by_user(&grant, person.now) else { return Ok(false) };
        let was_alive = grant.is_live(person.now);
        let ended = Grant { state, ..grant.value.clone() };
        let unlisted = ListedGrant { expires_at: person.now, ..line.clone() };
        let writes = vec![Write::update(&grant, &ended)?, Write::overwrite(&unlisted)?];
        if server.store.commit(writes).await? == Commit::Done {
            return Ok(was_alive);
        }
    }
    Err(StoreError::Throttled)
}

/// Whether the operator has ended what a remembered yes let the app have since.
fn has_ended(person: Person<'_>, consent: &RememberedConsent) -> bool {
    let RememberedConsent { client_id, sub, given_at, .. } = consent;
    person.tenant.has_ended(&GivenAccess { client_id, sub, patient: None, at: *given_at })
}

/// The grant, if this person gave it and it is alive.
async fn own_grant(server: &Server, person: Person<'_>, id: &GrantId) -> Result<Option<Versioned<Grant>>, StoreError> {
    let is_good = |grant: &Grant| grant.is_live(person.now) && authority::of_tenant(grant, person.tenant).is_ok();
    let Some(grant) = given_by(server, person, id).await?.filter(|grant| is_good(grant)) else { return Ok(None) };
    Ok((!session_is_over(server, &grant, person.now).await?).then_some(grant))
}

/// The grant, if this person gave it. The list is theirs already; a grant of somebody else's in it would be a fault of ours, and must
/// not be shown or ended.
async fn given_by(server: &Server, person: Person<'_>, id: &GrantId) -> Result<Option<Versioned<Grant>>, StoreError> {
    let grant = server.store.find::<Grant>(schema::grant(&person.tenant.id, id), person.now).await?;
    Ok(grant.filter(|grant| grant.approval.sub == person.sub))
}
