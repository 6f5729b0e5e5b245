//! One visit to an interaction: the tenant, the client, what is known so far, and the browser it belongs to.

use crate::{
    answers::{PageError, Shell},
    browser::Browser,
};
use axum::http::HeaderMap;
use shared::{
    authorize::interaction::Interaction,
    client::Client,
    keys::TenantRecord,
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
        let tenant = server.tenant(tenant, now).await?.ok_or_else(PageError::unknown_tenant)?;
        let shell = Shell::of(&tenant);
        let key = schema::interaction(&tenant.id, &SecretHash::of(id));
        let found = server.store.find::<Interaction>(key, now).await.map_err(|error| shell.outage(&error))?;
        let mut interaction = found.ok_or_else(|| shell.expired("no such interaction"))?;
        let browser = Browser::recognise(headers, &tenant, id, &interaction.browser)
            .ok_or_else(|| shell.expired("the browser is not the one that began"))?;
        let client_id = &interaction.request.client_id;
        let client = server.client(&tenant.id, client_id, now).await.map_err(|error| shell.outage(&error))?;
        let client = client.ok_or_else(|| shell.bad_request("the client was removed meanwhile"))?;
        // The operator may have taken scopes from the app since it asked: what counts is what it may have now.
        interaction.value.request.scope = narrow(&interaction.request.scope, &client.scope).granted;
        let url = tenant.issuer.endpoint(&format!("authorize/{id}"));
        Ok(Visit { server, client, interaction, browser, url, now, tenant })
    }

    /// The interaction's id, as in its URL.
    pub fn id(&self) -> &str {
        self.url.rsplit('/').next().unwrap_or_default()
    }

    pub fn shell(&self) -> Shell<'_> {
        Shell::of(&self.tenant)
    }
}
