//! A person whom an EHR has brought along: which app they may be brought to, and whether they need to sign in all the same.

use super::{
    account::{Fit, fit},
    interaction::Interaction,
    redirect_target::ResponseType,
    request::AuthorizationRequest,
};
use crate::{
    client::{Client, redirect_uri::is_loopback_address},
    credentials::methods::could_be_more,
    oauth::error::OAuthError,
    session::Session,
    signed_in::SignedIn,
    tenant::Tenant,
    time::Timestamp,
};

/// Nobody is asked, so the answer must go where no other app can catch it: a public client proves itself by its address alone (RFC 8252
/// §8.6), and a token in an address is anybody's who reads that (VOUCH-13).
pub fn check_app(request: &AuthorizationRequest, client: &Client) -> Result<(), OAuthError> {
    let target = &request.redirect;
    if target.response != ResponseType::Code {
        let text = "an app that an EHR opens for a person it vouches for must ask for a code";
        return Err(OAuthError::invalid_request(text).because("the launch is vouched for, and response_type is token"));
    }
    let uri = target.redirect_uri.as_str();
    if client.is_public() && (!uri.starts_with("https://") || is_loopback_address(uri)) {
        let text = "a public app that an EHR opens for a person it vouches for must have an https redirect URI";
        return Err(OAuthError::invalid_request(text).because("the launch is vouched for, and any app could be there"));
    }
    Ok(())
}

/// Whether the person may go on without a sign-in here: one as fresh and as strong as the app asks, and not so long ago that a session of
/// this server would be over (VOUCH-9).
pub fn needs_no_sign_in(interaction: &Interaction, user: &SignedIn, tenant: &Tenant, now: Timestamp) -> bool {
    fit(interaction, user, now) == Fit::GoOn
        && !could_be_more(tenant, user, &interaction.request.acr_values)
        && !Session::end_of_vouched(user, &tenant.policy).is_past(now)
}
