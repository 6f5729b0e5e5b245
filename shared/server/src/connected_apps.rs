//! What a person has allowed, app by app: found for them, taken away, and ended sooner.

use crate::{
    Server,
    clients::named,
    store::{Commit, Key, StoreError, Versioned, Write, allowed::Allowed, schema},
};
use rules::{
    authority,
    authorize::remembered::RememberedConsent,
    client::Client,
    grant::{Grant, GrantId, grant_index::ListedGrant, revocation, shortened::shortened},
    session::Session,
    tenant::{GivenAccess, Tenant},
    time::Timestamp,
};
use std::{cmp::Reverse, collections::BTreeMap, sync::Arc};

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

/// A page of a person's apps.
pub struct AppsPage {
    pub apps: Vec<AppAccess>,
    /// Where the next page begins, if there is one.
    pub next: Option<usize>,
}

/// Grants of one page, in five calls, and as many for the sessions that they end with. Nobody has so many; an app that asks again
/// and again can make them.
pub const MOST_GRANTS: usize = 500;

/// The apps that can still do something, or would get access without asking; from this grant of the list on. An app's grants stand
/// together, and one that a page ends in begins the next again.
pub async fn apps_of(server: &Server, person: Person<'_>, from: usize) -> Result<AppsPage, StoreError> {
    let mut apps: BTreeMap<String, AppAccess> = BTreeMap::new();
    let new = |client_id: &str| AppAccess {
        client_id: client_id.to_owned(),
        client: None,
        grants: Vec::new(),
        remembered: Vec::new(),
    };
    let Listed { lines, consents } = Listed::of(server, person).await?;
    let next = from.saturating_add(MOST_GRANTS);
    let page: Vec<GrantId> = lines.iter().skip(from).take(MOST_GRANTS).map(|line| line.grant.clone()).collect();
    for grant in own_grants(server, person, &page).await? {
        let id = grant.client_id.clone();
        apps.entry(id).or_insert_with_key(|id| new(id)).grants.push(grant);
    }
    for consent in consents.into_iter().map(|consent| consent.value).filter(|consent| still_holds(person, consent)) {
        let id = consent.client_id.clone();
        if from == 0 || apps.contains_key(&id) {
            apps.entry(id).or_insert_with_key(|id| new(id)).remembered.push(consent);
        }
    }
    let mut found = Vec::with_capacity(apps.len());
    for mut app in apps.into_values() {
        app.client = named(server, person.tenant, &app.client_id, person.now).await?;
        app.grants.sort_by_key(|grant| std::cmp::Reverse(grant.approval.approved_at));
        found.push(app);
    }
    Ok(AppsPage { apps: found, next: (next < lines.len()).then_some(next) })
}

/// A person's list as the table has it.
struct Listed {
    /// App by app, those that live longest first.
    lines: Vec<ListedGrant>,
    consents: Vec<Versioned<RememberedConsent>>,
}

impl Listed {
    async fn of(server: &Server, person: Person<'_>) -> Result<Listed, StoreError> {
        let mut listed = Listed { lines: Vec::new(), consents: Vec::new() };
        for allowed in Allowed::all_of(&server.store, &person.tenant.id, person.sub, person.now).await? {
            match allowed {
                Allowed::Grant(line) => listed.lines.push(line),
                Allowed::Consent(consent) => listed.consents.push(consent),
            }
        }
        let place = |line: &ListedGrant| (line.client_id.clone(), Reverse(line.expires_at), line.grant.0.clone());
        listed.lines.sort_by_cached_key(place);
        Ok(listed)
    }
}

/// What became of taking an app's access away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// There was nothing to take.
    Nothing,
    All,
    /// There was no time for the rest: a repeated request continues.
    Part,
}

/// Each loss means that the app came for tokens at this very moment.
const MOST_RACES: usize = 8;

/// Grants that end together, each with its line: an app's launch context may have 64 kB, and a transaction ends at 4 MB.
const MOST_AT_ONCE: usize = 25;

/// Ends all that this person gave this app, and forgets what was remembered of it. From then on refresh and introspection
/// refuse. What is remembered goes first, since nothing new is granted by it any more; then what was granted until then is read.
pub async fn take_away(server: &Server, person: Person<'_>, client_id: &str) -> Result<Taken, StoreError> {
    change(server, person, client_id, Change::End).await
}

/// Brings the end of all that this person gave this app forward (DUR-4), in the same way. What ends sooner anyhow stays as it is.
pub async fn shorten(
    server: &Server,
    person: Person<'_>,
    client_id: &str,
    until: Timestamp,
) -> Result<Taken, StoreError> {
    change(server, person, client_id, Change::Shorten(until)).await
}

/// What is done to everything of an app.
#[derive(Clone, Copy)]
enum Change {
    End,
    Shorten(Timestamp),
}

impl Change {
    /// The grant afterwards, if this changes it.
    fn of_grant(self, grant: &Grant, now: Timestamp) -> Option<Grant> {
        match self {
            Change::End => revocation::by_user(grant, now).map(|state| Grant { state, ..grant.clone() }),
            Change::Shorten(until) => shortened(grant, until, now),
        }
    }

    fn of_consent(self, consent: RememberedConsent, now: Timestamp) -> Option<RememberedConsent> {
        match self {
            Change::End => Some(RememberedConsent { expires_at: now, ..consent }),
            Change::Shorten(until) if consent.lasts_until.is_some_and(|end| end <= until) => None,
            Change::Shorten(until) => Some(RememberedConsent {
                lasts_until: Some(until),
                expires_at: consent.expires_at.min(until),
                ..consent
            }),
        }
    }

