//! `user_assertion`: the EHR says who its user is, so that the app which it opens need not ask them again (VOUCH-2 to VOUCH-5).

use crate::caller::{Caller, Speaks};
use rules::{
    jwk::KeySet,
    jws::UnverifiedJws,
    oauth::error::{ErrorCode, OAuthError},
    precis,
    secret::SecretHash,
    tenant::Vouching,
    user::User,
    vouch::{
        Vouched, account_name,
        assertion::{self, Expected, UserAssertion},
        is_name_of, may_vouch_for,
    },
};
use server::{
    audit::{AuditRecord, EventKind, Outcome, Parties},
    http::{answer::Refusal, form_post::FormPost},
    keys::{client_keys::NoKeys, of_signer::keys_of_signer},
    store::schema::{self, UsedUserAssertion},
};

/// What came with the assertion.
pub struct Asked<'a> {
    pub user_assertion: &'a str,
    pub client_id: Option<&'a str>,
    pub user: Option<&'a str>,
}

/// Whom the EHR vouches for, and its assertion, which counts once.
pub struct Word {
    pub vouched: Vouched,
    pub used: UsedUserAssertion,
}

/// One text for every fault: what is wrong is for the operator, since an assertion may be in the hands of somebody who tries things out.
fn bad(why: impl Into<String>) -> OAuthError {
    OAuthError::invalid_grant("the EHR's word for its user is not good").because(why)
}

pub async fn judge(post: &FormPost, caller: &Caller, asked: &Asked<'_>) -> Result<Word, Refusal> {
    judged(post, caller, asked).await.map_err(|error| match error.code {
        ErrorCode::InvalidGrant | ErrorCode::InvalidRequest => {
            let said = "an EHR's word for its user was refused";
            let record = AuditRecord::no(EventKind::SignIn, Outcome::MinorFailure, said);
            Refusal::of(error, record).among(&parties(caller, asked))
        }
        _ => error.into(),
    })
}

/// Somebody else, or the same EHR a moment before, has used the assertion.
pub fn replayed(caller: &Caller, asked: &Asked<'_>) -> Refusal {
    let record = AuditRecord::replay("an EHR's word for its user was used before");
    Refusal::of(bad("its jti was used before"), record).among(&parties(caller, asked))
}

fn parties(caller: &Caller, asked: &Asked<'_>) -> Parties {
    Parties { ehr: Some(caller.name.clone()), app: asked.client_id.map(str::to_owned), ..Parties::caller(&caller.name) }
}

async fn judged(post: &FormPost, caller: &Caller, asked: &Asked<'_>) -> Result<Word, OAuthError> {
    let tenant = &post.tenant;
    let client_id = asked.client_id.ok_or_else(|| {
        let text = "client_id is missing: an EHR vouches for its user to one app";
        OAuthError::invalid_request(text).because("no client_id came beside a user_assertion")
    })?;
    let vouching = match caller.speaks {
        Speaks::Anywhere => tenant.vouching(&caller.name),
        Speaks::Itself(_) | Speaks::Registered(_) => None,
    };
    let vouching = vouching.ok_or_else(|| bad("the caller is no EHR that vouches for its users"))?;
    let assertion = verified(post, &caller.name, vouching, asked.user_assertion).await?;
    if assertion.client_id.as_deref() != Some(client_id) {
        let text = "client_id must be the same in the body and in the user_assertion";
        return Err(OAuthError::invalid_request(text).because("the user_assertion is for another app, or for none"));
    }
    let user = account(post, &assertion, asked.user).await?;
    if asked.user.is_some_and(|name| !is_name_of(name, &user)) {
        let text = "user must be the one of the user_assertion";
        return Err(OAuthError::invalid_request(text).because("the body names somebody else"));
    }
    may_vouch_for(&caller.name, user.fhir_user.as_ref(), tenant).map_err(bad)?;
    let UserAssertion { auth_time, amr, acr, jti, refused_from, .. } = assertion;
    let used = UsedUserAssertion {
        tenant: tenant.id.clone(),
        ehr: caller.name.clone(),
        jti: SecretHash::of(&jti),
        expires_at: refused_from,
    };
    Ok(Word { vouched: Vouched { username: user.username, sub: user.sub, auth_time, amr, acr }, used })
}

async fn verified(
    post: &FormPost,
    ehr: &str,
    vouching: &Vouching,
    user_assertion: &str,
) -> Result<UserAssertion, OAuthError> {
    let jws = UnverifiedJws::parse_whatever_is_critical(user_assertion).map_err(|error| bad(error.to_string()))?;
    let would_verify = |keys: &KeySet| assertion::is_signed_by(&jws, keys);
    let (jwks_uri, keys) =
        keys_of_signer(post.asking(), &vouching.keys, &jws, &would_verify).await.map_err(|error| match error {
            NoKeys::Store(error) => error.into(),
            NoKeys::Fetch(error) => bad(format!("the EHR's keys could not be fetched: {error}")),
        })?;
    let expected = Expected { ehr, issuer: post.tenant.issuer.as_str(), jwks_uri };
    assertion::verify(&jws, &expected, &keys, post.now).map_err(|error| bad(error.to_string()))
}

/// As of now: a person who was removed is nobody's user any more.
async fn account(post: &FormPost, assertion: &UserAssertion, beside: Option<&str>) -> Result<User, OAuthError> {
    let tenant = &post.tenant;
    for name in precis::kept_under(account_name(&assertion.user, beside)) {
        let found = post.server.store.find::<User>(schema::user(&tenant.id, &name), post.now).await?;
        if let Some(user) = found.map(|found| found.value).filter(|user| is_name_of(&assertion.user, user)) {
            return Ok(user);
        }
    }
    Err(bad("no user here has the name in sub; for a fhirUser, `user` beside it says whose account that is"))
}
