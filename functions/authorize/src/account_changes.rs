//! What a person changes about their sign-in: one function a change. Each is written together with the session it is made in.

use crate::account::Owner;
use rules::{
    credentials::{
        Credentials, Setup,
        chosen_password::{self, Unfit},
        passkey::{MOST_PASSKEYS, Registration},
        recovery,
        totp::TotpSecret,
    },
    oauth::{
        error::{ErrorCode, OAuthError},
        params::Params,
    },
    secret::{ChosenSecretHash, random_text},
    session::PresentedSession,
    tenant::SecondFactor,
};
use server::{
    sign_in::SignIn,
    store::{Commit, Write},
};

/// What the next page says, and the session's new cookie if it has one.
#[derive(Default)]
pub struct Changed {
    pub said: Option<&'static str>,
    pub cookie: Option<PresentedSession>,
}

impl Changed {
    fn nothing() -> Result<Changed, OAuthError> {
        Ok(Changed::default())
    }

    fn said(word: &'static str) -> Result<Changed, OAuthError> {
        Ok(Changed { said: Some(word), cookie: None })
    }
}

pub async fn change(owner: &Owner, form: &Params) -> Result<Changed, OAuthError> {
    match (form.get("do").unwrap_or_default(), owner.setup()) {
        ("password", _) => password(owner, form).await,
        ("add-app", _) if owner.may_add_app() => sets_up(owner, Setup::App(TotpSecret::random())).await,
        ("app", Some(Setup::App(secret))) => app(owner, secret, form.get("code").unwrap_or_default()).await,
        ("remove-app", _) => remove(owner, owner.local.credentials.without_app(), "removed").await,
        ("add-passkey", _) if owner.passkeys().is_some() => sets_up(owner, Setup::Passkey(random_text::<32>())).await,
        ("passkey", Some(Setup::Passkey(challenge))) => passkey(owner, challenge, form).await,
        ("remove-passkey", _) => {
            let id = form.get("passkey").unwrap_or_default();
            remove(owner, owner.local.credentials.without_passkey(id), "passkey-removed").await
        }
        ("codes", _) if owner.local.credentials.has_second_factor() => {
            add(owner, Credentials::clone(&owner.local.credentials), true, "codes").await
        }
        ("leave", Some(_)) => write(owner, None, None).await.map(|_| Changed::default()),
        // A form of a page that is no more.
        _ => Changed::nothing(),
    }
}

/// Asks for the current one: it is guessed at as slowly here as at sign-in.
async fn password(owner: &Owner, form: &Params) -> Result<Changed, OAuthError> {
    let Owner { server, tenant, local, now, .. } = owner;
    let field = |name| form.get(name).unwrap_or_default();
    let (current, new) = (field("current"), field("new"));
    let (username, address) = (local.user.username.as_str(), owner.address.as_ref());
    let sign_in = SignIn { server, tenant, address, username, password: current, now: *now };
    if sign_in.user().await?.is_none() {
        return Changed::said("wrong");
    }
    if new != field("again") {
        return Changed::said("differ");
    }
    match chosen_password::judge(new, &[username, &local.user.name, &tenant.name]) {
        Ok(()) if new == current => return Changed::said("easy"),
        Ok(()) => {}
        Err(Unfit::TooShort) => return Changed::said("short"),
        Err(Unfit::TooLong) => return Changed::said("long"),
        Err(Unfit::TooEasy) => return Changed::said("easy"),
    }
    let hash = ChosenSecretHash::of_password(new)
        .map_err(|_| OAuthError::new(ErrorCode::ServerError, "the password could not be hashed"))?;
    let next = local.credentials.with_password(&local.user, hash, *now);
    tracing::info!(tenant = tenant.id.as_str(), "a person changed their password");
    renew(owner, &next, "changed").await
}

async fn sets_up(owner: &Owner, setup: Setup) -> Result<Changed, OAuthError> {
    write(owner, Some(setup), None).await?;
    Changed::nothing()
}

async fn app(owner: &Owner, secret: &TotpSecret, typed: &str) -> Result<Changed, OAuthError> {
    match secret.confirmed(typed, owner.now) {
        Some(totp) => add(owner, owner.local.credentials.with_app(totp, Vec::new()), false, "added").await,
        None => Changed::said("code"),
    }
}

async fn passkey(owner: &Owner, challenge: &str, form: &Params) -> Result<Changed, OAuthError> {
    let (Some(rp), Some(registration)) = (owner.passkeys(), Registration::read(form)) else {
        return Changed::nothing();
    };
    match registration.accept(&owner.local.credentials, (challenge, &rp), owner.now) {
        Ok(next) => add(owner, next, false, "passkey").await,
        Err(refused) => {
            let most = owner.local.credentials.passkeys.len() >= MOST_PASSKEYS;
            tracing::info!(tenant = owner.tenant.id.as_str(), why = refused.0, most, "a new passkey was refused");
            // Another challenge, so that no answer is judged twice.
            write(owner, Some(Setup::Passkey(random_text::<32>())), None).await?;
            Changed::said("no-passkey")
        }
    }
}

/// The first factor comes with recovery codes, and new ones are made on request: the next page shows them.
async fn add(owner: &Owner, mut next: Credentials, new_codes: bool, said: &'static str) -> Result<Changed, OAuthError> {
    let with_codes = new_codes || (next.recovery.is_empty() && owner.may_add_app());
    let salt = random_text::<16>();
    if with_codes {
        next.recovery = recovery::hashes(&next.id, &owner.session.recovery_codes(&salt));
    }
    tracing::info!(tenant = owner.tenant.id.as_str(), what = said, "a person added to their sign-in");
    match write(owner, with_codes.then_some(Setup::Codes(salt)), Some(&next)).await? {
        Commit::Done if !with_codes => Changed::said(said),
        _ => Changed::nothing(),
    }
}

/// Where the tenant wants a second factor, the last one stays.
async fn remove(owner: &Owner, next: Credentials, said: &'static str) -> Result<Changed, OAuthError> {
    if owner.tenant.policy.second_factor == SecondFactor::Required && !next.has_second_factor() {
        return Changed::said("last");
    }
    if next.generation == owner.local.credentials.generation {
        return Changed::nothing();
    }
    tracing::info!(tenant = owner.tenant.id.as_str(), what = said, "a person took from their sign-in");
    renew(owner, &next, said).await
}

/// Ends all other sessions of this person: they were made with what there was before.
async fn renew(owner: &Owner, next: &Credentials, said: &'static str) -> Result<Changed, OAuthError> {
    let (session, cookie) = owner.session.item.renewed(next.fingerprint(&owner.local.user));
    let writes = vec![owner.local.credentials.write(next)?, Write::update(&owner.session.item, &session)?];
    match owner.server.store.commit(writes).await? {
        Commit::Done => Ok(Changed { said: Some(said), cookie: Some(cookie) }),
        Commit::LostRace => Changed::nothing(),
    }
}

async fn write(owner: &Owner, setup: Option<Setup>, next: Option<&Credentials>) -> Result<Commit, OAuthError> {
    let mut writes = vec![Write::update(&owner.session.item, &owner.session.item.setting_up(setup))?];
    if let Some(next) = next {
        writes.push(owner.local.credentials.write(next)?);
    }
    Ok(owner.server.store.commit(writes).await?)
}
