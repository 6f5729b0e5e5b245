//! The app's request arrives: judge it, and answer it, or send the browser to the first page of an interaction of its own.

use crate::{
    http::{
        browser::Browser,
        responses::{PageContext, PageError, redirect_with_error, tenant_of},
        session::BrowserSession,
    },
    interaction::{
        at_once, consent_skip, repeated,
        visit::{Begun, Visit},
    },
};
use axum::{http::HeaderMap, response::IntoResponse};
use rules::{
    authorize::{
        interaction::{Interaction, PendingLaunch, SignIns, Stage},
        oidc_params::{Hint, words},
        redirect_target::RedirectTarget,
        request::{self, AuthorizationRequest},
    },
    client::document::freshness::Seek,
    jws::TokenKind,
    launch::Launch,
    oauth::{error::OAuthError, params::Params},
    secret::Secret,
    tenant::TenantRecord,
    token::IdTokenClaims,
};
use server::{
    Server,
    audit::Parties,
    authority::still_launched,
    clients,
    http::answer::{Answer, Refusal},
    store::{Key, Together, Write, schema},
};
use std::sync::Arc;

/// What the app and the EHR sent is kept until the answer, with what the user chose, and an item of the table ends at 400 kB.
const MOST_BYTES: usize = 240 * 1024;

pub async fn begin(
    server: &Arc<Server>,
    tenant: &str,
    headers: &HeaderMap,
    encoded: &[u8],
) -> Result<Answer, PageError> {
    let now = server.now();
    let tenant = tenant_of(server, tenant, headers, now).await?;
    let context = PageContext::on_the_way(&tenant).speaking(&[], headers);
    let params = Params::parse(encoded).map_err(|_| context.bad_request("the parameters can't be read"))?;
    let context = PageContext::on_the_way(&tenant).speaking(&words(&params, "ui_locales"), headers);
    let client = match params.get("client_id") {
        // A request that no answer could go to is not worth asking for a document.
        Some(_) if params.is_repeated("client_id") || !params.has("redirect_uri") => None,
        Some(id) => {
            clients::find(server, &tenant, id, Seek::Fresh, now).await.map_err(|error| context.no_client(error))?
        }
        None => None,
    };
    let target =
        RedirectTarget::find(&params, client.as_deref(), &tenant).map_err(|error| context.not_redirectable(error))?;
    let client = client.ok_or_else(|| context.bad_request("the client is unknown"))?;
    // From here on the app hears of every failure itself (AUTHZ-5).
    let begun = Begun { server, tenant: &tenant, client: &client, now };
    let answer = match (AppRequest { begun, params: &params, headers }).start(target.clone()).await {
        Ok(answer) => answer,
        // The author of a document must not be able to send people on with an address of ours (RFC 9700 §4.11.2): they sign in first,
        // unless they are to see no page at all.
        Err(Refusal { error, records, .. }) if client.origin.is_some() && !asks_for_no_page(&params) => {
            Answer::undecided(context.unregistered(&error).into_response()).after(records)
        }
        Err(Refusal { error, records, .. }) => {
            Answer::undecided(redirect_with_error(&tenant, &target, &error)).after(records)
        }
    };
    Ok(answer.among(&Parties::caller(&client.client_id)))
}

fn asks_for_no_page(params: &Params) -> bool {
    words(params, "prompt").iter().any(|prompt| prompt == "none")
}

pub struct AppRequest<'a> {
    pub begun: Begun<'a>,
    pub params: &'a Params,
    pub headers: &'a HeaderMap,
}

impl AppRequest<'_> {
    pub async fn start(&self, target: RedirectTarget) -> Result<Answer, Refusal> {
        let Begun { server, tenant, client, now } = self.begun;
        let mut request = request::parse(self.params, target, client, tenant)?;
        request.id_token_hint = self.params.get("id_token_hint").map(|hint| whom(tenant, hint));
        let known = server.store.find_together(&self.keys(&request), now).await?;
        if let Some(answer) = repeated::at_once(self.begun, &request, &known, self.headers).await? {
            return Ok(answer);
        }
        let launch = self.pending_launch(&request, &known).await?;
        let (id, browser) = (Secret::random(), Browser::new());
        let interaction = Interaction {
            tenant: tenant.id.clone(),
            id: id.hash(),
            browser: browser.hash(),
            replaced: None,
            request,
            launch,
            sign_ins: SignIns::none(),
            stage: Stage::NOBODY,
            expires_at: now.plus(tenant.policy.interaction_seconds),
        };
        let create = Write::create(&interaction)?;
        if create.bytes() > MOST_BYTES {
            return Err(OAuthError::invalid_request("the request is too large").into());
        }
        let url = tenant.issuer.endpoint(&format!("authorize/{}", id.expose()));
        let visit = Visit::begin(self.begun, interaction, browser, url, known, self.headers).await?;
        at_once::answer(visit, create).await
    }

    /// All that is read for an answer, if the browser's person is whom it claims: one call.
    fn keys(&self, request: &AuthorizationRequest) -> Vec<Key> {
        let tenant = self.begun.tenant;
        let launch = request.launch.as_ref().map(|handle| schema::launch(&tenant.id, handle));
        let people = BrowserSession::claimed_people(tenant, self.headers);
        let consents = people.filter_map(|person| consent_skip::likely_key(self.begun, request, &person));
        launch.into_iter().chain(BrowserSession::keys(tenant, self.headers)).chain(consents).collect()
    }

    /// The launch is looked at now and used up when the code is issued (LCTX-4, LCTX-5).
    async fn pending_launch(
        &self,
        request: &AuthorizationRequest,
        known: &Together,
    ) -> Result<Option<PendingLaunch>, OAuthError> {
        let Begun { server, tenant, client, now } = self.begun;
        let Some(handle) = &request.launch else { return Ok(None) };
        let bad =
            |why: &str| OAuthError::invalid_request("the launch parameter is unknown, used or expired").because(why);
        let launch = known.get::<Launch>(&schema::launch(&tenant.id, handle))?;
        let launch = launch.ok_or_else(|| bad("no such launch"))?.value;
        if let Err(why) = still_launched(server, tenant, &launch, now).await? {
            return Err(bad(why));
        }
        let unregistered = client.origin.is_some().then(|| launch.refusal_to_begin_unregistered(&request.client_id));
        let refusal = launch.refusal_to_begin(&request.client_id, &request.aud, now).or(unregistered.flatten());
        if let Some(why) = refusal {
            return Err(bad(&format!("the launch {why}")));
        }
        Ok(Some(PendingLaunch { handle: launch.handle, context: launch.context, user: launch.user }))
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
