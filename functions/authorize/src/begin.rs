//! The app's request arrives: judge it, and send the browser to the first page of an interaction of its own.

use crate::{
    answers::{self, PageError, Shell},
    browser::Browser,
    silent,
    visit::Visit,
};
use axum::{http::HeaderMap, response::Response};
use rules::{
    authorize::{
        interaction::{Interaction, PasskeyTry, PendingLaunch},
        oidc_params::{Hint, Prompt, words},
        redirect_target::RedirectTarget,
        request::{self, AuthorizationRequest},
    },
    client::Client,
    jws::TokenKind,
    launch::Launch,
    oauth::{error::OAuthError, params::Params},
    secret::{Secret, random_text},
    tenant::TenantRecord,
    time::Timestamp,
    token::IdTokenClaims,
};
use server::{
    Server,
    store::{Versioned, Write, schema},
};
use std::sync::Arc;

/// What the app and the EHR sent is kept until the answer, with what the user chose, and an item of the table ends at 400 kB.
const MOST_BYTES: usize = 240 * 1024;

pub async fn begin(
    server: &Arc<Server>,
    tenant: &str,
    headers: &HeaderMap,
    encoded: &[u8],
) -> Result<Response, PageError> {
    let now = server.now();
    let tenant = answers::tenant_of(server, tenant, headers, now).await?;
    let shell = Shell::of(&tenant).speaking(&[], headers);
    let params = Params::parse(encoded).map_err(|_| shell.bad_request("the parameters can't be read"))?;
    let shell = Shell::of(&tenant).speaking(&words(&params, "ui_locales"), headers);
    let client = match params.get("client_id") {
        Some(id) => server.client(&tenant.id, id, now).await.map_err(|error| shell.outage(&error))?,
        None => None,
    };
    let target =
        RedirectTarget::find(&params, client.as_deref(), &tenant).map_err(|error| shell.not_redirectable(error))?;
    let client = client.ok_or_else(|| shell.bad_request("the client is unknown"))?;
    // From here on the app hears of every failure itself (AUTHZ-5).
    let app = AppRequest { server, tenant: &tenant, client: &client, params: &params, headers, now };
    match app.start(target.clone()).await {
        Ok(response) => Ok(response),
        Err(error) => Ok(answers::redirect_with_error(&tenant, &target, &error)),
    }
}

pub struct AppRequest<'a> {
    pub server: &'a Arc<Server>,
    pub tenant: &'a Arc<TenantRecord>,
    pub client: &'a Arc<Client>,
    pub params: &'a Params,
    pub headers: &'a HeaderMap,
    pub now: Timestamp,
}

impl AppRequest<'_> {
    pub async fn start(&self, target: RedirectTarget) -> Result<Response, OAuthError> {
        let AppRequest { server, tenant, client, params, now, .. } = *self;
        server::request_notes::knows_caller(&client.client_id);
        let mut request = request::parse(params, target, client, tenant)?;
        request.id_token_hint = params.get("id_token_hint").map(|hint| whom(tenant, hint));
        let launch = pending_launch(server, tenant, &request, now).await?;
        let (id, browser) = (Secret::random(), Browser::new());
        let interaction = Interaction {
            tenant: tenant.id.clone(),
            id: id.hash(),
            browser: browser.hash(),
            before_sign_in: None,
            request,
            launch,
            failed_sign_ins: 0,
            at_provider: None,
            pending: None,
            passkey: PasskeyTry { challenge: random_text::<32>(), failed: false },
            user: None,
            session: None,
            candidate: None,
            another: false,
            linked: None,
            patient: None,
            picked: Vec::new(),
            consent: None,
            finished: false,
            expires_at: now.plus(tenant.policy.interaction_seconds),
        };
        let write = Write::create(&interaction)?;
        if write.bytes() > MOST_BYTES {
            return Err(OAuthError::invalid_request("the request is too large"));
        }
        let url = tenant.issuer.endpoint(&format!("authorize/{}", id.expose()));
        if interaction.request.prompts(Prompt::None) {
            let visit = Visit {
                server: server.clone(),
                tenant: tenant.clone(),
                client: client.clone(),
                interaction: Versioned { value: interaction, version: 1 },
                browser,
                address: None,
                session: None,
                t: Shell::of(tenant).t,
                lost_session: None,
                url,
                now,
            };
            return silent::answer(visit, self.headers, write).await;
        }
        server.store.commit(vec![write]).await?;
        let mut response = answers::see_other(&url);
        browser.put(&mut response, tenant, id.expose());
        Ok(response)
    }
}

/// The subject of an id_token of ours. It may have expired long ago (OIDC Core §3.1.2.1).
fn whom(tenant: &TenantRecord, id_token: &str) -> Hint {
    match tenant.verify_own::<IdTokenClaims>(id_token, TokenKind::IdToken) {
        Ok(claims) => Hint::Sub(claims.sub),
        Err(error) => {
            tracing::info!(tenant = tenant.id.as_str(), why = error.0, "an id_token_hint can't be used");
            Hint::Unreadable
        }
    }
}

/// The launch is looked at now and used up when the code is issued (LCTX-4, LCTX-5).
async fn pending_launch(
    server: &Server,
    tenant: &TenantRecord,
    request: &AuthorizationRequest,
    now: Timestamp,
) -> Result<Option<PendingLaunch>, OAuthError> {
    let Some(handle) = &request.launch else { return Ok(None) };
    let bad = |why: &str| OAuthError::invalid_request("the launch parameter is unknown, used or expired").because(why);
    let launch = server.store.find::<Launch>(schema::launch(&tenant.id, handle), now).await?;
    let launch = launch.ok_or_else(|| bad("no such launch"))?.value;
    if let Some(why) = launch.refusal_to_begin(&request.client_id, now) {
        return Err(bad(&format!("the launch {why}")));
    }
    Ok(Some(PendingLaunch { handle: launch.handle, context: launch.context, user: launch.user }))
}
