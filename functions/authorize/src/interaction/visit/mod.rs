//! One visit to an interaction: the tenant, the client, what is known so far, the browser it belongs to, and who is signed in
//! there at this moment.

mod form;
mod vouched;
mod who;

pub use form::FormOf;

use crate::{
    http::{
        browser::Browser,
        known_browser,
        responses::{self, PageContext, PageError, tenant_of},
        session::BrowserSession,
    },
    pages::Frame,
    texts::Texts,
};
use askama::Template;
use axum::{http::HeaderMap, response::Response};
use rules::{
    authority,
    authorize::{
        interaction::{Interaction, SigningIn, Stage},
        next_step::{NextStep, next_step},
        patient_picker::next_step_with,
    },
    client::{
        Client,
        document::freshness::Seek,
        own::{is_management, management},
    },
    credentials::{known_browser::BrowserMarks, passkey::RelyingParty},
    oauth::error::OAuthError,
    scope::narrow,
    secret::SecretHash,
    session::{Session, SessionId},
    tenant::TenantRecord,
    time::Timestamp,
};
use server::{
    Server,
    audit::Parties,
    clients,
    fhir::{FhirFailed, reader::FhirReader},
    http::{
        address::Address,
        answer::{Answer, Refusal},
    },
    store::{Item, Key, StoreError, Together, Versioned, schema},
};
use std::{borrow::Cow, sync::Arc};

pub struct Visit {
    pub server: Arc<Server>,
    pub tenant: Arc<TenantRecord>,
    pub client: Arc<Client>,
    /// With the user in it whom the browser's session shows at this moment.
    pub interaction: Versioned<Interaction>,
    /// Whose records the person may open has changed since the last page, so nothing that they chose counts.
    pub person_changed: bool,
    /// The table has the interaction, and the browser a cookie for it. A request that is answered at once leaves neither.
    pub is_kept: bool,
    /// The stage as the table has it, before anybody was found in the browser's session.
    stored: Stage,
    /// What this request has read so far.
    known: Together,
    pub browser: Browser,
    pub session: Option<BrowserSession>,
    /// What this person reads.
    pub t: Texts,
    /// The session that this way went on in, or that the browser still names, and that is no more.
    lost_session: Option<SessionId>,
    /// Path of this interaction's pages; forms post to it.
    pub url: String,
    /// Where the browser is.
    pub address: Option<Address>,
    /// Hash of the form that it sent.
    pub form: Option<SecretHash>,
    /// What it shows of those who have signed in there before.
    pub marks: BrowserMarks,
    pub now: Timestamp,
}

