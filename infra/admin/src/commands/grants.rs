//! `admit grants`: lists and revokes what people have allowed apps to do.

use crate::{
    end_access::end,
    failure::Failure,
    out::{Out, moment, table},
    sign_out::Named,
    target::{OperatorAction, Target},
};
use rules::{
    authority,
    authorize::remembered::RememberedConsent,
    grant::{Grant, GrantId, GrantState, grant_index::ListedGrant, revocation},
    tenant::{AccessOf, Tenant, TenantId},
    time::Timestamp,
};
use serde_json::{Value, json};
use server::store::{Commit, Key, List, ListOf, Versioned, Write, allowed::Allowed, schema};

#[derive(clap::Subcommand, Debug)]
pub enum Grants {
    /// Lists the grants that are alive
    List {
        tenant: String,
        #[command(flatten)]
        filter: GrantFilter,
    },
    /// Ends grants with their codes, refresh tokens and access tokens. With --client alone, or --all, also ends the
    /// tokens that clients have for themselves. FHIR servers that introspect know it within 30 seconds; those that
    /// judge a JWT alone, when it expires
    Revoke {
        tenant: String,
        #[command(flatten)]
        filter: GrantFilter,
        /// Every grant of the tenant
        #[arg(long, conflicts_with_all = ["user", "client", "grant"])]
        all: bool,
    },
}

#[derive(clap::Args, Clone, Debug, Default)]
pub struct GrantFilter {
    /// Username, or the `sub` of the person's tokens
    #[arg(long)]
    user: Option<String>,
    /// client_id
    #[arg(long)]
    client: Option<String>,
    /// A grant's id, as `list` and the log have it
    // One id in 64 begins with a hyphen.
    #[arg(long, allow_hyphen_values = true)]
    grant: Option<String>,
}

impl Grants {
    pub fn operation(&self) -> Option<OperatorAction> {
        match self {
            Grants::Revoke { tenant, filter, all } => {
                let named = [("user", &filter.user), ("client", &filter.client), ("grant", &filter.grant)];
                let named = named.into_iter().filter_map(|(name, value)| Some(format!("{name} {}", value.as_ref()?)));
                let about = if *all { "all".to_owned() } else { named.collect::<Vec<_>>().join(", ") };
                OperatorAction::new(tenant, "grants revoke", about)
            }
            Grants::List { .. } => None,
        }
    }

    pub async fn run(self, target: &Target, out: &Out) -> Result<(), Failure> {
        match self {
            Grants::List { tenant, filter } => {
                let tenant = target.tenant(&tenant).await?;
                let mut found = find(target, out, &tenant.id, &filter).await?;
                found.retain(|grant| authority::of_tenant(grant, &tenant).is_ok());
                show(out, &found);
                Ok(())
            }
            Grants::Revoke { tenant, filter, all } => {
                let tenant = target.tenant(&tenant).await?;
                if !all && filter.user.is_none() && filter.client.is_none() && filter.grant.is_none() {
                    return Err(Failure::usage("say which: --user, --client, --grant or --all"));
                }
                revoke(target, out, &tenant, filter, all).await
            }
        }
    }
}

/// What ends for many at once, whether or not it is a grant. A single grant, or what one person allowed, is found and revoked.
fn whole(filter: &GrantFilter, all: bool) -> Option<AccessOf> {
    match filter {
        GrantFilter { user: None, client: None, grant: None } if all => Some(AccessOf::Everybody),
        GrantFilter { user: None, client: Some(id), grant: None } => Some(AccessOf::Client(id.clone())),
        _ => None,
    }
}

async fn revoke(target: &Target, out: &Out, of: &Tenant, filter: GrantFilter, all: bool) -> Result<(), Failure> {
    let (tenant, filter) = (&of.id, &filter);
    let whole = whole(filter, all);
    let found = find(target, out, tenant, filter).await?;
    let remembered = remembered_consents(target, tenant, filter).await?;
    if whole.is_some() || !found.is_empty() || !remembered.is_empty() {
        let own = match &whole {
            Some(AccessOf::Client(_)) => ", and every token that the client has for itself",
            Some(_) => ", and every token that a client has for itself",
            None => "",
        };
        out.confirm(&format!(
            "This ends {} grants{own}, and forgets {} remembered consents. Those apps must ask their users again. Go on?",
            found.len(),
            remembered.len()
        ))?;
    }
    // From here on it is over, also where this is cut short.
    if let Some(whose) = &whole {
        end(target, of, whose.clone()).await?;
    }
    // A remembered consent would give the access back without a question, so it goes first.
    for consent in &remembered {
        forget_consent(target, consent).await?;
    }
    let ids: Vec<GrantId> = found.iter().map(|grant| grant.id.clone()).collect();
    for (done, some) in ids.chunks(MOST_AT_ONCE).enumerate() {
        out.progress(format!("{} of {} ended", done * MOST_AT_ONCE, ids.len()));
        revoke_together(target, tenant, some).await?;
    }
    out.progress_ends();
    let human = match remembered.len() {
        0 => format!("{} grants ended", found.len()),
        consents => format!("{} grants ended, {consents} remembered consents forgotten", found.len()),
    };
    out.answer(&json!({ "revoked": ids, "consents_forgotten": remembered.len() }), human);
    if whole.is_some() {
        out.note("What clients had for themselves (client_credentials) is over too, within 30 seconds. A FHIR server that judges a JWT alone takes it until it expires.");
    }
    Ok(())
}

