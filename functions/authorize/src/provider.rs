//! Signing in elsewhere: the ways in that there are, and the departure to an identity provider.

use crate::{answers, provider_failure::NotSignedIn, provider_pages as pages, show, visit::Visit};
use axum::{
    extract::{Path, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use rules::{
    authorize::{
        interaction::Interaction,
        next_step::{NextStep, next_step},
        oidc_params::Prompt,
    },
    identity_provider::{
        IdentityProvider,
        metadata::ProviderMetadata,
        request::{self, Trip, Wishes},
        ways_in::{self, WaysIn},
    },
    oauth::params::Params,
};
use server::{
    Server,
    store::{Commit, Write},
};
use std::{slice, sync::Arc};

/// What is shown, or where the browser is sent, when somebody must sign in. `?way=password` and `?way=choice` are the links
/// between the two pages; a wrong password stays with the passwords. Only the plain address leads straight to a provider:
/// with a query the browser may come from a form, and would be stopped there.
pub async fn ways_in(visit: &Visit, query: Option<&str>) -> Response {
    let params = Params::parse(query.unwrap_or_default().as_bytes()).unwrap_or_default();
    let (providers, local) = (&visit.tenant.identity_providers, takes_passwords(visit));
    let chose_password = match params.get("way") {
        Some("password") => true,
        Some("choice") => false,
        _ => visit.interaction.failed_sign_ins > 0,
    };
    let hint = visit.interaction.request.idp_hint.as_deref().filter(|_| query.is_none());
    match ways_in::ways_in(providers, local, hint) {
        WaysIn::Local => show::sign_in(visit),
        _ if local && chose_password => show::sign_in(visit),
        WaysIn::Provider(provider) if query.is_none() => send(visit, provider).await,
        WaysIn::Provider(only) => pages::choice(visit, slice::from_ref(only), false),
        WaysIn::Choice { providers, local } => pages::choice(visit, providers, local),
    }
}

/// Where a form leads when its answer leaves the person on this way. Browsers hold the redirects after a form to the page's
/// `form-action` (CSP 3 §6.4.1), and no provider is in there: where somebody must sign in, a page with a link comes between.
pub fn after_form(visit: &Visit, next: &Interaction) -> Response {
    let signs_in = matches!(next_step(next), NextStep::LogIn) && next.failed_sign_ins == 0;
    if signs_in && !visit.tenant.identity_providers.is_empty() {
        answers::see_other(&format!("{}?way=choice", visit.url))
    } else {
        answers::see_other(&visit.url)
    }
}

pub fn takes_passwords(visit: &Visit) -> bool {
    visit.tenant.policy.local_sign_in.unwrap_or(true)
}

/// `GET /{tenant}/authorize/{interaction}/provider/{provider}`: a link, since browsers hold the redirects after a form to
/// the page's `form-action`. It changes nothing but where the person is, and its address can't be guessed.
pub async fn leave(
    State(server): State<Arc<Server>>,
    Path((tenant, id, provider)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Response {
    let visit = match Visit::find(server, (&tenant, &id), &headers).await {
        Ok(visit) => visit,
        Err(error) => return error.into_response(),
    };
    let waits = !visit.interaction.finished && must_sign_in(&visit);
    match ways_in::find(&visit.tenant.identity_providers, &provider).filter(|_| waits) {
        Some(provider) => send(&visit, provider).await,
        None => answers::see_other(&visit.url),
    }
}

pub fn must_sign_in(visit: &Visit) -> bool {
    matches!(next_step(&visit.interaction), NextStep::LogIn)
}

async fn send(visit: &Visit, provider: &IdentityProvider) -> Response {
    if visit.browser.is_of_before_sign_in() {
        return visit.shell().expired("the browser shows the cookie of before sign-in").into_response();
    }
    match departure(visit, provider).await {
        Ok(response) => response,
        Err(error) => pages::trouble(visit, provider, &error),
    }
}

/// The newest departure is the one whose answer counts.
async fn departure(visit: &Visit, provider: &IdentityProvider) -> Result<Response, NotSignedIn> {
    let metadata = metadata(visit, provider).await?;
    let state = request::State::new(visit.id());
    let parties = (provider, &*metadata);
    let binding = visit.browser.binding(&state);
    let wishes = wishes(visit);
    let url = request::authorization_url(parties, &visit.tenant.issuer, (&state, &binding), &wishes.as_ref());
    let url = url.ok_or_else(|| NotSignedIn::Failed("the authorization_endpoint is no URL".into()))?;
    let trip = Trip { provider: provider.id.clone(), state: state.hash(), began_at: visit.now };
    let next = Interaction { at_provider: Some(trip), ..visit.interaction.value.clone() };
    visit
        .server
        .store
        .commit(vec![Write::update(&visit.interaction, &next)?])
        .await
        .map(|commit| match commit {
            Commit::Done => answers::see_other(&url),
            Commit::LostRace => answers::see_other(&visit.url),
        })
        .map_err(NotSignedIn::from)
}

pub async fn metadata(visit: &Visit, provider: &IdentityProvider) -> Result<Arc<ProviderMetadata>, NotSignedIn> {
    let Visit { server, tenant, now, .. } = visit;
    let found = server.providers.metadata(&server.outbound, tenant, provider, *now).await;
    found.map_err(|error| NotSignedIn::Failed(format!("its discovery document: {error}")))
}

/// What the app asked for, as the provider is to hear it. Consent is this server's affair.
pub fn wishes(visit: &Visit) -> OwnedWishes {
    let request = &visit.interaction.request;
    let prompts = [(Prompt::Login, "login"), (Prompt::SelectAccount, "select_account")];
    let mut prompts: Vec<&str> =
        prompts.iter().filter(|(prompt, _)| request.prompts(*prompt)).map(|(_, word)| *word).collect();
    // "That is not me": the provider would take them for the same person again.
    if prompts.is_empty() && visit.interaction.another {
        prompts.push("select_account");
    }
    let text = |words: String| (!words.is_empty()).then_some(words);
    OwnedWishes {
        prompt: text(prompts.join(" ")),
        login_hint: request.login_hint.clone().filter(|_| !visit.interaction.another),
        max_age: request.max_age,
        ui_locales: text(request.ui_locales.join(" ")),
    }
}

pub struct OwnedWishes {
    prompt: Option<String>,
    login_hint: Option<String>,
    pub max_age: Option<i64>,
    ui_locales: Option<String>,
}

impl OwnedWishes {
    fn as_ref(&self) -> Wishes<'_> {
        Wishes {
            prompt: self.prompt.as_deref(),
            login_hint: self.login_hint.as_deref(),
            max_age: self.max_age,
            ui_locales: self.ui_locales.as_deref(),
        }
    }
}