impl Visit {
    pub async fn find(server: Arc<Server>, tenant: &str, id: &str, headers: &HeaderMap) -> Result<Visit, PageError> {
        let now = server.now();
        let tenant = tenant_of(&server, tenant, headers, now).await?;
        let context = PageContext::on_the_way(&tenant).speaking(&[], headers);
        let key = schema::interaction(&tenant.id, &SecretHash::of(id));
        let keys: Vec<Key> = [key.clone()].into_iter().chain(BrowserSession::keys(&tenant, headers)).collect();
        let known = server.store.find_together(&keys, now).await.map_err(|error| context.outage(&error))?;
        let found = known.get::<Interaction>(&key).map_err(|error| context.outage(&error))?;
        let mut interaction = found.ok_or_else(|| context.expired("no such interaction"))?;
        let context = PageContext::on_the_way(&tenant).speaking(&interaction.request.ui_locales, headers);
        let t = context.t;
        if let Stage::SigningIn(SigningIn::Recognised { .. } | SigningIn::Vouched { .. }) = interaction.stage {
            interaction.value.stage = Stage::NOBODY;
        }
        let browser = match Browser::recognise(headers, &tenant, id, &interaction.browser) {
            Some(browser) => browser,
            None => {
                let replaced = interaction.replaced.as_ref();
                let browser = replaced.and_then(|replaced| Browser::recognise(headers, &tenant, id, &replaced.browser));
                interaction.value.stage = interaction.stage.signed_out();
                browser.ok_or_else(|| context.stranger(headers, &tenant))?.of_before_sign_in()
            }
        };
        let client_id = &interaction.request.client_id;
        // Where its server is down for a moment, a person who has begun goes on.
        let client = clients::find(&server, &tenant, client_id, Seek::LastGood, now).await;
        let client = client.map_err(|error| context.no_client(error))?;
        let own = || is_management(client_id).then(|| Arc::new(management(&tenant)));
        let client = client.or_else(own).ok_or_else(|| context.bad_request("the client was removed meanwhile"))?;
        let redirect_uri = interaction.request.redirect.redirect_uri.as_str();
        if !is_management(client_id) && !client.registers_redirect(redirect_uri) {
            return Err(context.bad_request("the redirect URI is no longer registered"));
        }
        // The operator may have taken scopes from the app since it asked: what counts is what it may have now.
        interaction.value.request.scope = narrow(&interaction.request.scope, &client.scope).granted;
        let url = tenant.issuer.endpoint(&format!("authorize/{id}"));
        let stored = interaction.stage.clone();
        let marks = known_browser::shown(headers, &tenant);
        let mut visit = Visit {
            server,
            client,
            interaction,
            person_changed: false,
            is_kept: true,
            stored,
            known,
            browser,
            session: None,
            lost_session: None,
            t,
            url,
            address: None,
            form: None,
            marks,
            now,
            tenant,
        };
        visit.look_who_it_is(headers).await.map_err(|error| visit.context().outage(&error))?;
        visit.use_session().await.map_err(|error| visit.context().outage(&error))?;
        Ok(visit)
    }

    /// The visit of a request that has only just arrived, and for which this was read.
    pub async fn begin(
        begun: Begun<'_>,
        interaction: Interaction,
        browser: Browser,
        url: String,
        known: Together,
        headers: &HeaderMap,
    ) -> Result<Visit, StoreError> {
        let mut visit = Visit {
            server: begun.server.clone(),
            tenant: begun.tenant.clone(),
            client: begun.client.clone(),
            stored: interaction.stage.clone(),
            person_changed: false,
            interaction: Versioned::created(interaction),
            is_kept: false,
            known,
            browser,
            address: None,
            form: None,
            marks: BrowserMarks::default(),
            session: None,
            t: PageContext::on_the_way(begun.tenant).t,
            lost_session: None,
            url,
            now: begun.now,
        };
        visit.look_who_it_is(headers).await?;
        Ok(visit)
    }

    /// An item as it is now, or as this request has just read it.
    pub async fn item<T: Item>(&self, key: Key) -> Result<Option<Versioned<T>>, StoreError> {
        if self.known.knows(&key) { self.known.get(&key) } else { self.server.store.find(key, self.now).await }
    }

    /// Restarts the idle time of the browser's session.
    pub async fn use_session(&mut self) -> Result<(), StoreError> {
        match &mut self.session {
            Some(session) => session.use_it(&self.server, &self.tenant, self.now).await,
            None => Ok(()),
        }
    }

    /// When the session behind this way ends, and `online_access` with it.
    pub fn session_ends_at(&self) -> Timestamp {
        match (self.interaction.goes_on_vouched(), &self.session) {
            (Some(vouched), _) => Session::end_of_vouched(&vouched.user, &self.tenant.policy),
            (None, Some(session)) => session.item.ends_at,
            (None, None) => self.now,
        }
    }

