//! One visit to an interaction: the tenant, the client, what is known so far, the browser it belongs to, and who is signed in
//! there at this moment.

use crate::{
    answers::{PageError, Shell, tenant_of},
    browser::Browser,
    session::BrowserSession,
    texts::Texts,
};
use axum::http::HeaderMap;
use rules::{
    authorize::{
        account::{Fit, fit},
        interaction::Interaction,
        oidc_params::Prompt,
    },
    client::{
        Client,
        own::{is_management, management},
        redirect_uri::RedirectUri,
    },
    credentials::methods::{falls_short, reachable},
    scope::narrow,
    secret::SecretHash,
    session::SessionId,
    tenant::TenantRecord,
    time::Timestamp,
};
use server::{
    Server,
    http::address::Address,
    store::{StoreError, Versioned, schema},
};
use std::sync::Arc;

pub struct Visit {
    pub server: Arc<Server>,
    pub tenant: Arc<TenantRecord>,
    pub client: Arc<Client>,
    /// With the user in it whom the browser's session shows at this moment.
    pub interaction: Versioned<Interaction>,
    pub browser: Browser,
    pub session: Option<BrowserSession>,
    /// What this person reads.
    pub t: Texts,
    /// The session that this way went on in, or that the browser still names, and that is no more.
    pub lost_session: Option<SessionId>,
    /// Path of this interaction's pages; forms post to it.
    pub url: String,
    /// Where the browser is.
    pub address: Option<Address>,
    pub now: Timestamp,
}

impl Visit {
    pub async fn find(
        server: Arc<Server>,
        (tenant, id): (&str, &str),
        headers: &HeaderMap,
    ) -> Result<Visit, PageError> {
        let now = server.now();
        let tenant = tenant_of(&server, tenant, headers, now).await?;
        let shell = Shell::of(&tenant).speaking(&[], headers);
        let key = schema::interaction(&tenant.id, &SecretHash::of(id));
        let found = server.store.find::<Interaction>(key, now).await.map_err(|error| shell.outage(&error))?;
        let mut interaction = found.ok_or_else(|| shell.expired("no such interaction"))?;
        let shell = Shell::of(&tenant).speaking(&interaction.request.ui_locales, headers);
        let t = shell.t;
        let browser = match Browser::recognise(headers, &tenant, id, &interaction.browser) {
            Some(browser) => browser,
            None => {
                let before = interaction.before_sign_in.as_ref();
                let browser = before.and_then(|before| Browser::recognise(headers, &tenant, id, &before.browser));
                interaction.value.sign_out();
                browser.ok_or_else(|| shell.expired("the browser is not the one that began"))?.of_before_sign_in()
            }
        };
        let client_id = &interaction.request.client_id;
        let client = server.client(&tenant.id, client_id, now).await.map_err(|error| shell.outage(&error))?;
        let own = || is_management(client_id).then(|| Arc::new(management(&tenant)));
        let client = client.or_else(own).ok_or_else(|| shell.bad_request("the client was removed meanwhile"))?;
        // The operator may have taken scopes from the app since it asked: what counts is what it may have now.
        interaction.value.request.scope = narrow(&interaction.request.scope, &client.scope).granted;
        let url = tenant.issuer.endpoint(&format!("authorize/{id}"));
        let mut visit = Visit {
            server,
            client,
            interaction,
            browser,
            session: None,
            lost_session: None,
            t,
            url,
            address: None,
            now,
            tenant,
        };
        server::request_notes::knows_caller(&visit.client.client_id);
        visit.look_who_it_is(headers).await.map_err(|error| visit.shell().outage(&error))?;
        Ok(visit)
    }

    /// The interaction's id, as in its URL.
    pub fn id(&self) -> &str {
        self.url.rsplit('/').next().unwrap_or_default()
    }

