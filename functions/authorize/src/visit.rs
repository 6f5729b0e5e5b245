//! One visit to an interaction: the tenant, the client, what is known so far, and the browser it belongs to.

use crate::{
    answers::{PageError, Shell, tenant_of},
    browser::Browser,
};
use axum::http::HeaderMap;
use shared::{
    authorize::interaction::Interaction,
    client::Client,
    keys::TenantRecord,
    language::Texts,
    scope::narrow,
    secret::SecretHash,
    server::Server,
    store::{Versioned, schema},
    time::Timestamp,
};
use std::sync::Arc;

pub struct Visit {
    pub server: Arc<Server>,
    pub tenant: Arc<TenantRecord>,
    pub client: Arc<Client>,
    pub interaction: Versioned<Interaction>,
    pub browser: Browser,
    /// What this person reads.
    pub t: Texts,
    /// Path of this interaction's pages; forms post to it.
    pub url: String,
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
        let browser = Browser::recognise(headers, &tenant, id, &interaction.browser)
            .ok_or_else(|| shell.expired("the browser is not the one that began"))?;
        let client_id = &interaction.request.client_id;
        let client = server.client(&tenant.id, client_id, now).await.map_err(|error| shell.outage(&error))?;
        let client = client.ok_or_else(|| shell.bad_request("the client was removed meanwhile"))?;
        // The operator may have taken scopes from the app since it asked: what counts is what it may have now.
        interaction.value.request.scope = narrow(&interaction.request.scope, &client.scope).granted;
        let url = tenant.issuer.endpoint(&format!("authorize/{id}"));
        Ok(Visit { server, client, interaction, browser, t, url, now, tenant })
    }

    pub fn shell(&self) -> Shell<'_> {
        Shell::of(&self.tenant).with(self.t)
    }
}