/// None for a single grant: a remembered consent belongs to an app and a person.
async fn remembered_consents(
    target: &Target,
    tenant: &TenantId,
    filter: &GrantFilter,
) -> Result<Vec<Versioned<RememberedConsent>>, Failure> {
    if filter.grant.is_some() {
        return Ok(Vec::new());
    }
    let mut found: Vec<Versioned<RememberedConsent>> = match &filter.user {
        Some(user) => {
            let sub = Named::find(target, tenant, user).await?.sub;
            let all = Allowed::all_of(&target.server.store, tenant, &sub, target.now()).await?;
            let consents = all.into_iter().filter_map(|allowed| match allowed {
                Allowed::Consent(consent) => Some(consent),
                Allowed::Grant(_) => None,
            });
            consents.collect()
        }
        None => target.listed(ListOf { tenant, list: List::Consents, whose: filter.client.as_deref() }).await?,
    };
    found.retain(|consent| filter.client.as_ref().is_none_or(|client| consent.client_id == *client));
    Ok(found)
}

async fn forget_consent(target: &Target, consent: &Versioned<RememberedConsent>) -> Result<(), Failure> {
    let forgotten = RememberedConsent { expires_at: target.now(), ..consent.value.clone() };
    target.server.store.write_unraced(vec![Write::overwrite(&forgotten)?]).await?;
    Ok(())
}

/// What a person allowed: all of it, or what it says of one patient's record.
pub struct AllowedBy<'a> {
    pub sub: &'a str,
    pub patient: Option<&'a str>,
    /// What they allowed after this moment stays. None ends all that there is, whatever a server's clock has dated it.
    pub until: Option<Timestamp>,
}

/// Ends it, app by app. Of remembered consents nobody can tell which record they name, so the person is asked again for each.
pub async fn revoke_of_person(target: &Target, tenant: &TenantId, whose: &AllowedBy<'_>) -> Result<usize, Failure> {
    let AllowedBy { sub, patient, until } = whose;
    let store = &target.server.store;
    let is_in_time = |at: Timestamp| until.is_none_or(|until| at <= until);
    let is_meant = |grant: &Grant| {
        let at_record = patient.is_none() || grant.approval.context.patient.as_deref() == *patient;
        at_record && is_in_time(grant.approval.approved_at)
    };
    let mut lines = Vec::new();
    for allowed in Allowed::all_of(store, tenant, sub, target.now()).await? {
        match allowed {
            Allowed::Consent(consent) if is_in_time(consent.given_at) => forget_consent(target, &consent).await?,
            Allowed::Consent(_) => {}
            Allowed::Grant(line) => lines.push(schema::grant(tenant, &line.grant)),
        }
    }
    let found: Vec<Versioned<Grant>> = store.find_together(&lines, target.now()).await?.all()?;
    let meant: Vec<GrantId> = found.iter().filter(|grant| is_meant(grant)).map(|grant| grant.id.clone()).collect();
    let mut ended = 0;
    for some in meant.chunks(MOST_AT_ONCE) {
        ended += revoke_together(target, tenant, some).await?;
    }
    Ok(ended)
}

/// A lost race means that the app fetched tokens at this very moment.
const MOST_RACES: usize = 8;

/// Grants that end together, each with its line: an app's launch context may have 64 kB, and a transaction ends at 4 MB.
const MOST_AT_ONCE: usize = 25;

/// Ends these, and says how many were not over.
pub async fn revoke_together(target: &Target, tenant: &TenantId, ids: &[GrantId]) -> Result<usize, Failure> {
    let (store, now) = (&target.server.store, target.now());
    let keys: Vec<Key> = ids.iter().map(|id| schema::grant(tenant, id)).collect();
    for _ in 0..MOST_RACES {
        let (mut writes, mut ended) = (Vec::new(), 0);
        for grant in store.find_together(&keys, now).await?.all::<Grant>()? {
            let Some(state) = revocation::by_operator(&grant, now) else { continue };
            writes.push(Write::overwrite(&ended_line(&grant, now))?);
            writes.push(Write::update(&grant, &Grant { state, ..grant.value.clone() })?);
            ended += 1;
        }
        if store.commit(writes).await? == Commit::Done {
            return Ok(ended);
        }
    }
    Err(Failure::failed("these grants are in use without pause; try again"))
}

