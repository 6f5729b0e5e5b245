//! `/{tenant}/logout`: an app sends its user here to sign out of this server (OpenID Connect RP-Initiated Logout 1.0). It is
//! a part of this function because the session's cookie and the pages are.

mod request;

use crate::{
    audit,
    http::{
        responses::{PageContext, PageError, see_other, tenant_of},
        session::{self, BrowserSession},
        signed_out,
    },
    own_pages,
    pages::{
        PersonLinks,
        session::{SignOutPage, SignedOutElsewhere, SignedOutPage},
    },
    texts::Texts,
};
use axum::{
    body::Bytes,
    extract::{Path, State, rejection::BytesRejection},
    http::{HeaderMap, Uri},
    response::{IntoResponse, Response},
};
use request::{LogoutRequest, MEMBERS};
use rules::{
    authorize::oidc_params::words, identity_provider::ways_in, oauth::params::Params, secret::same, session::Session,
    tenant::TenantRecord, time::Timestamp,
};
use server::{
    Server,
    http::{answer::Answer, form_post::is_form},
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
    answer.await.into_response()
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
            Some(csrf) => {
                logout.context().own_form(&headers, &logout.tenant.issuer)?;
                logout.confirmed(csrf).await
            }
            None => Ok(Answer::undecided(logout.by_get_instead())),
        }
    };
    answer.await.into_response()
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
        let tenant = tenant_of(server, tenant, headers, now).await?;
        let context = PageContext::signing_out(&tenant).speaking(&[], headers);
        let params = Params::parse(encoded).map_err(|_| context.bad_request("the parameters can't be read"))?;
        let context = PageContext::signing_out(&tenant).speaking(&words(&params, "ui_locales"), headers);
        let request = LogoutRequest::parse(server, &tenant, &context, &params, now).await?;
        let session = BrowserSession::find(server, &tenant, headers, now).await;
        let (session, _) = session.map_err(|error| context.outage(&error))?;
        Ok(Logout { server, request, session, params, t: context.t, now, tenant })
    }

    /// An app that shows an id_token of the person who is signed in may end their session; anybody else's link must be
    /// confirmed by that person (§2: the OP must ask), or every page on the web could sign people out.
    async fn begin(&self) -> Result<Answer, PageError> {
        match &self.session {
            Some(session) if self.request.sub.as_ref() != Some(&session.user.sub) => {
                Ok(Answer::undecided(self.ask(session)))
            }
            _ => self.end().await,
        }
    }

    async fn confirmed(&self, csrf: &str) -> Result<Answer, PageError> {
        match &self.session {
            Some(session) if !same(csrf, &session.csrf()) => {
                Err(self.context().expired("the form's csrf token is wrong"))
            }
            Some(_) if self.params.get("sign_out") != Some("yes") => {
                Ok(Answer::undecided(self.signed_out(false, None)))
            }
            _ => self.end().await,
        }
    }

    async fn end(&self) -> Result<Answer, PageError> {
        let mut response = match &self.request.location {
            Some(location) => see_other(location),
            None => self.signed_out(true, self.elsewhere().await.as_ref()),
        };
        if !self.tenant.identity_providers.is_empty() {
            signed_out::remember(&mut response, &self.tenant);
        }
        // A POST from another site comes without the cookie, and must not take it away either.
        let Some(session) = &self.session else { return Ok(Answer::undecided(response)) };
        let ended = end_session(self.server, session.item.clone(), self.now).await;
        ended.map_err(|error| self.context().outage(&error))?;
        session::forget(&mut response, &self.tenant);
        Ok(Answer::deciding(response, audit::signed_out(&session.user)))
    }

    fn context(&self) -> PageContext<'_> {
        PageContext::signing_out(&self.tenant).with(self.t)
    }

    fn ask(&self, session: &BrowserSession) -> Response {
        let context = self.context();
        let stylesheet = context.stylesheet();
        let page = SignOutPage {
            frame: context.frame(&stylesheet),
            client_name: self.request.client_name.as_deref(),
            user_name: &session.user.name,
            action: &own_pages::logout_url(&self.tenant),
            csrf: &session.csrf(),
            fields: &self.members(),
            person: &PersonLinks { sign_out: None, ..own_pages::links_of(&self.tenant, &session.user) },
        };
        context.page(&page)
    }

    fn signed_out(&self, done: bool, elsewhere: Option<&SignedOutElsewhere>) -> Response {
        let context = self.context();
        let stylesheet = context.stylesheet();
        context.page(&SignedOutPage { frame: context.frame(&stylesheet), done, elsewhere })
    }

    /// Where the person can sign out of their provider too (§2). That is theirs to decide: other sites may rely on it. A
    /// provider that does not answer now is not worth an error.
    async fn elsewhere(&self) -> Option<SignedOutElsewhere> {
        let Logout { server, tenant, now, .. } = self;
        let id = self.session.as_ref()?.user.provider.as_deref()?;
        let provider = ways_in::find(&tenant.identity_providers, id)?;
        let metadata = server.providers.metadata(&server.outbound, tenant, provider, *now).await.ok()?;
        let link = metadata.end_session_link(provider, tenant.policy.loopback_key_sets)?;
        Some(SignedOutElsewhere { provider: provider.name.clone(), link })
    }

    fn by_get_instead(&self) -> Response {
        let query = Serializer::new(String::new()).extend_pairs(self.members()).finish();
        see_other(&format!("{}?{query}", own_pages::logout_url(&self.tenant)))
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
        let key = schema::session(&session.tenant, &session.id);
        found = server.store.find_together(std::slice::from_ref(&key), now).await?.get(&key)?;
    }
    Err(StoreError::Throttled)
}