    /// A grant that has ended is listed no longer.
    fn of_line(self, line: &ListedGrant, now: Timestamp) -> ListedGrant {
        match self {
            Change::End => ListedGrant { expires_at: now, ..line.clone() },
            Change::Shorten(_) => line.clone(),
        }
    }
}

async fn change(server: &Server, person: Person<'_>, client_id: &str, change: Change) -> Result<Taken, StoreError> {
    let Listed { mut lines, consents } = Listed::of(server, person).await?;
    let mut taken = Taken::Nothing;
    for consent in consents.into_iter().filter(|consent| consent.client_id == client_id) {
        let Some(changed) = change.of_consent(consent.value, person.now) else { continue };
        server.store.write_unraced(vec![Write::overwrite(&changed)?]).await?;
        taken = Taken::All;
    }
    if taken == Taken::All {
        lines = Listed::of(server, person).await?.lines;
    }
    // A line from before it said whose it is may be of any app.
    let may_be_its = |line: &ListedGrant| line.client_id.as_deref().is_none_or(|own| own == client_id);
    let lines: Vec<ListedGrant> = lines.into_iter().filter(may_be_its).collect();
    let mut has_ended_some = taken != Taken::Nothing;
    for some in lines.chunks(MOST_AT_ONCE) {
        match change_some(server, person, some, client_id, change).await {
            Ok(End { was_alive, wrote }) => {
                taken = if was_alive { Taken::All } else { taken };
                has_ended_some |= wrote;
            }
            Err(StoreError::Throttled | StoreError::Unavailable(_)) if has_ended_some => return Ok(Taken::Part),
            Err(error) => return Err(error),
        }
    }
    Ok(taken)
}

#[derive(Clone, Copy, Default)]
struct End {
    /// An app could still do something with one of them.
    was_alive: bool,
    wrote: bool,
}

/// Also what can do nothing any more: a request that began a moment before its end may be about to write. All at once; where an app
/// comes for tokens at this very moment, on what is true then.
async fn change_some(
    server: &Server,
    person: Person<'_>,
    lines: &[ListedGrant],
    client_id: &str,
    change: Change,
) -> Result<End, StoreError> {
    for _ in 0..MOST_RACES {
        let keys: Vec<Key> = lines.iter().map(|line| schema::grant(&person.tenant.id, &line.grant)).collect();
        let found = server.store.find_together(&keys, person.now).await?;
        let (mut writes, mut outcome) = (Vec::new(), End::default());
        for (line, key) in lines.iter().zip(&keys) {
            let Some(grant) = found.get::<Grant>(key)?.filter(|grant| is_own(grant, person)) else { continue };
            let is_its = grant.client_id == client_id;
            let Some(changed) = change.of_grant(&grant, person.now).filter(|_| is_its) else { continue };
            let line = change.of_line(line, person.now);
            writes.extend([Write::update(&grant, &changed)?, Write::overwrite(&line)?]);
            outcome = End { was_alive: outcome.was_alive || grant.is_live(person.now), wrote: true };
        }
        if server.store.commit(writes).await? == Commit::Done {
            return Ok(outcome);
        }
    }
    Err(StoreError::Throttled)
}

/// Whether a remembered yes could still let the app in: its time is not over, and the operator has not ended what it gave.
fn still_holds(person: Person<'_>, consent: &RememberedConsent) -> bool {
    let RememberedConsent { client_id, sub, given_at, .. } = consent;
    let given = GivenAccess { client_id, sub, patient: None, at: *given_at };
    !consent.holds_until(&person.tenant.policy).is_past(person.now) && !person.tenant.has_ended(&given)
}

/// Those of these grants that this person gave, and that are alive. Two calls for a hundred, the second for sessions that they end
/// with.
async fn own_grants(server: &Server, person: Person<'_>, ids: &[GrantId]) -> Result<Vec<Grant>, StoreError> {
    let keys: Vec<Key> = ids.iter().map(|id| schema::grant(&person.tenant.id, id)).collect();
    let found = server.store.find_together(&keys, person.now).await?;
    let mut grants = Vec::with_capacity(keys.len());
    for key in &keys {
        grants.extend(found.get::<Grant>(key)?.map(|grant| grant.value));
    }
    let is_good = |grant: &Grant| grant.is_live(person.now) && authority::of_tenant(grant, person.tenant).is_ok();
    grants.retain(|grant| is_own(grant, person) && is_good(grant));
    let session = |grant: &Grant| grant.approval.session().map(|id| schema::session(&person.tenant.id, id));
    let sessions: Vec<Key> = grants.iter().filter_map(session).collect();
    let sessions = server.store.find_together(&sessions, person.now).await?;
    let mut open = Vec::with_capacity(grants.len());
    for grant in grants {
        let is_open = match session(&grant) {
            Some(key) => sessions.get::<Session>(&key)?.is_some_and(|session| session.is_open(person.now)),
            None => true,
        };
        open.extend(is_open.then_some(grant));
    }
    Ok(open)
}

/// The list is theirs already; a grant of somebody else's in it would be a fault of ours, and must not be shown or ended.
fn is_own(grant: &Grant, person: Person<'_>) -> bool {
    grant.approval.sub == person.sub
}
