//! `admit sessions`: where people are signed in.

use crate::{
    failure::Failure,
    out::{Out, moment, table},
    sign_out::{Named, sign_out},
    target::{OperatorAction, Target},
};
use rules::{
    session::{Session, SessionId, SessionState},
    tenant::{Tenant, TenantId},
};
use serde_json::{Value, json};
use server::store::{Commit, List, ListOf, Versioned, Write, schema};

#[derive(clap::Subcommand, Debug)]
pub enum Sessions {
    /// Lists the open sessions of a tenant or of one person
    List {
        tenant: String,
        /// Username, or the `sub` of somebody who signs in at an identity provider
        #[arg(long)]
        user: Option<String>,
    },
    /// Ends one session, or all of a person or a tenant: they sign in again, and what was granted with
    /// `online_access` ends. What else they allowed stays: `user sign-out` ends that too
    End {
        tenant: String,
        /// Every session of this person, also one that is being made at this moment
        #[arg(long, required_unless_present_any = ["session", "all"], conflicts_with_all = ["session", "all"])]
        user: Option<String>,
        /// A session's id, as `list` has it
        // One id in 64 begins with a hyphen.
        #[arg(long, conflicts_with = "all", allow_hyphen_values = true)]
        session: Option<String>,
        /// Every session that is open now
        #[arg(long)]
        all: bool,
    },
}

impl Sessions {
    pub fn operation(&self) -> Option<OperatorAction> {
        match self {
            Sessions::End { tenant, user: Some(user), .. } => {
                OperatorAction::new(tenant, "sessions end", format!("user {user}"))
            }
            Sessions::End { tenant, all: true, .. } => OperatorAction::new(tenant, "sessions end", "all"),
            Sessions::End { tenant, session, .. } => {
                let about = format!("session {}", session.as_deref().unwrap_or_default());
                OperatorAction::new(tenant, "sessions end", about)
            }
            Sessions::List { .. } => None,
        }
    }

    pub async fn run(self, target: &Target, out: &Out) -> Result<(), Failure> {
        match self {
            Sessions::List { tenant, user } => {
                let tenant = target.tenant(&tenant).await?;
                list(target, out, &tenant, user.as_deref()).await
            }
            Sessions::End { tenant, user, session, all } => {
                let tenant = target.tenant(&tenant).await?;
                match (user, session) {
                    (Some(user), _) => end_of_person(target, out, &tenant, &user).await,
                    (None, _) if all => end_all(target, out, &tenant).await,
                    (None, session) => end_one(target, out, &tenant.id, session.unwrap_or_default()).await,
                }
            }
        }
    }
}

async fn list(target: &Target, out: &Out, tenant: &Tenant, user: Option<&str>) -> Result<(), Failure> {
    let person = match user {
        Some(user) => Some(Named::find_known(target, tenant, user).await?),
        None => None,
    };
    let whose = person.as_ref().map(|person| person.sub.as_str());
    let mut found = open_sessions(target, ListOf { tenant: &tenant.id, list: List::Sessions, whose }).await?;
    found.sort_by_key(|session| std::cmp::Reverse(session.since()));
    let (mut rows, mut json) = (Vec::new(), Vec::new());
    for session in &found {
        let SessionState::Open(open) = &session.state else { continue };
        let since = open.since.unwrap_or(open.user.auth_time);
        let provider = open.user.provider.clone().unwrap_or_default();
        rows.push(vec![
            session.id.0.clone(),
            open.user.username.clone(),
            open.user.sub.clone(),
            provider.clone(),
            moment(since),
            moment(session.ends_at),
        ]);
        json.push(json!({
            "session": session.id, "username": open.user.username, "sub": open.user.sub, "provider": open.user.provider,
            "since": since, "idle_until": open.idle_until, "ends_at": session.ends_at,
        }));
    }
    let human = match rows.is_empty() {
        true => "nobody is signed in".to_owned(),
        false => table(&["SESSION", "USERNAME", "SUB", "PROVIDER", "SINCE", "ENDS AT THE LATEST"], &rows),
    };
    out.answer(&Value::from(json), human);
    Ok(())
}

async fn end_of_person(target: &Target, out: &Out, tenant: &Tenant, user: &str) -> Result<(), Failure> {
    let person = Named::find_known(target, tenant, user).await?;
    out.confirm(&format!("{user} must sign in again in every browser. Go on?"))?;
    let ended = sign_out(target, tenant, &person).await?;
    out.answer(&json!({ "sessions": ended }), format!("{ended} sessions ended"));
    Ok(())
}

async fn open_sessions(target: &Target, of: ListOf<'_>) -> Result<Vec<Versioned<Session>>, Failure> {
    let mut found: Vec<Versioned<Session>> = target.listed(of).await?;
    found.retain(|session| session.is_open(target.now()));
    Ok(found)
}

/// DynamoDB takes a hundred items in a transaction.
const MOST_AT_ONCE: usize = 100;

async fn end_all(target: &Target, out: &Out, tenant: &Tenant) -> Result<(), Failure> {
    let found = open_sessions(target, ListOf::all(&tenant.id, List::Sessions)).await?;
    out.confirm(&format!(
        "{} sessions of {} end: everybody signs in again in every browser. Go on?",
        found.len(),
        tenant.id.as_str()
    ))?;
    for (done, some) in found.chunks(MOST_AT_ONCE).enumerate() {
        out.progress(format!("{} of {} sessions ended", done * MOST_AT_ONCE, found.len()));
        // Whatever is done in a session at this moment ends nothing less.
        let ended = some.iter().map(|session| Write::overwrite(&session.ended(target.now())));
        target.server.store.write_unraced(ended.collect::<Result<_, _>>()?).await?;
    }
    out.progress_ends();
    out.answer(&json!({ "sessions": found.len() }), format!("{} sessions ended", found.len()));
    Ok(())
}

const MOST_RACES: usize = 8;

async fn end_one(target: &Target, out: &Out, tenant: &TenantId, id: String) -> Result<(), Failure> {
    let (store, now, key) = (&target.server.store, target.now(), schema::session(tenant, &SessionId(id.clone())));
    // A race means that it was used at this very moment.
    for _ in 0..MOST_RACES {
        let found: Option<Versioned<Session>> = store.find(key.clone(), now).await?;
        let Some(session) = found.filter(|session| session.is_open(now)) else {
            return Err(Failure::failed(format!("{} has no open session {id}", tenant.as_str())));
        };
        if store.commit(vec![Write::update(&session, &session.ended(now))?]).await? == Commit::Done {
            out.answer(&json!({ "sessions": 1 }), "1 session ended");
            return Ok(());
        }
    }
    Err(Failure::failed("it is in use without pause; try again"))
}
