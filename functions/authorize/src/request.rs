//! The app's request arrives: judge it, and answer it, or send the browser to the first page of an interaction of its own.

use crate::{
    audit,
    http::{
        browser::Browser,
        responses::{PageContext, PageError, redirect_with_error, tenant_of},
        session::BrowserSession,
    },
    interaction::{
        at_once::{self, FirstPage},
        consent_skip, hti_launch, repeated,
        visit::{Begun, Visit},
        vouched_launch::{self, bad_launch},
    },
    pushed::Arrived,
};
use axum::{http::HeaderMap, response::IntoResponse};
use rules::{
    authorize::{
        interaction::{Interaction, PendingLaunch, SignIns, Stage, VouchedPerson},
        oidc_params::{Hint, words},
        pushed::{PushedRequest, Reference, is_final, may_ask_directly},
        redirect_target::RedirectTarget,
        request::{self, AuthorizationRequest},
    },
    client::document::freshness::Seek,
    hti::HtiLaunch,
    jws::TokenKind,
    launch::Launch,
    oauth::{
        error::{ErrorCode, OAuthError},
        params::Params,
    },
    secret::Secret,
    tenant::TenantRecord,
    time::Timestamp,
    token::IdTokenClaims,
};
use server::{
    Server,
    audit::{AuditRecord, Outcome, Parties},
    authority::still_launched,
    clients,
    http::answer::{Answer, Refusal},
    store::{Commit, Key, StoreError, Together, Write, schema},
};
use std::sync::Arc;

/// What the app and the EHR sent is kept until the answer, with what the user chose, and an item of the table ends at 400 kB.
pub const MOST_BYTES: usize = 240 * 1024;

pub async fn begin(
    server: &Arc<Server>,
    tenant: &str,
    headers: &HeaderMap,
    encoded: &[u8],
) -> Result<Answer, PageError> {
    let now = server.now();
    let tenant = tenant_of(server, tenant, headers, now).await?;
    let context = PageContext::on_the_way(&tenant).speaking(&[], headers);
    let came = Params::parse(encoded).map_err(|_| context.bad_request("the parameters can't be read"))?;
    let reference = Reference::of(&came, &tenant.policy).map_err(|error| context.not_redirectable(error))?;
    let Arrived { params, push, known } = match reference {
        Some(pushed) => Arrived::by_reference(server, &tenant, &pushed, headers, &context, now).await?,
        None => Arrived::directly(came, now),
    };
    let context = PageContext::on_the_way(&tenant).speaking(&words(&params, "ui_locales"), headers);
    let client = match params.get("client_id") {
        // A request that no answer could go to is not worth asking for a document.
        Some(_) if params.is_repeated("client_id") || !params.has("redirect_uri") => None,
        Some(id) => {
            clients::find(server, &tenant, id, Seek::Fresh, now).await.map_err(|error| context.no_client(error))?
        }
        None => None,
    };
    // A pushed request is judged again in full: the client may be another one than it was (RFC 9126 §7.4).
    let target =
        RedirectTarget::find(&params, client.as_deref(), &tenant).map_err(|error| context.not_redirectable(error))?;
    let client = client.ok_or_else(|| context.bad_request("the client is unknown"))?;
    // From here on the app hears of every failure itself (AUTHZ-5).
    let begun = Begun { server, tenant: &tenant, client: &client, now };
    let request = AppRequest { begun, params: &params, headers, push: push.as_ref() };
    let may_ask = if push.is_some() { Ok(()) } else { may_ask_directly(&client, &tenant) };
    let answered = match may_ask {
        Ok(()) => request.start(target.clone(), known).await,
        Err(error) => Err(error.into()),
    };
    let answer = match answered {
        Ok(answer) => answer,
        // The author of a document must not be able to send people on with an address of ours (RFC 9700 §4.11.2): they sign in first,
        // unless they are to see no page at all.
        Err(Refusal { error, records, .. }) if client.origin.is_some() && !asks_for_no_page(&params) => {
            Answer::undecided(context.unregistered(&error).into_response()).after(records)
        }
        Err(refusal) => request.refused(&target, refusal, &context).await,
    };
    Ok(answer.among(&Parties::caller(&client.client_id)))
}

/// Nothing of it was read, so there is no app that could hear of it.
pub async fn too_large(server: &Server, tenant: &str, headers: &HeaderMap) -> PageError {
    match tenant_of(server, tenant, headers, server.now()).await {
        Ok(tenant) => PageContext::on_the_way(&tenant).speaking(&[], headers).too_large("the body is too large"),
        Err(error) => error,
    }
}

