//! A launch that brings its person with it: what the app must be, and who the person is now (VOUCH-5, VOUCH-13).

use super::visit::Begun;
use rules::{
    authorize::{interaction::VouchedPerson, request::AuthorizationRequest, vouched::check_app},
    credentials::{Credentials, CredentialsId},
    launch::Launch,
    oauth::error::OAuthError,
    session::SessionId,
    user::User,
    vouch::{Vouched, may_vouch_for},
};
use server::store::{KeptCredentials, Together, schema};

pub fn bad_launch(why: &str) -> OAuthError {
    OAuthError::invalid_request("the launch parameter is unknown, used or expired").because(why)
}

/// The person for whom the EHR vouched, as of now.
pub async fn person(
    begun: Begun<'_>,
    request: &AuthorizationRequest,
    launch: &Launch,
    vouched: &Vouched,
    known: &mut Together,
) -> Result<VouchedPerson, OAuthError> {
    let Begun { server, tenant, client, .. } = begun;
    check_app(request, client)?;
    let vouching = tenant.vouching(&launch.ehr).ok_or_else(|| bad_launch("the EHR no longer vouches for its users"))?;
    let user_key = schema::user(&tenant.id, &vouched.username);
    let own_key = schema::credentials(&tenant.id, &CredentialsId::of(&tenant.id, &vouched.sub));
    server.store.read_into(known, &[user_key.clone(), own_key.clone()]).await?;
    let user = known.get::<User>(&user_key)?.map(|found| found.value).filter(|user| user.sub == vouched.sub);
    let user = user.ok_or_else(|| bad_launch("the person for whom the EHR vouched is no user any more"))?;
    may_vouch_for(&launch.ehr, user.fhir_user.as_ref(), tenant).map_err(bad_launch)?;
    let credentials = KeptCredentials::of(&user, known.get::<Credentials>(&own_key)?);
    Ok(VouchedPerson {
        user: vouched.person(&launch.ehr, &user, &credentials, tenant),
        session: SessionId::random(),
        offline: vouching.offline,
    })
}
