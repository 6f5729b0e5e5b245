//! `admit user`: people with a password of this server.

use super::{
    erase::erase,
    grants::{AllowedBy, revoke_of_person},
    registered::{Settings, put_user},
    user_name::UserName,
};
use crate::{
    failure::Failure,
    find_user::find_user,
    forget_factors::{ForgottenFactors, forget_factors},
    out::{Out, table},
    sign_out::{Named, sign_out},
    target::{OperatorAction, Target},
};
use rules::{
    precis,
    secret::{ChosenSecretHash, random_text},
    tenant::{AccessOf, Tenant, TenantId},
    user::User,
};
use serde_json::{Value, json};
use server::{
    http::address::Address,
    store::{List, ListOf, Versioned, Write},
    throttle::Attempt,
};
use std::{
    io::{self, BufRead, IsTerminal},
    net::IpAddr,
    process::Command,
};

#[derive(clap::Subcommand, Debug)]
pub enum Users {
    /// Lists a tenant's users
    List { tenant: String },
    /// Adds a person without the tenant file, with a password from standard input; `tenant apply` leaves them alone
    /// until a file names them
    Add {
        #[command(flatten)]
        user: UserName,
        #[command(flatten)]
        settings: Settings,
        /// Makes the password and shows it once
        #[arg(long)]
        generate: bool,
    },
    /// Changes a person's settings. If a file has brought the person, the next `tenant apply` undoes the change, and
    /// says so
    Set {
        #[command(flatten)]
        user: UserName,
        #[command(flatten)]
        settings: Settings,
    },
    /// Gives somebody a new password, read from standard input
    SetPassword {
        #[command(flatten)]
        user: UserName,
        /// Makes the password and shows it once
        #[arg(long)]
        generate: bool,
    },
    /// Clears what was counted against a person who mistyped their password
    Unlock {
        #[command(flatten)]
        user: UserName,
        /// Where they tried from: the wait is kept for a name at an address (the audit trail has it: `admit audit search TENANT SUB`)
        #[arg(long)]
        address: Option<IpAddr>,
    },
    /// Removes the authenticator app, passkeys and recovery codes of a person who has lost them; the password stays
    ForgetFactors(UserName),
    /// Erases a person's data (GDPR article 17) and gives a receipt: what is erased, what is kept, and why. Username, or the `sub` of
    /// somebody who signs in at an identity provider
    Erase(UserName),
    /// Ends somebody's sessions and everything they have allowed: for a lost device, or somebody who has left
    SignOut(UserName),
}

impl Users {
    pub fn operation(&self) -> Option<OperatorAction> {
        let of = |user: &UserName, command| OperatorAction::new(&user.tenant, command, &user.username);
        match self {
            Users::Add { user, .. } => of(user, "user add"),
            Users::Set { user, .. } => of(user, "user set"),
            Users::SetPassword { user, .. } => of(user, "user set-password"),
            Users::Unlock { user, .. } => of(user, "user unlock"),
            Users::ForgetFactors(user) => of(user, "user forget-factors"),
            Users::SignOut(user) => of(user, "user sign-out"),
            Users::Erase(user) => of(user, "user erase"),
            Users::List { .. } => None,
        }
    }

    pub async fn run(self, target: &Target, out: &Out) -> Result<(), Failure> {
        match self {
            Users::List { tenant } => list(target, out, &target.tenant(&tenant).await?.id).await,
            Users::Add { user, settings, generate } => add(target, out, &user, &settings, generate).await,
            Users::Set { user, settings } => set(target, out, &user, &settings).await,
            Users::SetPassword { user, generate } => set_password(target, out, &user, generate).await,
            Users::Unlock { user, address } => unlock(target, out, &user, address).await,
            Users::ForgetFactors(user) => forget(target, out, &user).await,
            Users::Erase(user) => erase(target, out, &user).await,
            Users::SignOut(user) => sign_out_and_revoke(target, out, &user).await,
        }
    }
}