/// What takes a grant that is over off the person's list.
fn ended_line(grant: &Grant, now: Timestamp) -> ListedGrant {
    ListedGrant {
        tenant: grant.tenant.clone(),
        sub: grant.approval.sub.clone(),
        grant: grant.id.clone(),
        client_id: Some(grant.client_id.clone()),
        expires_at: now,
    }
}

/// Gives a grant its next state; `false` if there is none to give. One that is over leaves the person's list.
pub async fn change_grant(
    target: &Target,
    tenant: &TenantId,
    id: &GrantId,
    decide: impl Fn(&Grant) -> Option<GrantState>,
) -> Result<bool, Failure> {
    let (store, now) = (&target.server.store, target.now());
    for _ in 0..MOST_RACES {
        let Some(grant) = store.find::<Grant>(schema::grant(tenant, id), now).await? else { return Ok(false) };
        let Some(state) = decide(&grant) else { return Ok(false) };
        let is_over = matches!(state, GrantState::Revoked { .. });
        let mut writes = vec![Write::update(&grant, &Grant { state, ..grant.value.clone() })?];
        if is_over {
            writes.push(Write::overwrite(&ended_line(&grant, now))?);
        }
        if store.commit(writes).await? == Commit::Done {
            return Ok(true);
        }
    }
    Err(Failure::failed(format!("the grant {} is in use without pause; try again", id.0)))
}

async fn find(target: &Target, out: &Out, tenant: &TenantId, filter: &GrantFilter) -> Result<Vec<Grant>, Failure> {
    let (store, now) = (&target.server.store, target.now());
    let sub = match &filter.user {
        Some(user) => Some(Named::find(target, tenant, user).await?.sub),
        None => None,
    };
    if let (Some(user), Some(sub)) = (&filter.user, &sub)
        && user == sub
    {
        out.note(format!(
            "{user} is nobody's username with a password here, so it is taken for the `sub` of a person's tokens"
        ));
    }
    let mut found: Vec<Versioned<Grant>> = Vec::new();
    match (&filter.grant, &sub) {
        (Some(id), _) => found.extend(store.find::<Grant>(schema::grant(tenant, &GrantId(id.clone())), now).await?),
        (None, Some(sub)) => {
            let lines = Allowed::all_of(store, tenant, sub, now).await?.into_iter();
            let keys: Vec<Key> = lines
                .filter_map(|allowed| match allowed {
                    Allowed::Grant(line) => Some(schema::grant(tenant, &line.grant)),
                    Allowed::Consent(_) => None,
                })
                .collect();
            found = store.find_together(&keys, now).await?.all()?;
        }
        (None, None) => {
            found = target.listed(ListOf { tenant, list: List::Grants, whose: filter.client.as_deref() }).await?;
        }
    }
    let mut found: Vec<Grant> = found
        .into_iter()
        .map(|grant| grant.value)
        .filter(|grant| grant.is_live(now))
        .filter(|grant| sub.as_ref().is_none_or(|sub| grant.approval.sub == *sub))
        .filter(|grant| filter.client.as_ref().is_none_or(|client| grant.client_id == *client))
        .collect();
    found.sort_by_key(|grant| std::cmp::Reverse(grant.approval.approved_at));
    Ok(found)
}

fn show(out: &Out, grants: &[Grant]) {
    let state = |grant: &Grant| match &grant.state {
        GrantState::CodeIssued { .. } => ("code", None),
        GrantState::Redeemed { refresh: None, live_until, .. } => ("access", Some(*live_until)),
        GrantState::Redeemed { live_until, .. } => ("refresh", Some(*live_until)),
        GrantState::Revoked { .. } => ("revoked", None),
    };
    let mut rows = Vec::new();
    let mut json = Vec::new();
    for grant in grants {
        let (what, until) = state(grant);
        let approval = &grant.approval;
        rows.push(vec![
            grant.id.0.clone(),
            grant.client_id.clone(),
            approval.sub.clone(),
            moment(approval.approved_at),
            until.map(moment).unwrap_or_default(),
            what.to_owned(),
            approval.scope.to_string(),
        ]);
        json.push(json!({
            "grant": grant.id, "client_id": grant.client_id, "sub": approval.sub, "scope": approval.scope,
            "approved_at": approval.approved_at, "live_until": until, "state": what,
        }));
    }
    let human = match rows.is_empty() {
        true => "no grant is alive".to_owned(),
        false => table(&["GRANT", "CLIENT", "SUB", "APPROVED", "LIVES UNTIL", "STATE", "SCOPE"], &rows),
    };
    out.answer(&Value::from(json), human);
}