    pub fn shell(&self) -> Shell<'_> {
        Shell::of(&self.tenant).with(self.t)
    }

    /// Where its forms lead in the end: to the app, which may send its user on to another of its own addresses.
    pub fn leads_to(&self) -> Vec<&str> {
        let Client { redirect_uris, launch_urls, client_uri, .. } = &*self.client;
        let own = redirect_uris.iter().map(RedirectUri::as_str).chain(launch_urls.iter().map(String::as_str));
        let asked = self.interaction.request.redirect.redirect_uri.as_str();
        own.chain(client_uri.as_deref()).chain([asked]).collect()
    }

    /// Who is signed in: whoever signed in on this way, while their session lives, or else the person whom the browser's
    /// session knows, where the request is content with that. Looking writes nothing into the interaction.
    pub async fn look_who_it_is(&mut self, headers: &HeaderMap) -> Result<(), StoreError> {
        let Visit { server, tenant, now, .. } = &*self;
        let mut session = BrowserSession::find(server, tenant, headers, *now).await?;
        if let Some(session) = &mut session
            && !session.is_idle
        {
            session.use_it(server, tenant, *now).await?;
        }
        self.session = session;
        let session = self.session.as_ref().filter(|session| !session.is_idle);
        if session.is_none() {
            self.lost_session = BrowserSession::claimed(&self.tenant, headers);
        }
        let interaction = &mut self.interaction.value;
        let still_there = session.is_some_and(|session| interaction.session.as_ref() == Some(&session.item.id));
        if interaction.user.is_some() && !still_there {
            self.lost_session = interaction.session.clone();
            interaction.sign_out();
        }
        if let Some(session) = session.filter(|_| interaction.user.is_none() && !self.browser.is_of_before_sign_in()) {
            adopt(interaction, session, (&self.server, &self.tenant), self.now).await?;
        }
        self.browser.show_for(interaction.session.clone());
        Ok(())
    }

    /// Finds the page that a form comes from by the token in it, and sees the interaction as that page did.
    pub fn as_the_form_saw_it(&mut self, csrf: Option<&str>) -> FormOf {
        if self.browser.sent_csrf(csrf) {
            return FormOf::ThisPage;
        }
        let before = self.interaction.before_sign_in.as_ref();
        if csrf.is_some_and(|csrf| before.is_some_and(|before| before.csrf.matches(csrf))) {
            return FormOf::EarlierPage;
        }
        if let Some(lost) = self.lost_session.take() {
            self.browser.show_for(Some(lost));
            if self.browser.sent_csrf(csrf) {
                return FormOf::EarlierPage;
            }
        }
        // A sign-in page in one of two tabs: in the other somebody has signed in since.
        self.browser.show_for(None);
        if !self.browser.sent_csrf(csrf) {
            return FormOf::Nobody;
        }
        let pending = self.interaction.value.pending.take();
        self.interaction.value.sign_out();
        self.interaction.value.pending = pending;
        FormOf::ThisPage
    }
}

/// Which page a form comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormOf {
    ThisPage,
    /// One whose time is over: the sign-in page, which has been answered, or any page of a session that has ended.
    EarlierPage,
    /// None of ours for this browser.
    Nobody,
}

async fn adopt(
    interaction: &mut Interaction,
    session: &BrowserSession,
    (server, tenant): (&Server, &TenantRecord),
    now: Timestamp,
) -> Result<(), StoreError> {
    if interaction.finished || fit(interaction, &session.user, now) == Fit::SignIn {
        return Ok(());
    }
    // An app's wish for more than a session has is met where it can be: by signing in again, if a page may be shown.
    let asks_more = falls_short(&session.user, &interaction.request.acr_values) && !reachable(tenant).is_empty();
    if asks_more && !interaction.request.prompts(Prompt::None) {
        return Ok(());
    }
    let Some(user) = session.user_today(server, tenant, now).await? else { return Ok(()) };
    // Judged again: their name or their own resource may be another today.
    match fit(interaction, &user, now) {
        Fit::SignIn => return Ok(()),
        Fit::Ask => interaction.candidate = Some(user),
        Fit::GoOn => interaction.user = Some(user),
    }
    interaction.session = Some(session.item.id.clone());
    Ok(())
}
