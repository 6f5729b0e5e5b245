//! The server's own pages, `/{tenant}/manage` and `/{tenant}/account`, as clients of itself: a person signs in there as for
//! any app, and gets the page instead of a code.

use crate::{http::responses::redirect_with_error, interaction::visit::Begun, pages::PersonLinks, request::AppRequest};
use axum::{
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use rules::{
    authorize::redirect_target::{RedirectTarget, ResponseType},
    client::own::management,
    oauth::params::Params,
    secret::Secret,
    signed_in::SignedIn,
    tenant::TenantRecord,
};
use server::{Server, store::Together};
use std::sync::Arc;
use url::form_urlencoded::Serializer;

pub fn manage_url(tenant: &TenantRecord) -> String {
    tenant.issuer.endpoint("manage")
}

pub fn account_url(tenant: &TenantRecord) -> String {
    tenant.issuer.endpoint("account")
}

pub fn logout_url(tenant: &TenantRecord) -> String {
    tenant.issuer.endpoint("logout")
}

/// All of a person's own pages. What they sign in with is changed here if it is known here.
pub fn links_of(tenant: &TenantRecord, user: &SignedIn) -> PersonLinks {
    PersonLinks {
        manage: Some(manage_url(tenant)),
        account: user.provider.is_none().then(|| account_url(tenant)),
        sign_out: Some(logout_url(tenant)),
    }
}

/// Leads to this page of ours by way of the sign-in, with these parameters beside the usual ones.
pub async fn sign_in(
    server: &Arc<Server>,
    tenant: &Arc<TenantRecord>,
    headers: &HeaderMap,
    page: String,
    more: &[(&str, &str)],
) -> Response {
    let client = Arc::new(management(tenant));
    let redirect = RedirectTarget {
        redirect_uri: page,
        state: Some("manage".to_owned()),
        response: ResponseType::Code,
        without_iss: false,
    };
    let aud = tenant.fhir_servers.first().map(|fhir| fhir.url.clone()).unwrap_or_default();
    let params = Params::parse(own_request(&aud, more).as_bytes()).unwrap_or_default();
    let begun = Begun { server, tenant, client: &client, now: server.now() };
    let request = AppRequest { begun, params: &params, headers, push: None };
    match request.start(redirect.clone(), Together::at(begun.now)).await {
        Ok(answer) => answer.into_response(),
        Err(refusal) => redirect_with_error(tenant, &redirect, &refusal.error),
    }
}

fn own_request(aud: &str, more: &[(&str, &str)]) -> String {
    let mut request = Serializer::new(String::new());
    request.append_pair("response_type", "code").append_pair("scope", "openid").append_pair("aud", aud);
    request.extend_pairs(more.iter().filter(|(_, value)| !value.is_empty()));
    // Nobody will ever have the verifier: no code comes of this.
    request.append_pair("code_challenge", Secret::random().expose()).append_pair("code_challenge_method", "S256");
    request.finish()
}
