//! `admit grants`: what people have allowed, and the end of it.

use crate::{
    failure::Failure,
    out::{Out, moment, table},
    place::Place,
    scan,
};
use rules::{
    authorize::remembered::RememberedConsent,
    grant::{Grant, GrantId, GrantState, grant_index::ListedGrant, revocation},
    tenant::TenantId,
    user::User,
};
use serde_json::{Value, json};
use server::store::{Commit, Versioned, Write, allowed::Allowed, schema};

#[derive(clap::Subcommand, Debug)]
pub enum Grants {
    /// Grants that are alive
    List {
        tenant: String,
        #[command(flatten)]
        whose: Whose,
    },
    /// Ends them: no code, refresh token or access token of theirs is good any more. FHIR servers that introspect know it at
    /// once; those that judge a JWT alone, when it expires
    Revoke {
        tenant: String,
        #[command(flatten)]
        whose: Whose,
        /// Every grant of the tenant
        #[arg(long, conflicts_with_all = ["user", "client", "grant"])]
        all: bool,
    },
}

#[derive(clap::Args, Clone, Debug, Default)]
pub struct Whose {
    /// Username, or the `sub` of the person's tokens. Without it, the whole table is read
    #[arg(long)]
    user: Option<String>,
    /// client_id
    #[arg(long)]
    client: Option<String>,
    /// A grant's id, as `list` and the log have it
    #[arg(long)]
    grant: Option<String>,
}

impl Grants {
    pub async fn run(self, place: &Place, out: &Out) -> Result<(), Failure> {
        match self {
            Grants::List { tenant, whose } => {
                let tenant = place.tenant(&tenant).await?.id;
                let found = find(place, out, &tenant, &whose).await?;
                show(out, &found);
                Ok(())
            }
            Grants::Revoke { tenant, whose, all } => {
                let tenant = place.tenant(&tenant).await?.id;
                if !all && whose.user.is_none() && whose.client.is_none() && whose.grant.is_none() {
                    return Err(Failure::usage("say which: --user, --client, --grant or --all"));
                }
                revoke(place, out, &tenant, &whose).await
            }
        }
    }
}

async fn revoke(place: &Place, out: &Out, tenant: &TenantId, whose: &Whose) -> Result<(), Failure> {
    let found = find(place, out, tenant, whose).await?;
    let remembered = remembered(place, out, tenant, whose).await?;
    if !found.is_empty() || !remembered.is_empty() {
        out.confirm(&format!(
            "This ends {} grants and forgets {} remembered consents. Those apps must ask their users again. Go on?",
            found.len(),
            remembered.len()
        ))?;
    }
    // What is remembered would give the access back without a question, so it goes first.
    for consent in &remembered {
        forget(place, consent).await?;
    }
    for (done, grant) in found.iter().enumerate() {
        out.progress(format!("{done} of {} ended", found.len()));
        end(place, tenant, &grant.id).await?;
    }
    out.progress_ends();
    let ids: Vec<&str> = found.iter().map(|grant| grant.id.0.as_str()).collect();
    let human = match remembered.len() {
        0 => format!("{} grants ended", found.len()),
        consents => format!("{} grants ended, {consents} remembered consents forgotten", found.len()),
    };
    out.answer(&json!({ "revoked": ids, "consents_forgotten": remembered.len() }), human);
    if whose.client.is_some() && whose.user.is_none() {
        out.note("Tokens that a client has for itself (client_credentials) belong to no grant: they end by themselves, or with `admit keys rotate --compromised`.");
    }
    Ok(())
}

/// A single grant is ended by itself: what is remembered is of an app and a person.
async fn remembered(
    place: &Place,
    out: &Out,
    tenant: &TenantId,
    whose: &Whose,
) -> Result<Vec<Versioned<RememberedConsent>>, Failure> {
    if whose.grant.is_some() {
        return Ok(Vec::new());
    }
    let mut found: Vec<Versioned<RememberedConsent>> = match &whose.user {
        Some(user) => {
            let sub = sub_of(place, tenant, user).await?;
            let all = Allowed::all_of(&place.server.store, tenant, &sub, place.now()).await?;
            let consents = all.into_iter().filter_map(|allowed| match allowed {
                Allowed::Consent(consent) => Some(consent),
                Allowed::Grant(_) => None,
            });
            consents.collect()
        }
        None => scan::below(place, out, (tenant, "ALLOWED", "CONSENT#"), |_| false).await?,
    };
    found.retain(|consent| whose.client.as_ref().is_none_or(|client| consent.client_id == *client));
    Ok(found)
}

