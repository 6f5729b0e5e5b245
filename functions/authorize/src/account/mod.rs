//! `/{tenant}/account`: what a person signs in with, and where they change it.

mod changes;
mod owner;
mod page;

use crate::{
    http::{
        responses::{PageContext, see_other},
        session::{self, BrowserSession},
    },
    interaction::post::read_form,
    own_pages::{self, account_url},
    pages::account::{ElsewherePage, ElsewhereUser},
};
use axum::{
    Extension,
    body::Bytes,
    extract::{Path, State, rejection::BytesRejection},
    http::{HeaderMap, Uri},
    response::{IntoResponse, Response},
};
use changes::{Changed, change};
use owner::{Found, Owner, find};
use page::show;
use rules::{oauth::params::Params, secret::same, signed_in::SignedIn, tenant::TenantRecord};
use server::{
    Server,
    http::{
        address::Address,
        answer::{Answer, Refusal},
    },
    store::StoreError,
};
use std::sync::Arc;

pub async fn page(
    State(server): State<Arc<Server>>,
    Path(tenant): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let params = Params::parse(uri.query().unwrap_or_default().as_bytes()).unwrap_or_default();
    match find(&server, &tenant, &headers).await {
        Ok(Found::Owner(owner)) => show(&owner, &headers, params.get("said")),
        Ok(Found::Elsewhere(tenant, user)) => elsewhere(&tenant, &user, &headers),
        Ok(Found::MustSignIn(tenant, _)) if params.has("error") => sign_in_again(&tenant, &headers),
        Ok(Found::MustSignIn(tenant, name)) => {
            let again = [("prompt", "login"), ("login_hint", name.as_deref().unwrap_or_default())];
            own_pages::sign_in(&server, &tenant, &headers, account_url(&tenant), &again).await
        }
        Err(error) => error.into_response(),
    }
}

pub async fn post(
    State(server): State<Arc<Server>>,
    Path(tenant): Path<String>,
    headers: HeaderMap,
    address: Option<Extension<Address>>,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let owner = match find(&server, &tenant, &headers).await {
        Ok(Found::Owner(owner)) => Owner { address: address.map(|Extension(address)| address), ..*owner },
        // A page with a link: what they sent was not done, and they should see that before they sign in.
        Ok(Found::Elsewhere(tenant, _) | Found::MustSignIn(tenant, _)) => {
            return see_other(&format!("{}?error=login_required", account_url(&tenant)));
        }
        Err(error) => return error.into_response(),
    };
    let context = PageContext::of(&owner.tenant).speaking(&[], &headers);
    if let Err(error) = context.own_form(&headers, &owner.tenant.issuer) {
        return error.into_response();
    }
    let Some(form) = read_form(&headers, body) else {
        return context.bad_request("the form can't be read").into_response();
    };
    if !same(form.get("csrf").unwrap_or_default(), &owner.csrf()) {
        return context.expired("the form's csrf token is wrong").into_response();
    }
    match change(&owner, &form).await {
        Ok(Changed { said, cookie, record }) => {
            // The word is for the session that the next page is shown in.
            let next = cookie.as_ref().map(|cookie| BrowserSession::csrf_of(&cookie.secret));
            let mut response = see_other(&said_url(&owner, said, next));
            if let Some(cookie) = cookie {
                session::put(&mut response, &owner.tenant, &cookie);
            }
            Answer::undecided(response).after(record.into_iter().collect()).into_response()
        }
        Err(Refusal { error, records, .. }) => {
            let page = match error.status() {
                429 => context.too_soon(&error),
                500 => context.outage(&StoreError::Unreadable(error.detail)),
                _ => context.outage(&StoreError::Unavailable(error.detail)),
            };
            Answer::undecided(page.into_response()).after(records).into_response()
        }
    }
}

/// What was done, for the next page to say. Nobody else can make a link that says so.
fn said_url(owner: &Owner, said: Option<&str>, next_session: Option<String>) -> String {
    let url = account_url(&owner.tenant);
    let Some(word) = said else { return url };
    let session = next_session.unwrap_or_else(|| owner.session.csrf());
    format!("{url}?said={word}.{}", BrowserSession::seal_in(&session, word))
}

/// What they sign in with is not here; the rest of their own pages is.
fn elsewhere(tenant: &TenantRecord, user: &SignedIn, headers: &HeaderMap) -> Response {
    let context = PageContext::of(tenant).speaking(&[], headers);
    let (stylesheet, links) = (context.stylesheet(), own_pages::links_of(tenant, user));
    let user = Some(ElsewhereUser { name: &user.name, links: &links });
    let (frame, text) = (context.frame(&stylesheet), context.t.own_elsewhere());
    context.page(&ElsewherePage { frame, text, user, action: None })
}

fn sign_in_again(tenant: &TenantRecord, headers: &HeaderMap) -> Response {
    let context = PageContext::of(tenant).speaking(&[], headers);
    let (stylesheet, action) = (context.stylesheet(), account_url(tenant));
    let (frame, text) = (context.frame(&stylesheet), context.t.own_again_needed());
    context.page(&ElsewherePage { frame, text, user: None, action: Some(&action) })
}
