//! `admit user`: people with a password of this server.

use super::grants::revoke_of_user;
use crate::{
    failure::Failure,
    out::{Out, table},
    people::{self, Forgotten},
    place::Place,
    scan,
};
use rules::{
    secret::{ChosenSecretHash, random_text},
    session::{Session, SessionState},
    tenant::{Tenant, TenantId},
    user::User,
};
use serde_json::{Value, json};
use server::{
    http::address::Address,
    store::{Commit, Versioned, Write, schema},
    throttle::Attempt,
};
use std::{
    io::{self, BufRead, IsTerminal},
    net::IpAddr,
    process::Command,
};

#[derive(clap::Subcommand, Debug)]
pub enum Users {
    /// All of a tenant
    List { tenant: String },
    /// Gives somebody a new password, read from standard input
    SetPassword {
        tenant: String,
        username: String,
        /// Makes one and shows it, this once
        #[arg(long)]
        generate: bool,
    },
    /// Takes back what was counted against somebody who mistyped their password
    Unlock {
        tenant: String,
        username: String,
        /// Where they tried from: the wait is kept for a name at an address (the API's access log has it)
        #[arg(long)]
        address: Option<IpAddr>,
    },
    /// Takes authenticator app, passkeys and recovery codes from somebody who has lost them; their password stays
    ForgetFactors { tenant: String, username: String },
    /// Ends somebody's sessions and everything they have allowed: for a lost device, or somebody who has left
    SignOut { tenant: String, username: String },
}

impl Users {
    pub async fn run(self, place: &Place, out: &Out) -> Result<(), Failure> {
        match self {
            Users::List { tenant } => list(place, out, &place.tenant(&tenant).await?.id).await,
            Users::SetPassword { tenant, username, generate } => {
                let tenant = place.tenant(&tenant).await?;
                set_password(place, out, (&tenant, &username), generate).await
            }
            Users::Unlock { tenant, username, address } => {
                let tenant = place.tenant(&tenant).await?;
                unlock(place, out, (&tenant, &username), address).await
            }
            Users::ForgetFactors { tenant, username } => {
                let tenant = place.tenant(&tenant).await?;
                forget_factors(place, out, (&tenant, &username)).await
            }
            Users::SignOut { tenant, username } => {
                let tenant = place.tenant(&tenant).await?;
                sign_out(place, out, (&tenant, &username)).await
            }
        }
    }
}

async fn list(place: &Place, out: &Out, tenant: &TenantId) -> Result<(), Failure> {
    let mut found = scan::all::<User>(place, out, tenant, "USER", |_| false).await?;
    found.sort_by(|a, b| a.username.cmp(&b.username));
    let fhir_user = |user: &User| user.fhir_user.clone().map(String::from).unwrap_or_default();
    let row =
        |user: &Versioned<User>| vec![user.username.clone(), user.name.clone(), user.sub.clone(), fhir_user(user)];
    let rows: Vec<Vec<String>> = found.iter().map(row).collect();
    let json = |user: &Versioned<User>| {
        json!({
            "username": user.username, "name": user.name, "sub": user.sub, "fhir_user": user.fhir_user,
            "patients": user.patients,
        })
    };
    let json: Vec<Value> = found.iter().map(json).collect();
    out.answer(&Value::from(json), table(&["USERNAME", "NAME", "SUB", "FHIR USER"], &rows));
    Ok(())
}

async fn set_password(place: &Place, out: &Out, name: (&Tenant, &str), generate: bool) -> Result<(), Failure> {
    let there = find(place, name).await?;
    let password = if generate { random_text::<12>() } else { typed(out)? };
    if password.is_empty() {
        return Err(Failure::usage("an empty password"));
    }
    let hash = ChosenSecretHash::of_password(&password).map_err(|_| Failure::failed("hashing failed"))?;
    let next = User { password: hash, ..there.value.clone() };
    if place.server.store.commit(vec![Write::update(&there, &next)?]).await? == Commit::LostRace {
        return Err(Failure::failed("somebody else changed this user at this moment; nothing was written"));
    }
    match generate {
        true => out.answer(&json!({ "username": there.username, "password": password }), password),
        false => out.answer(&json!({ "username": there.username }), "the password is set"),
    }
    out.note(format!(
        "Who is signed in stays so. To end that: `admit user sign-out {} {}`.",
        name.0.id.as_str(),
        name.1
    ));
    Ok(())
}

