//! Somebody at the sign-in page: with a username and a password, or with a passkey and nothing else.

use crate::{proceed::Added, provider, visit::Visit};
use rules::{
    authorize::{
        interaction::{Interaction, PasskeyTry},
        second_factor::{Pending, asks},
    },
    credentials::{
        Credentials,
        methods::Proof,
        passkey::{Assertion, Refused, RelyingParty},
    },
    oauth::{error::OAuthError, params::Params},
    secret::random_text,
    signed_in::SignedIn,
    user::User,
};
use server::{
    sign_in::{Proven, SignIn},
    store::{Commit, Write, schema},
};

/// Where the password is theirs: signed in, or asked for more.
pub async fn by_password(visit: &Visit, form: &Params) -> Result<Added, OAuthError> {
    let (username, password) = (form.get("username").unwrap_or_default(), form.get("password").unwrap_or_default());
    let Visit { server, tenant, address, now, .. } = visit;
    let sign_in = SignIn { server, tenant, address: address.as_ref(), username, password, now: *now };
    let Some(Proven { user, credentials }) = sign_in.user().await? else {
        let mut next = visit.interaction.value.clone();
        next.failed_sign_ins += 1;
        next.passkey.failed = false;
        return Ok(Added::Fact(Box::new(next)));
    };
    let user = SignedIn::by_password(&user, &credentials, *now);
    Ok(match asks(&tenant.policy, &credentials) {
        Some(asks) => Added::Pending(Box::new(Pending::new(user, asks))),
        None => Added::SignIn(Box::new(user)),
    })
}

/// A passkey is two factors: the device, and what it checks its holder by.
pub async fn by_passkey(visit: &Visit, form: &Params) -> Result<Added, OAuthError> {
    match passkey_holder(visit, form).await? {
        Ok(user) => Ok(Added::SignIn(Box::new(user))),
        Err(refused) => Ok(Added::Fact(Box::new(after_wrong_passkey(visit, refused)))),
    }
}

/// Passkeys of the tenant, if it has them and a browser can use them here.
pub fn passkeys(visit: &Visit) -> Option<RelyingParty> {
    let allowed = visit.tenant.policy.passkeys && provider::takes_passwords(visit);
    RelyingParty::of(&visit.tenant.issuer).filter(|_| allowed)
}

/// A new challenge, so that no answer is judged twice.
pub fn after_wrong_passkey(visit: &Visit, refused: Refused) -> Interaction {
    tracing::info!(tenant = visit.tenant.id.as_str(), why = refused.0, "a passkey was refused");
    let mut next = visit.interaction.value.clone();
    next.failed_sign_ins += 1;
    next.passkey = PasskeyTry { challenge: random_text::<32>(), failed: true };
    next
}

async fn passkey_holder(visit: &Visit, form: &Params) -> Result<Result<SignedIn, Refused>, OAuthError> {
    let Visit { server, tenant, now, .. } = visit;
    let (Some(rp), Some(assertion)) = (passkeys(visit), Assertion::read(form)) else {
        return Ok(Err(Refused("there are no passkeys here, or the form can't be read")));
    };
    let key = schema::credentials(&tenant.id, &assertion.of);
    let Some(found) = server.store.find::<Credentials>(key, *now).await? else {
        return Ok(Err(Refused("nobody here has this user handle")));
    };
    let user = server.store.find::<User>(schema::user(&tenant.id, &found.username), *now).await?;
    let Some(user) = user.filter(|user| user.sub == found.sub) else {
        return Ok(Err(Refused("whose passkey it was is no user any more")));
    };
    let asserted = match assertion.accept(&found, (&visit.interaction.passkey.challenge, &rp), *now) {
        Ok(asserted) => asserted,
        Err(refused) => return Ok(Err(refused)),
    };
    match server.store.commit(vec![Write::update(&found, &asserted.credentials)?]).await? {
        Commit::Done => {
            let proof = Proof::Passkey { copied: asserted.copied };
            Ok(Ok(SignedIn { amr: proof.amr(), ..SignedIn::by_password(&user, &found, *now) }))
        }
        Commit::LostRace => Ok(Err(Refused("it was used elsewhere at the same moment"))),
    }
}
