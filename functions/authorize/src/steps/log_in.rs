//! Somebody must sign in: with a username and a password, with a passkey and nothing else, or at a provider.

use crate::{
    audit,
    interaction::{fact::Fact, visit::Visit},
    pages::{SignInPage, factors::PasskeyForm},
    upstream::{pages as upstream_pages, start},
};
use axum::response::Response;
use rules::{
    authorize::{
        interaction::{Interaction, PasskeyTry, SignIns},
        second_factor::{Pending, asks},
    },
    credentials::{
        Credentials,
        methods::Proof,
        passkey::{Assertion, Ceremony, PasskeyRefused, RelyingParty},
    },
    identity_provider::ways_in::{self, WaysIn},
    oauth::{error::OAuthError, params::Params},
    signed_in::SignedIn,
    user::User,
};
use server::{
    http::answer::Refusal,
    sign_in::{Proven, SignIn, SignInOutcome},
    store::{Commit, Write, schema},
};
use std::slice;

/// What is shown, or where the browser is sent. `?way=password` and `?way=choice` are the links between the two pages; a wrong
/// password stays with the passwords.
pub async fn page(visit: &Visit, query: Option<&str>) -> Response {
    let params = Params::parse(query.unwrap_or_default().as_bytes()).unwrap_or_default();
    let (providers, local) = (&visit.tenant.identity_providers, visit.takes_passwords());
    let way = params.get("way");
    let chose_password = match way {
        Some("password") => true,
        Some("choice") => false,
        _ => visit.interaction.sign_ins.failed > 0,
    };
    let hint = visit.interaction.request.idp_hint.as_deref().filter(|_| way.is_none());
    match ways_in::ways_in(providers, local, hint) {
        WaysIn::Local => password_page(visit),
        _ if local && chose_password => password_page(visit),
        WaysIn::Provider(provider) if way.is_none() => start::send(visit, provider).await,
        WaysIn::Provider(only) => upstream_pages::choice(visit, slice::from_ref(only), false),
        WaysIn::Choice { providers, local } => upstream_pages::choice(visit, providers, local),
    }
}

pub async fn take(visit: &Visit, form: &Params) -> Result<Fact, Refusal> {
    if !visit.takes_passwords() {
        return Ok(Fact::nothing(visit));
    }
    if form.has("credential") {
        return by_passkey(visit, form).await;
    }
    if form.has("username") || form.has("password") {
        return by_password(visit, form).await;
    }
    Ok(Fact::nothing(visit))
}

fn password_page(visit: &Visit) -> Response {
    let (stylesheet, script) = (visit.context().stylesheet(), visit.context().script());
    let page = SignInPage {
        frame: visit.frame(&stylesheet),
        client_name: visit.app_name(),
        action: &visit.url,
        csrf: &visit.browser.csrf(),
        username: visit.interaction.request.login_hint.as_deref().unwrap_or_default(),
        failed: visit.interaction.sign_ins.failed > 0 && !visit.interaction.sign_ins.passkey.failed,
        notice: None,
        passkey: visit.passkeys().map(|rp| asks_for_passkey(visit, &rp, &script)),
    };
    visit.respond_with_script(&page, page.passkey.is_some())
}

pub fn asks_for_passkey<'a>(visit: &Visit, rp: &RelyingParty, script: &'a str) -> PasskeyForm<'a> {
    let PasskeyTry { challenge, failed } = &visit.interaction.sign_ins.passkey;
    PasskeyForm { ceremony: "get", options: rp.request_options(challenge).to_string(), failed: *failed, script }
}

/// Where the password is theirs: signed in, or asked for more.
async fn by_password(visit: &Visit, form: &Params) -> Result<Fact, Refusal> {
    let (username, password) = (form.get("username").unwrap_or_default(), form.get("password").unwrap_or_default());
    let Visit { server, tenant, address, marks, now, .. } = visit;
    let sign_in = SignIn { server, tenant, address: address.as_ref(), marks, username, password, now: *now };
    let Proven { user, credentials } = match sign_in.judge().await? {
        SignInOutcome::Proven(proven) => {
            sign_in.renew_weak_hash(&proven).await;
            *proven
        }
        SignInOutcome::Wrong(record) => {
            return Ok(Fact::decided(after_wrong_password(visit), vec![*record]));
        }
    };
    let user = SignedIn::by_password(&user, &credentials, tenant, *now);
    Ok(match asks(&tenant.policy, &credentials) {
        Some(asks) => Fact::NeedsMore(Box::new(Pending::new(user, asks))),
        None => Fact::signed_in(user),
    })
}

pub fn after_wrong_password(visit: &Visit) -> Interaction {
    let passkey = PasskeyTry { failed: false, ..visit.interaction.sign_ins.passkey.clone() };
    after_failure(visit, passkey)
}

/// A passkey is two factors: the device, and what it checks its holder by.
async fn by_passkey(visit: &Visit, form: &Params) -> Result<Fact, Refusal> {
    match passkey_holder(visit, form).await? {
        Ok(user) => Ok(Fact::signed_in(user)),
        Err(refused) => Ok(Fact::decided(after_wrong_passkey(visit, refused), vec![audit::wrong_passkey()])),
    }
}

/// A new challenge, so that no answer is judged twice.
pub fn after_wrong_passkey(visit: &Visit, refused: PasskeyRefused) -> Interaction {
    tracing::info!(tenant = visit.tenant.id.as_str(), why = refused.0, "a passkey was refused");
    after_failure(visit, PasskeyTry { failed: true, ..PasskeyTry::random() })
}

fn after_failure(visit: &Visit, passkey: PasskeyTry) -> Interaction {
    let sign_ins = &visit.interaction.sign_ins;
    let sign_ins = SignIns { failed: sign_ins.failed + 1, passkey, ..sign_ins.clone() };
    Interaction { sign_ins, ..visit.interaction.value.clone() }
}

async fn passkey_holder(visit: &Visit, form: &Params) -> Result<Result<SignedIn, PasskeyRefused>, OAuthError> {
    let Visit { server, tenant, now, .. } = visit;
    let (Some(rp), Some(assertion)) = (visit.passkeys(), Assertion::read(form)) else {
        return Ok(Err(PasskeyRefused("there are no passkeys here, or the form can't be read")));
    };
    let key = schema::credentials(&tenant.id, &assertion.of);
    let Some(found) = server.store.find::<Credentials>(key, *now).await? else {
        return Ok(Err(PasskeyRefused("nobody here has this user handle")));
    };
    let user = server.store.find::<User>(schema::user(&tenant.id, &found.username), *now).await?;
    let Some(user) = user.filter(|user| user.sub == found.sub) else {
        return Ok(Err(PasskeyRefused("whose passkey it was is no user any more")));
    };
    let ceremony = Ceremony { challenge: &visit.interaction.sign_ins.passkey.challenge, rp: &rp };
    let asserted = match assertion.accept(&found, ceremony, *now) {
        Ok(asserted) => asserted,
        Err(refused) => return Ok(Err(refused)),
    };
    match server.store.commit(vec![Write::update(&found, &asserted.credentials)?]).await? {
        Commit::Done => {
            let proof = Proof::Passkey { copied: asserted.copied };
            Ok(Ok(SignedIn { amr: proof.amr(), ..SignedIn::by_password(&user, &found, tenant, *now) }))
        }
        Commit::LostRace => Ok(Err(PasskeyRefused("it was used elsewhere at the same moment"))),
    }
}