/// One line; not shown while it is typed.
fn typed(out: &Out) -> Result<String, Failure> {
    let at_terminal = io::stdin().is_terminal();
    let echo = |how: &str| Command::new("stty").arg(how).status().is_ok_and(|status| status.success());
    if at_terminal {
        if !echo("-echo") {
            return Err(Failure::usage("this terminal would show the password: pipe it in, or take --generate"));
        }
        out.note("Password:");
    }
    let mut line = String::new();
    let read = io::stdin().lock().read_line(&mut line);
    if at_terminal {
        echo("echo");
    }
    read.map_err(Failure::failed)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

async fn unlock(place: &Place, out: &Out, name: (&Tenant, &str), address: Option<IpAddr>) -> Result<(), Failure> {
    let there = find(place, name).await?;
    let at = address.map(Address::of);
    Attempt::of_password((&place.server, name.0), &there.username, at.as_ref(), place.now()).forgive().await?;
    out.answer(
        &json!({ "username": there.username }),
        format!("nothing is counted against {} any more", there.username),
    );
    match address {
        Some(_) => out.note("An instance that refused them lately goes on until the wait that it named is over."),
        None => out.note("The wait is kept for the name at an address: say --address for that to end as well."),
    }
    Ok(())
}

async fn forget_factors(place: &Place, out: &Out, (tenant, username): (&Tenant, &str)) -> Result<(), Failure> {
    out.confirm(&format!(
        "{username} will sign in by password alone, and set up what the tenant requires anew. Go on?"
    ))?;
    let store = &place.server.store;
    match people::forget_factors(store, &tenant.id, username, place.now()).await? {
        Forgotten::Done => {
            out.answer(&json!({ "username": username, "forgotten": true }), "forgotten; sessions ended");
            Ok(())
        }
        Forgotten::Nothing => {
            out.answer(&json!({ "username": username, "forgotten": false }), format!("{username} had none"));
            Ok(())
        }
        Forgotten::NoSuchUser => {
            Err(Failure::failed(format!("{} has no user {username} of its own", tenant.id.as_str())))
        }
    }
}

async fn sign_out(place: &Place, out: &Out, name: (&Tenant, &str)) -> Result<(), Failure> {
    let (tenant, now) = (&name.0.id, place.now());
    let sub = match place.server.store.find::<User>(schema::user(tenant, name.1), now).await? {
        Some(user) => user.value.sub,
        // Somebody of an identity provider, or one who was removed: by their `sub`.
        None => name.1.to_owned(),
    };
    out.confirm(&format!("This ends all sessions of {} and all that they allowed any app. Go on?", name.1))?;
    let of_theirs = |session: &Session| matches!(&session.state, SessionState::Open(open) if open.user.sub == sub);
    let mut ended = 0;
    for session in scan::all::<Session>(place, out, tenant, "SESSION", |_| false).await? {
        if of_theirs(&session) {
            // A race means that they used it at this very moment: once more, on what is there then.
            let key = schema::session(tenant, &session.id);
            for _ in 0..8 {
                let Some(read) = place.server.store.find::<Session>(key.clone(), now).await? else { break };
                if !of_theirs(&read) {
                    break;
                }
                if place.server.store.commit(vec![Write::update(&read, &read.ended(now))?]).await? == Commit::Done {
                    ended += 1;
                    break;
                }
            }
        }
    }
    let grants = revoke_of_user(place, tenant, &sub, None).await?;
    out.answer(&json!({ "sessions": ended, "grants": grants }), format!("{ended} sessions and {grants} grants ended"));
    Ok(())
}

async fn find(place: &Place, (tenant, username): (&Tenant, &str)) -> Result<Versioned<User>, Failure> {
    let found = place.server.store.find::<User>(schema::user(&tenant.id, username), place.now()).await?;
    found.ok_or_else(|| Failure::failed(format!("{} has no user {username} of its own", tenant.id.as_str())))
}
