//! `/{tenant}/account`: what a person signs in with, and where they change it. Only for who has just signed in: a stolen
//! session changes nothing.

use crate::{
    account_changes::{Changed, change},
    account_page::show,
    answers::{self, PageError, Shell, tenant_of},
    manage,
    pages::account::ElsewherePage,
    session::{BrowserSession, LocalUser},
    texts::Texts,
};
use axum::{
    Extension,
    body::Bytes,
    extract::{Path, State, rejection::BytesRejection},
    http::{HeaderMap, Uri},
    response::{IntoResponse, Response},
};
use rules::{
    credentials::{Setup, passkey::RelyingParty},
    oauth::params::Params,
    secret::{Secret, same},
    tenant::{SecondFactor, TenantRecord},
    time::Timestamp,
};
use server::{Server, http::address::Address, store::StoreError};
use std::sync::Arc;

/// How long ago the sign-in may be (NIST SP 800-63B §6.1.2.1: a factor is bound by who has just proven the others).
const RECENT_SECONDS: i64 = 600;

/// Somebody who has just signed in here with what is theirs here.
pub struct Owner {
    pub server: Arc<Server>,
    pub tenant: Arc<TenantRecord>,
    pub session: BrowserSession,
    pub local: LocalUser,
    pub address: Option<Address>,
    pub now: Timestamp,
}

enum Found {
    Owner(Box<Owner>),
    /// Their account is at an identity provider.
    Elsewhere(Arc<TenantRecord>),
    /// Nobody, or too long ago; and whose session it is.
    MustSignIn(Arc<TenantRecord>, Option<String>),
}

pub async fn page(
    State(server): State<Arc<Server>>,
    Path(tenant): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let params = Params::parse(uri.query().unwrap_or_default().as_bytes()).unwrap_or_default();
    match find(&server, &tenant, &headers).await {
        Ok(Found::Owner(owner)) => show(&owner, &headers, params.get("said")),
        Ok(Found::Elsewhere(tenant)) => elsewhere(&tenant, &headers, |t| t.own_elsewhere()),
        Ok(Found::MustSignIn(tenant, _)) if params.has("error") => {
            elsewhere(&tenant, &headers, |t| t.own_again_needed())
        }
        Ok(Found::MustSignIn(tenant, name)) => {
            let again = [("prompt", "login"), ("login_hint", name.as_deref().unwrap_or_default())];
            manage::sign_in(&server, &tenant, &headers, (&url(&tenant), &again)).await
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
        // A page with a link, since the sign-in may be elsewhere, where no form may lead.
        Ok(Found::Elsewhere(tenant) | Found::MustSignIn(tenant, _)) => {
            return answers::see_other(&format!("{}?error=login_required", url(&tenant)));
        }
        Err(error) => return error.into_response(),
    };
    let shell = Shell::of(&owner.tenant).speaking(&[], &headers);
    let Some(form) = body.ok().and_then(|body| Params::parse_page(&body).ok()) else {
        return shell.bad_request("the form can't be read").into_response();
    };
    if !same(form.get("csrf").unwrap_or_default(), &csrf(&owner.session)) {
        return shell.expired("the form's csrf token is wrong").into_response();
    }
    match change(&owner, &form).await {
        Ok(Changed { said, cookie }) => {
            // The word is for the session that the next page is shown in.
            let next = cookie.as_ref().map(|cookie| BrowserSession::csrf_of(&cookie.secret));
            let mut response = answers::see_other(&said_url(&owner, said, next));
            if let Some(cookie) = cookie {
                crate::session::put(&mut response, &owner.tenant, &cookie);
            }
            response
        }
        Err(error) if error.status() == 429 => shell.too_soon(&error).into_response(),
        Err(error) => shell.outage(&StoreError::Unavailable(error.detail)).into_response(),
    }
}

impl Owner {
    /// Passkeys of the tenant, if it has them and a browser can use them here.
    pub fn passkeys(&self) -> Option<RelyingParty> {
        RelyingParty::of(&self.tenant.issuer).filter(|_| self.tenant.policy.passkeys)
    }

    pub fn may_add_app(&self) -> bool {
        self.tenant.policy.second_factor != SecondFactor::None
    }

    pub fn setup(&self) -> Option<&Setup> {
        self.session.setup()
    }
}

async fn find(server: &Arc<Server>, tenant: &str, headers: &HeaderMap) -> Result<Found, PageError> {
    let now = server.now();
    let tenant = tenant_of(server, tenant, headers, now).await?;
    let outage = |error: StoreError| Shell::of(&tenant).outage(&error);
    let Some(session) = BrowserSession::find(server, &tenant, headers, now).await.map_err(outage)? else {
        return Ok(Found::MustSignIn(tenant, None));
    };
    if session.user.provider.is_some() && !session.is_idle {
        return Ok(Found::Elsewhere(tenant));
    }
    let recent = now.since(session.user.auth_time) <= RECENT_SECONDS;
    match session.local_user(server, &tenant, now).await.map_err(outage)? {
        Some(local) if recent => {
            let server = server.clone();
            Ok(Found::Owner(Box::new(Owner { server, tenant, session, local, address: None, now })))
        }
        _ => Ok(Found::MustSignIn(tenant, Some(session.user.username.clone()))),
    }
}

pub fn url(tenant: &TenantRecord) -> String {
    tenant.issuer.endpoint("account")
}

pub fn csrf(session: &BrowserSession) -> String {
    Secret::new(session.csrf()).successor("account").expose().to_owned()
}

/// What was done, for the next page to say. Nobody else can make a link that says so.
fn said_url(owner: &Owner, said: Option<&str>, next_session: Option<String>) -> String {
    let url = url(&owner.tenant);
    let Some(word) = said else { return url };
    format!("{url}?said={word}.{}", seal(&next_session.unwrap_or_else(|| owner.session.csrf()), word))
}

pub fn seal(session: &str, word: &str) -> String {
    Secret::new(session).successor(&format!("said {word}")).expose().to_owned()
}

fn elsewhere(tenant: &TenantRecord, headers: &HeaderMap, text: impl Fn(Texts) -> &'static str) -> Response {
    let shell = Shell::of(tenant).speaking(&[], headers);
    let (stylesheet, action) = (shell.stylesheet(), url(tenant));
    let text = text(shell.t);
    let action = (text == shell.t.own_again_needed()).then_some(action.as_str());
    shell.page(&ElsewherePage { frame: shell.frame(&stylesheet), text, action }, &[])
}