async fn forget(place: &Place, consent: &Versioned<RememberedConsent>) -> Result<(), Failure> {
    let forgotten = RememberedConsent { expires_at: place.now(), ..consent.value.clone() };
    place.server.store.write_unraced(vec![Write::overwrite(&forgotten)?]).await?;
    Ok(())
}

/// All that this person has allowed, to one app or to every app, and what is remembered of it.
pub async fn revoke_of_user(
    place: &Place,
    tenant: &TenantId,
    sub: &str,
    client: Option<&str>,
) -> Result<usize, Failure> {
    let store = &place.server.store;
    let of_client = |id: &str| client.is_none_or(|client| client == id);
    let mut ended = 0;
    for allowed in Allowed::all_of(store, tenant, sub, place.now()).await? {
        match allowed {
            Allowed::Consent(consent) if of_client(&consent.client_id) => {
                forget(place, &consent).await?;
            }
            Allowed::Consent(_) => {}
            Allowed::Grant(line) => {
                let grant = store.find::<Grant>(schema::grant(tenant, &line.grant), place.now()).await?;
                if grant.is_some_and(|grant| of_client(&grant.client_id)) {
                    ended += usize::from(end(place, tenant, &line.grant).await?);
                }
            }
        }
    }
    Ok(ended)
}

/// Each loss means that the app came for tokens at this very moment.
const MOST_RACES: usize = 8;

async fn end(place: &Place, tenant: &TenantId, id: &GrantId) -> Result<bool, Failure> {
    let (store, now) = (&place.server.store, place.now());
    for _ in 0..MOST_RACES {
        let Some(grant) = store.find::<Grant>(schema::grant(tenant, id), now).await? else { return Ok(false) };
        let Some(state) = revocation::by_operator(&grant, now) else { return Ok(false) };
        let line =
            ListedGrant { tenant: tenant.clone(), sub: grant.approval.sub.clone(), grant: id.clone(), expires_at: now };
        let ended = Grant { state, ..grant.value.clone() };
        if store.commit(vec![Write::update(&grant, &ended)?, Write::overwrite(&line)?]).await? == Commit::Done {
            return Ok(true);
        }
    }
    Err(Failure::failed(format!("the grant {} is in use without pause; try again", id.0)))
}

async fn find(place: &Place, out: &Out, tenant: &TenantId, whose: &Whose) -> Result<Vec<Grant>, Failure> {
    let (store, now) = (&place.server.store, place.now());
    let sub = match &whose.user {
        Some(user) => Some(sub_of(place, tenant, user).await?),
        None => None,
    };
    if let (Some(user), Some(sub)) = (&whose.user, &sub)
        && user == sub
    {
        out.note(format!(
            "{user} is nobody's username with a password here, so it is taken for the `sub` of a person's tokens"
        ));
    }
    let mut found = Vec::new();
    match (&whose.grant, &sub) {
        (Some(id), _) => found.extend(store.find::<Grant>(schema::grant(tenant, &GrantId(id.clone())), now).await?),
        (None, Some(sub)) => {
            for allowed in Allowed::all_of(store, tenant, sub, now).await? {
                if let Allowed::Grant(line) = allowed {
                    found.extend(store.find::<Grant>(schema::grant(tenant, &line.grant), now).await?);
                }
            }
        }
        (None, None) => found = scan::all::<Grant>(place, out, tenant, "GRANT", |_| false).await?,
    }
    let mut found: Vec<Grant> = found
        .into_iter()
        .map(|grant| grant.value)
        .filter(|grant| grant.is_live(now))
        .filter(|grant| sub.as_ref().is_none_or(|sub| grant.approval.sub == *sub))
        .filter(|grant| whose.client.as_ref().is_none_or(|client| grant.client_id == *client))
        .collect();
    found.sort_by_key(|grant| std::cmp::Reverse(grant.approval.approved_at));
    Ok(found)
}

/// A user of this server by name; anybody else by the `sub` itself.
async fn sub_of(place: &Place, tenant: &TenantId, user: &str) -> Result<String, Failure> {
    let found = place.server.store.find::<User>(schema::user(tenant, user), place.now()).await?;
    Ok(found.map_or_else(|| user.to_owned(), |found| found.value.sub))
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