    /// The browser that can make the code again: the one at the pages, or the session's where none was shown.
    pub fn code_browser(&self) -> Cow<'_, Browser> {
        match self.session.as_ref().filter(|_| !self.is_kept) {
            Some(session) => Cow::Owned(Browser::of_session(session)),
            None => Cow::Borrowed(&self.browser),
        }
    }

    pub fn begun(&self) -> Begun<'_> {
        Begun { server: &self.server, tenant: &self.tenant, client: &self.client, now: self.now }
    }

    /// The interaction's id, as in its URL.
    pub fn id(&self) -> &str {
        self.url.rsplit('/').next().unwrap_or_default()
    }

    pub fn context(&self) -> PageContext<'_> {
        PageContext::on_the_way(&self.tenant).with(self.t)
    }

    pub fn frame<'a>(&'a self, stylesheet: &'a str) -> Frame<'a> {
        self.context().frame(stylesheet)
    }

    pub fn respond(&self, page: &impl Template) -> Response {
        self.context().page(page)
    }

    pub fn respond_with_script(&self, page: &impl Template, script: bool) -> Response {
        if !script {
            return self.respond(page);
        }
        self.context().page_with_script(page)
    }

    pub fn redirect_with_error(&self, error: &OAuthError) -> Response {
        responses::redirect_with_error(&self.tenant, &self.interaction.request.redirect, error)
    }

    /// The app hears of it at once, and the interaction stays as it was.
    pub fn refused(&self, refusal: Refusal) -> Answer {
        Answer::undecided(self.redirect_with_error(&refusal.error)).after(refusal.records)
    }

    /// For the audit trail: the app whose request it is.
    pub fn parties(&self) -> Parties {
        Parties::caller(&self.client.client_id)
    }

    /// Why the app gets no yes whatever its user does, if the operator has changed what it may ask for since.
    pub fn lapsed(&self) -> Option<OAuthError> {
        let own = is_management(&self.client.client_id) || self.interaction.is_finished();
        (!own).then(|| authority::of_request(&self.interaction.request, &self.client, &self.tenant).err()).flatten()
    }

    /// The next step, with the tenant's word on who may choose a patient.
    pub fn next_step<'a>(&self, interaction: &'a Interaction) -> NextStep<'a> {
        next_step_with(interaction, &self.tenant.pages.patient_picker)
    }

    pub fn must_sign_in(&self) -> bool {
        matches!(next_step(&self.interaction), NextStep::LogIn)
    }

    /// The app that this way leads to; none where it leads to a page of ours.
    pub fn app_name(&self) -> Option<&str> {
        (!is_management(&self.client.client_id)).then(|| self.client.known_as())
    }

    pub fn takes_passwords(&self) -> bool {
        self.interaction.hti.is_none() && self.tenant.policy.local_sign_in.unwrap_or(true)
    }

    /// Whether a person for whom one provider does not work may try another way.
    pub fn has_other_ways_in(&self) -> bool {
        let providers = self.interaction.hti.is_none() && self.tenant.identity_providers.len() > 1;
        providers || self.takes_passwords()
    }

    /// Passkeys of the tenant, if it has them and a browser can use them here.
    pub fn passkeys(&self) -> Option<RelyingParty> {
        let allowed = self.tenant.policy.passkeys && self.takes_passwords();
        RelyingParty::of(&self.tenant.issuer).filter(|_| allowed)
    }

    /// The FHIR server that the app asked for, to be read within this scope.
    pub async fn fhir_reader<'a>(&'a self, scope: &str) -> Result<FhirReader<'a>, FhirFailed> {
        let base = self.interaction.request.aud.as_str();
        let Visit { server, tenant, now, .. } = self;
        FhirReader::new(&server.signer, &server.outbound, tenant, base, scope, *now).await
    }

    /// Where a person may be somebody who signs in on this way. A page of this server's own is at no FHIR server.
    pub fn fhir_servers(&self) -> Vec<&str> {
        if is_management(&self.client.client_id) {
            return self.tenant.fhir_servers.iter().map(|server| server.url.as_str()).collect();
        }
        vec![self.interaction.request.aud.as_str()]
    }
}

/// A request that has been judged, and that begins an interaction.
#[derive(Clone, Copy)]
pub struct Begun<'a> {
    pub server: &'a Arc<Server>,
    pub tenant: &'a Arc<TenantRecord>,
    pub client: &'a Arc<Client>,
    pub now: Timestamp,
}
