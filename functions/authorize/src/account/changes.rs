//! What a person changes about their sign-in: one function a change. Each is written together with the session it is made in.

use super::owner::Owner;
use crate::audit;
use rules::{
    credentials::{
        Credentials, Setup,
        chosen_password::{self, Unfit},
        known_browser::BrowserMarks,
        passkey::{Ceremony, MOST_PASSKEYS, Registration},
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
    audit::AuditRecord,
    compute::slowly,
    connected_apps::Person,
    http::answer::Refusal,
    sign_in::{SignIn, SignInOutcome},
    store::{Commit, StoreError, Write},
};

/// What the next page says, and the session's new cookie if it has one.
#[derive(Default)]
pub struct Changed {
    pub said: Option<&'static str>,
    pub cookie: Option<PresentedSession>,
    /// For the audit trail.
    pub record: Option<AuditRecord>,
}

impl Changed {
    fn nothing() -> Result<Changed, Refusal> {
        Ok(Changed::default())
    }

    fn said(word: &'static str) -> Result<Changed, Refusal> {
        Ok(Changed { said: Some(word), ..Changed::default() })
    }

    /// Something is written: what the page says of it, and what the trail does.
    fn done(owner: &Owner, change: Change, said: Option<&'static str>) -> Changed {
        let record = audit::credentials_changed(&owner.local.signed_in, change.in_trail);
        Changed { said, cookie: None, record: Some(record) }
    }
}

/// A change in the word of the next page, and in that of the audit trail.
#[derive(Clone, Copy)]
struct Change {
    on_page: &'static str,
    in_trail: &'static str,
}

const PASSWORD: Change = Change { on_page: "changed", in_trail: "password changed" };
const APP: Change = Change { on_page: "added", in_trail: "authenticator app added" };
const NO_APP: Change = Change { on_page: "removed", in_trail: "authenticator app removed" };
const PASSKEY: Change = Change { on_page: "passkey", in_trail: "passkey added" };
const NO_PASSKEY: Change = Change { on_page: "passkey-removed", in_trail: "passkey removed" };
const EVERYWHERE: Change = Change { on_page: "everywhere", in_trail: "signed out everywhere else" };
const CODES: Change = Change { on_page: "codes", in_trail: "recovery codes renewed" };

pub async fn change(owner: &Owner, form: &Params) -> Result<Changed, Refusal> {
    match (form.get("do").unwrap_or_default(), owner.setup()) {
        ("password", _) => password(owner, form).await,
        ("add-app", _) if owner.may_add_app() => sets_up(owner, Setup::App(TotpSecret::random())).await,
        ("app", Some(Setup::App(secret))) => app(owner, secret, form.get("code").unwrap_or_default()).await,
        ("remove-app", _) => remove(owner, owner.local.credentials.without_app(), NO_APP).await,
        ("add-passkey", _) if owner.passkeys().is_some() => sets_up(owner, Setup::Passkey(random_text::<32>())).await,
        ("passkey", Some(Setup::Passkey(challenge))) => passkey(owner, challenge, form).await,
        ("remove-passkey", _) => {
            let id = form.get("passkey").unwrap_or_default();
            remove(owner, owner.local.credentials.without_passkey(id), NO_PASSKEY).await
        }
        ("everywhere", _) => everywhere(owner).await,
        ("codes", _) if owner.local.credentials.has_second_factor() => {
            add(owner, Credentials::clone(&owner.local.credentials), true, CODES).await
        }
        ("leave", Some(_)) => match write(owner, None, None).await? {
            Commit::Done | Commit::LostRace => Changed::nothing(),
        },
        // A form of a page that is no more.
        _ => Changed::nothing(),
    }
}

/// Asks for the current one: it is guessed at as slowly here as at sign-in.
async fn password(owner: &Owner, form: &Params) -> Result<Changed, Refusal> {
    let Owner { server, tenant, local, now, .. } = owner;
    let field = |name| form.get(name).unwrap_or_default();
    let (current, new) = (field("current"), field("new"));
    let (username, address) = (local.user.username.as_str(), owner.address.as_ref());
    // The person is known by their session here, which is no reason for more tries at their password.
    let marks = &BrowserMarks::default();
    let sign_in = SignIn { server, tenant, address, marks, username, password: current, now: *now };
    if let SignInOutcome::Wrong(record) = sign_in.judge().await? {
        return Ok(Changed { said: Some("wrong"), cookie: None, record: Some(*record) });
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
    let hash = slowly(|| ChosenSecretHash::of_password(new))
        .map_err(|_| OAuthError::new(ErrorCode::ServerError, "the password could not be hashed"))?;
    let next = local.credentials.with_password(&local.user, hash, *now);
    tracing::info!(tenant = tenant.id.as_str(), "a person changed their password");
    renew(owner, &next, PASSWORD).await
}

async fn sets_up(owner: &Owner, setup: Setup) -> Result<Changed, Refusal> {
    match write(owner, Some(setup), None).await? {
        // The page shows what is there now.
        Commit::Done | Commit::LostRace => Changed::nothing(),
    }
}

async fn app(owner: &Owner, secret: &TotpSecret, typed: &str) -> Result<Changed, Refusal> {
    match secret.confirmed(typed, owner.now) {
        Some(totp) => add(owner, owner.local.credentials.with_app(totp, Vec::new()), false, APP).await,
        None => Changed::said("code"),
    }
}

async fn passkey(owner: &Owner, challenge: &str, form: &Params) -> Result<Changed, Refusal> {
    let (Some(rp), Some(registration)) = (owner.passkeys(), Registration::read(form)) else {
        return Changed::nothing();
    };
    match registration.accept(&owner.local.credentials, Ceremony { challenge, rp: &rp }, owner.now) {
        Ok(next) => add(owner, next, false, PASSKEY).await,
        Err(refused) => {
            let most = owner.local.credentials.passkeys.len() >= MOST_PASSKEYS;
            tracing::info!(tenant = owner.tenant.id.as_str(), why = refused.0, most, "a new passkey was refused");
            // Another challenge, so that no answer is judged twice.
            match write(owner, Some(Setup::Passkey(random_text::<32>())), None).await? {
                Commit::Done | Commit::LostRace => Changed::said("no-passkey"),
            }
        }
    }
}

/// The first factor comes with recovery codes, and new ones are made on request: the next page shows them.
async fn add(owner: &Owner, mut next: Credentials, new_codes: bool, change: Change) -> Result<Changed, Refusal> {
    let with_codes = new_codes || (next.recovery.is_empty() && owner.may_add_app());
    let salt = random_text::<16>();
    if with_codes {
        next.recovery = recovery::hashes(&next.id, &owner.session.recovery_codes(&salt));
    }
    tracing::info!(tenant = owner.tenant.id.as_str(), what = change.in_trail, "a person added a factor");
    match write(owner, with_codes.then_some(Setup::Codes(salt)), Some(&next)).await? {
        Commit::Done => Ok(Changed::done(owner, change, (!with_codes).then_some(change.on_page))),
        Commit::LostRace => Changed::nothing(),
    }
}

/// Where the tenant wants a second factor, the last one stays.
async fn remove(owner: &Owner, next: Credentials, change: Change) -> Result<Changed, Refusal> {
    if owner.tenant.policy.second_factor == SecondFactor::Required && !next.has_second_factor() {
        return Changed::said("last");
    }
    if next.generation == owner.local.credentials.generation {
        return Changed::nothing();
    }
    tracing::info!(tenant = owner.tenant.id.as_str(), what = change.in_trail, "a person removed a factor");
    renew(owner, &next, change).await
}

/// Ends all other sessions of this person: they were made with what there was before.
async fn renew(owner: &Owner, next: &Credentials, change: Change) -> Result<Changed, Refusal> {
    let (session, cookie) = owner.session.item.renewed(Some(next.fingerprint(&owner.local.user)));
    let writes = vec![owner.local.credentials.write(next)?, Write::update(&owner.session.item, &session)?];
    match owner.server.store.commit(writes).await? {
        Commit::Done => Ok(Changed { cookie: Some(cookie), ..Changed::done(owner, change, Some(change.on_page)) }),
        Commit::LostRace => Changed::nothing(),
    }
}

async fn everywhere(owner: &Owner) -> Result<Changed, Refusal> {
    let person = Person { tenant: &owner.tenant, sub: &owner.local.user.sub, now: owner.now };
    match owner.session.sign_out_elsewhere(&owner.server, person).await? {
        Some(cookie) => {
            Ok(Changed { cookie: Some(cookie), ..Changed::done(owner, EVERYWHERE, Some(EVERYWHERE.on_page)) })
        }
        None => Changed::nothing(),
    }
}

async fn write(owner: &Owner, setup: Option<Setup>, next: Option<&Credentials>) -> Result<Commit, StoreError> {
    let mut writes = vec![Write::update(&owner.session.item, &owner.session.item.setting_up(setup))?];
    if let Some(next) = next {
        writes.push(owner.local.credentials.write(next)?);
    }
    owner.server.store.commit(writes).await
}
