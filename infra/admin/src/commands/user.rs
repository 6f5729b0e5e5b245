//! `admit user`: people with a password of this server.

use super::grants::{AllowedBy, revoke_of_person};
use crate::{
    failure::Failure,
    find_user::find_user,
    forget_factors::{ForgottenFactors, forget_browsers, forget_factors},
    out::{Out, table},
    target::{OperatorAction, Target, scan},
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
        #[command(flatten)]
        user: UserName,
        /// Makes one and shows it, this once
        #[arg(long)]
        generate: bool,
    },
    /// Takes back what was counted against somebody who mistyped their password
    Unlock {
        #[command(flatten)]
        user: UserName,
        /// Where they tried from: the wait is kept for a name at an address (the API's access log has it)
        #[arg(long)]
        address: Option<IpAddr>,
    },
    /// Takes authenticator app, passkeys and recovery codes from somebody who has lost them; their password stays
    ForgetFactors(UserName),
    /// Ends somebody's sessions and everything they have allowed: for a lost device, or somebody who has left
    SignOut(UserName),
}

#[derive(clap::Args, Debug)]
pub struct UserName {
    tenant: String,
    username: String,
}

impl Users {
    pub fn operation(&self) -> Option<OperatorAction> {
        let of = |user: &UserName, command| OperatorAction::new(&user.tenant, command, &user.username);
        match self {
            Users::SetPassword { user, .. } => of(user, "user set-password"),
            Users::Unlock { user, .. } => of(user, "user unlock"),
            Users::ForgetFactors(user) => of(user, "user forget-factors"),
            Users::SignOut(user) => of(user, "user sign-out"),
            Users::List { .. } => None,
        }
    }

    pub async fn run(self, target: &Target, out: &Out) -> Result<(), Failure> {
        match self {
            Users::List { tenant } => list(target, out, &target.tenant(&tenant).await?.id).await,
            Users::SetPassword { user, generate } => set_password(target, out, &user, generate).await,
            Users::Unlock { user, address } => unlock(target, out, &user, address).await,
            Users::ForgetFactors(user) => forget(target, out, &user).await,
            Users::SignOut(user) => sign_out(target, out, &user).await,
        }
    }
}

async fn list(target: &Target, out: &Out, tenant: &TenantId) -> Result<(), Failure> {
    let mut found = scan::items::<User>(target, out, tenant, "USER", |_| false).await?;
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

async fn set_password(target: &Target, out: &Out, user: &UserName, generate: bool) -> Result<(), Failure> {
    let there = find(target, &target.tenant(&user.tenant).await?, user).await?;
    let password = if generate { random_text::<12>() } else { read_password(out)? };
    if password.is_empty() {
        return Err(Failure::usage("an empty password"));
    }
    let hash = ChosenSecretHash::of_password(&password).map_err(|_| Failure::failed("hashing failed"))?;
    let next = User { password: hash, ..there.value.clone() };
    if target.server.store.commit(vec![Write::update(&there, &next)?]).await? == Commit::LostRace {
        return Err(Failure::failed("somebody else changed this user at this moment; nothing was written"));
    }
    match generate {
        true => out.answer(&json!({ "username": there.username, "password": password }), password),
        false => out.answer(&json!({ "username": there.username }), "the password is set"),
    }
    say_what_apps_keep(out, user);
    Ok(())
}

fn say_what_apps_keep(out: &Out, user: &UserName) {
    out.note(format!(
        "Their sessions are over. Apps keep what they were allowed; to end that: `admit grants revoke {} --user {}`.",
        user.tenant, user.username
    ));
}

/// Reads one line, without showing what is typed.
fn read_password(out: &Out) -> Result<String, Failure> {
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

async fn unlock(target: &Target, out: &Out, user: &UserName, address: Option<IpAddr>) -> Result<(), Failure> {
    let tenant = target.tenant(&user.tenant).await?;
    let there = find(target, &tenant, user).await?;
    let at = address.map(Address::of);
    Attempt::of_password(&target.server, &tenant, &there.username, at.as_ref(), target.now()).forgive().await?;
    let counted = match address {
        Some(address) => format!("{} and at {address}", there.username),
        None => there.username.clone(),
    };
    out.answer(&json!({ "username": there.username }), format!("what was counted for {counted} is forgotten"));
    match address {
        Some(_) => out.note("An instance that refused them lately goes on until the wait that it named is over."),
        None => out.note("The wait is kept for the name at an address: say --address for that to end as well."),
    }
    out.note("A browser in which they signed in before is counted apart: its own wait goes on until it is over.");
    Ok(())
}

async fn forget(target: &Target, out: &Out, user: &UserName) -> Result<(), Failure> {
    let (tenant, username) = (target.tenant(&user.tenant).await?.id, &user.username);
    out.confirm(&format!(
        "{username} will sign in by password alone, and set up what the tenant requires anew. Go on?"
    ))?;
    let (forgotten, human) = match forget_factors(&target.server.store, &tenant, username, target.now()).await? {
        ForgottenFactors::Done => (true, "forgotten".to_owned()),
        ForgottenFactors::Nothing => (false, format!("{username} had none")),
        ForgottenFactors::NoSuchUser => return Err(no_user(user)),
    };
    out.answer(&json!({ "username": username, "forgotten": forgotten }), human);
    if forgotten {
        say_what_apps_keep(out, user);
    }
    Ok(())
}

async fn sign_out(target: &Target, out: &Out, user: &UserName) -> Result<(), Failure> {
    let (tenant, now) = (&target.tenant(&user.tenant).await?.id, target.now());
    let own = find_user(&target.server.store, tenant, &user.username, now).await?;
    // Somebody of an identity provider, or one who was removed: by their `sub`.
    let sub = own.as_ref().map_or_else(|| user.username.clone(), |user| user.sub.clone());
    out.confirm(&format!("This ends all sessions of {} and all that they allowed any app. Go on?", user.username))?;
    if own.is_some() && !forget_browsers(&target.server.store, tenant, &user.username, now).await? {
        return Err(Failure::failed("their sign-in is in use without pause; try again"));
    }
    let of_theirs = |session: &Session| matches!(&session.state, SessionState::Open(open) if open.user.sub == sub);
    let mut ended = 0;
    for session in scan::items::<Session>(target, out, tenant, "SESSION", |_| false).await? {
        if of_theirs(&session) {
            // A race means that they used it at this very moment: once more, on what is there then.
            let key = schema::session(tenant, &session.id);
            for _ in 0..8 {
                let Some(read) = target.server.store.find::<Session>(key.clone(), now).await? else { break };
                if !of_theirs(&read) {
                    break;
                }
                if target.server.store.commit(vec![Write::update(&read, &read.ended(now))?]).await? == Commit::Done {
                    ended += 1;
                    break;
                }
            }
        }
    }
    let grants = revoke_of_person(target, tenant, &AllowedBy { sub: &sub, patient: None, until: None }).await?;
    out.answer(&json!({ "sessions": ended, "grants": grants }), format!("{ended} sessions and {grants} grants ended"));
    Ok(())
}

async fn find(target: &Target, tenant: &Tenant, user: &UserName) -> Result<Versioned<User>, Failure> {
    let found = find_user(&target.server.store, &tenant.id, &user.username, target.now()).await?;
    found.ok_or_else(|| no_user(user))
}

fn no_user(user: &UserName) -> Failure {
    Failure::failed(format!("{} has no user {} of its own", user.tenant, user.username))
}