async fn list(target: &Target, out: &Out, tenant: &TenantId) -> Result<(), Failure> {
    let mut found = target.listed::<User>(ListOf::all(tenant, List::Users)).await?;
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

async fn add(target: &Target, out: &Out, name: &UserName, settings: &Settings, generate: bool) -> Result<(), Failure> {
    let tenant = target.tenant_item(&name.tenant).await?;
    if find_user(&target.server.store, &tenant.id, &name.username, target.now()).await?.is_some() {
        return Err(Failure::refused(format!("{} has a user {} already: `user set`", name.tenant, name.username)));
    }
    let (password, hash) = new_password(out, generate)?;
    let ChosenSecretHash::Argon2id(hash) = hash else { return Err(Failure::failed("hashing failed")) };
    let kept = precis::kept_username(&name.username);
    let (user, _) = put_user(target, out, &tenant, &kept, None, settings, &hash).await?;
    let mut json = json!({ "username": user.username, "sub": user.sub });
    if generate {
        json["password"] = json!(password);
    }
    out.answer(&json, if generate { password } else { format!("{} is added", user.username) });
    Ok(())
}

async fn set(target: &Target, out: &Out, name: &UserName, settings: &Settings) -> Result<(), Failure> {
    let tenant = target.tenant_item(&name.tenant).await?;
    let there = find(target, &tenant, name).await?;
    let (user, ended) = put_user(target, out, &tenant, &there.username, Some(&there), settings, "").await?;
    let mut grants = 0;
    for whose in &ended {
        let patient = match whose {
            AccessOf::PersonAt { patient, .. } => Some(patient.as_str()),
            _ => None,
        };
        let whose = AllowedBy { sub: &user.sub, patient, until: None };
        grants += revoke_of_person(target, &tenant.id, &whose).await?;
    }
    let human = format!("{} is set; {grants} grants ended", user.username);
    out.answer(&json!({ "username": user.username, "sub": user.sub, "grants_ended": grants }), human);
    Ok(())
}

async fn set_password(target: &Target, out: &Out, user: &UserName, generate: bool) -> Result<(), Failure> {
    let there = find(target, &target.tenant(&user.tenant).await?, user).await?;
    let (password, hash) = new_password(out, generate)?;
    let next = User { password: hash, ..there.value.clone() };
    target.write(vec![Write::update(&there, &next)?]).await?;
    match generate {
        true => out.answer(&json!({ "username": there.username, "password": password }), password),
        false => out.answer(&json!({ "username": there.username }), "the password is set"),
    }
    say_what_apps_keep(out, user);
    Ok(())
}

/// Made here or typed, with its hash.
fn new_password(out: &Out, generate: bool) -> Result<(String, ChosenSecretHash), Failure> {
    let password = if generate { random_text::<12>() } else { read_secret(out, "Password:")? };
    if password.is_empty() {
        return Err(Failure::usage("an empty password"));
    }
    let hash = ChosenSecretHash::of_password(&password).map_err(|_| Failure::failed("hashing failed"))?;
    Ok((password, hash))
}

fn say_what_apps_keep(out: &Out, user: &UserName) {
    out.note(format!(
        "Their sessions are over. Apps keep what they were allowed; to end that: `admit grants revoke {} --user {}`.",
        user.tenant, user.username
    ));
}

/// Reads one line, without showing what is typed.
pub fn read_secret(out: &Out, prompt: &str) -> Result<String, Failure> {
    let at_terminal = io::stdin().is_terminal();
    let echo = |how: &str| Command::new("stty").arg(how).status().is_ok_and(|status| status.success());
    if at_terminal {
        if !echo("-echo") {
            return Err(Failure::usage("this terminal would show what is typed: pipe it in"));
        }
        out.note(prompt);
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
        "{username} will sign in by password alone, and set up again what the tenant requires. Go on?"
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

async fn sign_out_and_revoke(target: &Target, out: &Out, user: &UserName) -> Result<(), Failure> {
    let tenant = &target.tenant(&user.tenant).await?;
    // Somebody of an identity provider, or one who was removed, is named by their `sub`.
    let person = Named::find(target, &tenant.id, &user.username).await?;
    out.confirm(&format!("This ends all sessions of {} and all that they allowed any app. Go on?", user.username))?;
    let ended = sign_out(target, tenant, &person).await?;
    let whose = AllowedBy { sub: &person.sub, patient: None, until: None };
    let grants = revoke_of_person(target, &tenant.id, &whose).await?;
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
