//! `/{tenant}/logout`: an app sends its user here to sign out of this server (OpenID Connect RP-Initiated Logout 1.0). It is
//! a part of this function because the session's cookie and the pages are.

use crate::{
    answers::{self, PageError, Shell},
    audited,
    logout_request::{LogoutRequest, MEMBERS},
    pages::session::{SignOutPage, SignedOutPage},
    session::{self, BrowserSession},
    texts::Texts,
};
use axum::{
    body::Bytes,
    extract::{Path, State, rejection::BytesRejection},
    http::{HeaderMap, Uri},
    response::{IntoResponse, Response},
};
use rules::{
    authorize::oidc_params::words, oauth::params::Params, session::Session, tenant::TenantRecord, time::Timestamp,
};
use server::{
    Server,
    http::form_post::is_form,
    store::{Commit, StoreError, Versioned, Write, schema},
};
use std::sync::Arc;
use url::form_urlencoded::Serializer;

pub async fn by_get(
    State(server): State<Arc<Server>>,
    Path(tenant): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let query = uri.query().unwrap_or_default().as_bytes();
    let answer = async {
        let logout = Logout::read(&server, &tenant, query, &headers).await?;
        logout.begin().await
    };
    answer.await.unwrap_or_else(IntoResponse::into_response)
}

/// The answer to our own page, or the same request in an app's form. That comes from another site and so without the cookie
/// (`SameSite`): it is sent round by GET.
pub async fn by_post(
    State(server): State<Arc<Server>>,
    Path(tenant): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let form = body.ok().filter(|_| is_form(&headers)).unwrap_or_default();
    let answer = async {
        let logout = Logout::read(&server, &tenant, &form, &headers).await?;
        match logout.params.get("csrf") {
            Some(csrf) => logout.confirmed(csrf).await,
            None => Ok(logout.by_get_instead()),
        }
    };
    answer.await.unwrap_or_else(IntoResponse::into_response)
}

struct Logout<'a> {
    server: &'a Server,
    tenant: Arc<TenantRecord>,
    params: Params,
    request: LogoutRequest,
    session: Option<BrowserSession>,
    /// What this person reads.
    t: Texts,
    now: Timestamp,
}

impl<'a> Logout<'a> {
    async fn read(server: &'a Server, tenant: &str, encoded: &[u8], headers: &HeaderMap) -> Result<Self, PageError> {
        let now = server.now();
        let tenant = answers::tenant_of(server, tenant, headers, now).await?;
        let shell = Shell::of(&tenant).speaking(&[], headers);
        let params = Params::parse(encoded).map_err(|_| shell.bad_request("the parameters can't be read"))?;
        let shell = Shell::of(&tenant).speaking(&words(&params, "ui_locales"), headers);
        let request = LogoutRequest::parse(server, &tenant, &shell, &params, now).await?;
        let session = BrowserSession::find(server, &tenant, headers, now).await;
        let session = session.map_err(|error| shell.outage(&error))?;
        Ok(Logout { server, request, session, params, t: shell.t, now, tenant })
    }

    /// Whoever shows an id_token of the person who is signed in may end their session; anybody else's link must be
    /// confirmed by that person (§2: the OP must ask), or every page on the web could sign people out.
    async fn begin(&self) -> Result<Response, PageError> {
        match &self.session {
            Some(session) if self.request.sub.as_ref() != Some(&session.user.sub) => Ok(self.ask(session)),
            _ => self.end().await,
        }
    }

    async fn confirmed(&self, csrf: &str) -> Result<Response, PageError> {
        match &self.session {
            Some(session) if !rules::secret::same(csrf, &session.csrf()) => {
                Err(self.shell().expired("the form's csrf token is wrong"))
            }
            Some(_) if self.params.get("sign_out") != Some("yes") => Ok(self.signed_out(false)),
            _ => self.end().await,
        }
    }

    async fn end(&self) -> Result<Response, PageError> {
        if let Some(session) = &self.session {
            let ended = end_session(self.server, session.item.clone(), self.now).await;
            ended.map_err(|error| self.shell().outage(&error))?;
            audited::signed_out(&self.tenant, &session.user);
        }
        let mut response = match &self.request.location {
            Some(location) => answers::see_other(location),
            None => self.signed_out(true),
        };
        // A POST from another site comes without the cookie, and must not take it away either.
        if self.session.is_some() {
            session::forget(&mut response, &self.tenant);
        }
        Ok(response)
    }

    fn shell(&self) -> Shell<'_> {
        Shell::of(&self.tenant).with(self.t)
    }

    fn ask(&self, session: &BrowserSession) -> Response {
        let shell = self.shell();
        let stylesheet = shell.stylesheet();
        let page = SignOutPage {
            frame: shell.frame(&stylesheet),
            client_name: self.request.client_name.as_deref(),
            user_name: &session.user.name,
            action: &self.tenant.issuer.endpoint("logout"),
            csrf: &session.csrf(),
            fields: &self.members(),
        };
        shell.page(&page, self.request.location.as_deref().as_slice())
    }

    fn signed_out(&self, done: bool) -> Response {
        let shell = self.shell();
        let stylesheet = shell.stylesheet();
        shell.page(&SignedOutPage { frame: shell.frame(&stylesheet), done }, &[])
    }

    fn by_get_instead(&self) -> Response {
        let query = Serializer::new(String::new()).extend_pairs(self.members()).finish();
        answers::see_other(&format!("{}?{query}", self.tenant.issuer.endpoint("logout")))
    }

    /// What the app sent, to travel on.
    fn members(&self) -> Vec<(&'static str, String)> {
        MEMBERS.into_iter().filter_map(|name| Some((name, self.params.get(name)?.to_owned()))).collect()
    }
}

const MOST_RACES: usize = 4;

/// Whatever becomes of the session meanwhile, in the end it is over, and with it all that was granted for as long as the
/// person is signed in.
async fn end_session(server: &Server, session: Versioned<Session>, now: Timestamp) -> Result<(), StoreError> {
    let mut found = Some(session);
    for _ in 0..MOST_RACES {
        let Some(session) = found.filter(|session| session.is_open(now)) else { return Ok(()) };
        let write = Write::update(&session, &session.ended(now))?;
        if server.store.commit(vec![write]).await? == Commit::Done {
            return Ok(());
        }
        found = server.store.find(schema::session(&session.tenant, &session.id), now).await?;
    }
    Err(StoreError::Throttled)
}
