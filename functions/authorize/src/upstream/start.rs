//! The departure to an identity provider.

use super::{failure::NotSignedIn, pages};
use crate::{http::responses::see_other, interaction::visit::Visit};
use axum::{
    extract::{Path, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use rules::{
    authorize::{
        interaction::{Interaction, SignIns},
        oidc_params::Prompt,
    },
    identity_provider::{
        IdentityProvider,
        freshness::{AskedFor, Freshness},
        metadata::ProviderMetadata,
        request::{self, Trip, Wishes},
        ways_in,
    },
};
use server::{
    Server,
    store::{Commit, Write},
};
use std::sync::Arc;

/// `GET /{tenant}/authorize/{interaction}/provider/{provider}`: a link. It changes nothing but where the person is, and its
/// address can't be guessed.
pub async fn leave(
    State(server): State<Arc<Server>>,
    Path((tenant, id, provider)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Response {
    let visit = match Visit::find(server, &tenant, &id, &headers).await {
        Ok(visit) => visit,
        Err(error) => return error.into_response(),
    };
    // A portal's launch has a way of its own, which the interaction's page takes.
    let waits = visit.must_sign_in() && visit.interaction.hti.is_none();
    match ways_in::find(&visit.tenant.identity_providers, &provider).filter(|_| waits) {
        Some(provider) => send(&visit, provider).await,
        None => see_other(&visit.url),
    }
}

pub async fn send(visit: &Visit, provider: &IdentityProvider) -> Response {
    if visit.browser.is_of_before_sign_in() {
        return visit.context().expired("the browser shows the cookie of before sign-in").into_response();
    }
    match departure(visit, provider).await {
        Ok(response) => response,
        Err(error) => pages::trouble(visit, provider, &error),
    }
}

/// The newest departure is the one whose answer counts.
pub async fn departure(visit: &Visit, provider: &IdentityProvider) -> Result<Response, NotSignedIn> {
    let metadata = metadata(visit, provider).await?;
    let state = request::State::new(visit.id());
    let binding = visit.browser.binding(&state);
    let wishes = wishes(visit);
    let url = request::authorization_url(provider, &metadata, &visit.tenant.issuer, &state, &binding, &wishes.as_ref());
    let url = url.ok_or_else(|| NotSignedIn::Failed("the authorization_endpoint is no URL".into()))?;
    let freshness = Some(freshness(visit));
    let trip = Trip { provider: provider.id.clone(), state: state.hash(), began_at: visit.now, freshness };
    let sign_ins = SignIns { at_provider: Some(trip), ..visit.interaction.sign_ins.clone() };
    let next = Interaction { sign_ins, ..visit.interaction.value.clone() };
    visit
        .server
        .store
        .commit(vec![Write::update(&visit.interaction, &next)?])
        .await
        .map(|commit| match commit {
            Commit::Done => see_other(&url),
            Commit::LostRace => see_other(&visit.url),
        })
        .map_err(NotSignedIn::from)
}

pub async fn metadata(visit: &Visit, provider: &IdentityProvider) -> Result<Arc<ProviderMetadata>, NotSignedIn> {
    let Visit { server, tenant, now, .. } = visit;
    let found = server.providers.metadata(&server.outbound, tenant, provider, *now).await;
    found.map_err(|error| NotSignedIn::Failed(format!("its discovery document: {error}")))
}

/// How fresh the sign-in there must be: as the app wants it, and as somebody who signed out may expect it.
pub fn freshness(visit: &Visit) -> Freshness {
    let request = &visit.interaction.request;
    let sign_in_again = match (request.prompts(Prompt::Login), visit.browser.has_signed_out()) {
        (true, _) => Some(AskedFor::App),
        (false, true) => Some(AskedFor::SignedOut),
        (false, false) => None,
    };
    Freshness { max_age: request.max_age, sign_in_again }
}

/// What the app asked for, as the provider is to hear it. Consent is this server's affair.
fn wishes(visit: &Visit) -> OwnedWishes {
    let request = &visit.interaction.request;
    let freshness = freshness(visit);
    let prompts =
        [(freshness.sign_in_again.is_some(), "login"), (request.prompts(Prompt::SelectAccount), "select_account")];
    let mut prompts: Vec<&str> = prompts.iter().filter(|(asked, _)| *asked).map(|(_, word)| *word).collect();
    // "That is not me": the provider would take them for the same person again.
    if prompts.is_empty() && visit.interaction.sign_ins.another {
        prompts.push("select_account");
    }
    let text = |words: String| (!words.is_empty()).then_some(words);
    OwnedWishes {
        prompt: text(prompts.join(" ")),
        login_hint: request.login_hint.clone().filter(|_| !visit.interaction.sign_ins.another),
        max_age: freshness.max_age_sent(),
        ui_locales: text(request.ui_locales.join(" ")),
        acr_values: text(request.acr_values.join(" ")),
    }
}

struct OwnedWishes {
    prompt: Option<String>,
    login_hint: Option<String>,
    max_age: Option<i64>,
    ui_locales: Option<String>,
    acr_values: Option<String>,
}

impl OwnedWishes {
    fn as_ref(&self) -> Wishes<'_> {
        Wishes {
            prompt: self.prompt.as_deref(),
            login_hint: self.login_hint.as_deref(),
            max_age: self.max_age,
            ui_locales: self.ui_locales.as_deref(),
            acr_values: self.acr_values.as_deref(),
        }
    }
}