fn asks_for_no_page(params: &Params) -> bool {
    words(params, "prompt").iter().any(|prompt| prompt == "none")
}

pub struct AppRequest<'a> {
    pub begun: Begun<'a>,
    pub params: &'a Params,
    pub headers: &'a HeaderMap,
    /// If the app sent it ahead.
    pub push: Option<&'a PushedRequest>,
}

/// What an interaction begins with, beside the request.
struct LaunchedBy {
    hti: Option<Box<HtiLaunch>>,
    launch: Option<PendingLaunch>,
    /// For the trail: a portal's hint that names no provider.
    unlisted: Option<AuditRecord>,
}

impl AppRequest<'_> {
    /// `known` is what was read of the browser before.
    pub async fn start(&self, target: RedirectTarget, mut known: Together) -> Result<Answer, Refusal> {
        let Begun { server, tenant, .. } = self.begun;
        let request = self.judged(target)?;
        server.store.read_into(&mut known, &self.keys(&request)).await?;
        if let Some(answer) = repeated::at_once(self.begun, &request, self.push, &known, self.headers).await? {
            return Ok(answer);
        }
        if self.push.is_some_and(PushedRequest::is_used) {
            let context = PageContext::on_the_way(tenant).speaking(&request.ui_locales, self.headers);
            return Ok(Answer::undecided(context.used_push().into_response()));
        }
        let mut launched_by = self.launched_by(&request, &mut known).await?;
        let unlisted = launched_by.unlisted.take();
        let (id, browser) = (Secret::random(), Browser::new());
        let interaction = self.interaction(request, launched_by, &id, &browser);
        let launched = interaction.hti.as_deref().map(|launch| {
            let traced = hti_launch::traced(launch, tenant, Some(&interaction.id));
            AuditRecord::of_launch(traced, Outcome::Success, "authorize: the launch of a portal begins")
        });
        let create = bounded(&interaction)?;
        let opened = self.push.filter(|push| push.is_new()).map(|push| push.opened(interaction.expires_at));
        let open = opened.map(|opened| Write::forward(&opened, opened.state.step())).transpose()?;
        let url = tenant.issuer.endpoint(&format!("authorize/{}", id.expose()));
        let visit = Visit::begin(self.begun, interaction, browser, url, known, self.headers).await?;
        // Here they are signed in, with or without a page; one who must confirm it first is when they have.
        let signed_in = visit.interaction.user().filter(|user| user.vouched_by.is_some()).map(audit::signed_in);
        let records: Vec<AuditRecord> = [launched, unlisted, signed_in].into_iter().flatten().collect();
        let answered = at_once::answer(visit, FirstPage { create, open }).await;
        let after = |refusal: Refusal| records.iter().rev().fold(refusal, |all, record| all.after(record.clone()));
        answered.map_err(after).map(|answer| answer.after(records.clone()))
    }

    /// All that can be judged before a browser comes.
    pub async fn could_begin(&self, target: RedirectTarget) -> Result<(), Refusal> {
        let Begun { server, now, .. } = self.begun;
        let request = self.judged(target)?;
        let mut known = server.store.find_together(&self.keys(&request), now).await?;
        let launched_by = self.launched_by(&request, &mut known).await?;
        bounded(&self.interaction(request, launched_by, &Secret::random(), &Browser::new()))?;
        Ok(())
    }

    /// The app is sent the reason. With that, a pushed request has had its answer; where the fault is ours, it may be tried again.
    async fn refused(&self, target: &RedirectTarget, refusal: Refusal, context: &PageContext<'_>) -> Answer {
        let Begun { server, tenant, now, .. } = self.begun;
        let Refusal { error, records, .. } = refusal;
        let told = |error: &OAuthError| Answer::undecided(redirect_with_error(tenant, target, error));
        let answer = match self.push.filter(|_| is_final(&error)) {
            None => told(&error),
            Some(push) => match spend_at_once(server, push, now).await {
                Ok(Commit::Done) => told(&error),
                Ok(Commit::LostRace) => Answer::undecided(context.used_push().into_response()),
                Err(outage) => told(&outage.into()),
            },
        };
        answer.after(records)
    }

    fn judged(&self, target: RedirectTarget) -> Result<AuthorizationRequest, OAuthError> {
        let Begun { tenant, client, .. } = self.begun;
        let mut request = request::parse(self.params, target, client, tenant)?;
        request.id_token_hint = self.params.get("id_token_hint").map(|hint| whom(tenant, hint));
        Ok(request)
    }

    fn interaction(
        &self,
        request: AuthorizationRequest,
        LaunchedBy { hti, launch, .. }: LaunchedBy,
        id: &Secret,
        browser: &Browser,
    ) -> Interaction {
        let Begun { tenant, now, .. } = self.begun;
        let seconds = tenant.policy.interaction_seconds;
        Interaction {
            tenant: tenant.id.clone(),
            id: id.hash(),
            browser: browser.hash(),
            replaced: None,
            request,
            launch,
            hti,
            pushed: self.push.map(|push| push.id.clone()),
            sign_ins: SignIns::none(),
            stage: Stage::NOBODY,
            expires_at: self.push.map_or_else(|| now.plus(seconds), |push| push.ends_at(seconds, now)),
        }
    }

    /// All that is read for an answer, if the browser's person is whom it claims: one call.
    fn keys(&self, request: &AuthorizationRequest) -> Vec<Key> {
        let tenant = self.begun.tenant;
        let launch = request.launch.as_ref().map(|handle| schema::launch(&tenant.id, handle));
        let people = BrowserSession::claimed_people(tenant, self.headers);
        let consents = people.filter_map(|person| consent_skip::likely_key(self.begun, request, &person));
        launch.into_iter().chain(BrowserSession::keys(tenant, self.headers)).chain(consents).collect()
    }

    /// A portal by its token, an EHR by its handle, or nobody.
    async fn launched_by(&self, request: &AuthorizationRequest, known: &mut Together) -> Result<LaunchedBy, Refusal> {
        if let Some((hti, unlisted)) = hti_launch::begun(self.begun, request, self.params).await? {
            return Ok(LaunchedBy { hti: Some(Box::new(hti)), launch: None, unlisted });
        }
        let launch = self.pending_launch(request, known).await?;
        Ok(LaunchedBy { hti: None, launch, unlisted: None })
    }

    /// The launch is looked at now and used up when the code is issued (LCTX-4, LCTX-5).
    async fn pending_launch(
        &self,
        request: &AuthorizationRequest,
        known: &mut Together,
    ) -> Result<Option<PendingLaunch>, Refusal> {
        let tenant = self.begun.tenant;
        let Some(handle) = &request.launch else { return Ok(None) };
        let launch = known.get::<Launch>(&schema::launch(&tenant.id, handle))?;
        let launch = launch.ok_or_else(|| bad_launch("no such launch"))?.value;
        let judged = self.judge_launch(request, &launch, known).await;
        // That nobody was signed in by it is in the trail, as a wrong password is (VOUCH-14).
        let vouched = judged.map_err(|error| match (&launch.vouched, error.code) {
            (Some(vouched), ErrorCode::InvalidRequest) => Refusal::of(error, audit::not_vouched(&launch.ehr, vouched)),
            _ => error.into(),
        })?;
        let vouched = vouched.map(Box::new);
        Ok(Some(PendingLaunch { handle: launch.handle, context: launch.context, user: launch.user, vouched }))
    }

    /// Whether the app may begin with this launch, and whom it brings along.
    async fn judge_launch(
        &self,
        request: &AuthorizationRequest,
        launch: &Launch,
        known: &mut Together,
    ) -> Result<Option<VouchedPerson>, OAuthError> {
        let Begun { server, tenant, client, now } = self.begun;
        if let Err(why) = still_launched(server, tenant, launch, now).await? {
            return Err(bad_launch(why));
        }
        let unregistered = client.origin.is_some().then(|| launch.refusal_to_begin_unregistered(&request.client_id));
        let refusal = launch.refusal_to_begin(&request.client_id, &request.aud, now).or(unregistered.flatten());
        if let Some(why) = refusal {
            return Err(bad_launch(&format!("the launch {why}")));
        }
        match &launch.vouched {
            Some(vouched) => Ok(Some(vouched_launch::person(self.begun, request, launch, vouched, known).await?)),
            None => Ok(None),
        }
    }
}

/// The write that begins this interaction.
fn bounded(interaction: &Interaction) -> Result<Write, OAuthError> {
    let create = Write::create(interaction)?;
    match create.bytes() > MOST_BYTES {
        true => Err(OAuthError::invalid_request("the request is too large")),
        false => Ok(create),
    }
}

/// The app hears an error, and nobody has seen a page.
async fn spend_at_once(server: &Server, push: &PushedRequest, now: Timestamp) -> Result<Commit, StoreError> {
    let used = push.used_at_once(None, push.expires_at.max(now));
    server.store.commit(vec![Write::forward(&used, used.state.step())?]).await
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
