//! `POST /{tenant}/authorize/{interaction}`: the user adds one fact, and the way goes on from there.

use crate::{
    answers, audited,
    consent_page::chosen,
    context_page::picked,
    finish::finish_with,
    manage,
    picker_page::pick,
    provider, second_factor, show, sign_in,
    signed_in::{ask_for_more, go_on_as},
    unasked,
    visit::{FormOf, Visit},
};
use axum::{
    Extension,
    body::Bytes,
    extract::{Path, State, rejection::BytesRejection},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use rules::{
    authorize::{
        interaction::{Consent, Interaction},
        next_step::{NextStep, next_step},
        second_factor::Pending,
    },
    oauth::{
        error::{ErrorCode, OAuthError},
        params::Params,
    },
    signed_in::SignedIn,
};
use server::{
    Server,
    http::{address::Address, form_post::is_form},
    store::{Commit, Write},
};
use std::sync::Arc;

pub async fn fact(
    State(server): State<Arc<Server>>,
    Path((tenant, id)): Path<(String, String)>,
    headers: HeaderMap,
    address: Option<Extension<Address>>,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let mut visit = match Visit::find(server, (&tenant, &id), &headers).await {
        Ok(visit) => Visit { address: address.map(|Extension(address)| address), ..visit },
        Err(error) => return error.into_response(),
    };
    let Some(form) = body.ok().filter(|_| is_form(&headers)).and_then(|body| Params::parse_page(&body).ok()) else {
        return visit.shell().bad_request("the form can't be read").into_response();
    };
    match visit.as_the_form_saw_it(form.get("csrf")) {
        FormOf::Nobody => return visit.shell().expired("the form's csrf token is wrong").into_response(),
        _ if visit.interaction.finished => return show::done(&visit),
        FormOf::EarlierPage => return provider::after_form(&visit, &visit.interaction),
        FormOf::ThisPage => {}
    }
    match add(&visit, &form).await {
        Ok(Added::Fact(next)) => proceed(&visit, *next).await,
        Ok(Added::SignIn(user)) => go_on_as(&visit, *user).await.unwrap_or_else(|error| at_once(&visit, &error)),
        Ok(Added::Pending(user)) => ask_for_more(&visit, *user).await.unwrap_or_else(|error| at_once(&visit, &error)),
        // They may come back to this page and try again.
        Err(error) if error.status() == 429 => visit.shell().too_soon(&error).into_response(),
        Err(error) => back_to_app(&visit, &error).await,
    }
}

pub enum Added {
    Fact(Box<Interaction>),
    SignIn(Box<SignedIn>),
    /// A right password that is not enough.
    Pending(Box<Pending>),
}

fn at_once(visit: &Visit, error: &OAuthError) -> Response {
    answers::redirect_with_error(&visit.tenant, &visit.interaction.request.redirect, error)
}

/// The interaction with one more fact in it. A form of another step than the next one (an old tab, a back button) adds
/// nothing, and the browser is shown where it really is.
async fn add(visit: &Visit, form: &Params) -> Result<Added, OAuthError> {
    let mut next = visit.interaction.value.clone();
    if form.has("cancel") {
        next.consent = Some(Consent::Denied);
        return Err(OAuthError::new(ErrorCode::AccessDenied, "the user cancelled"));
    }
    match next_step(&visit.interaction) {
        NextStep::LogIn if !provider::takes_passwords(visit) => {}
        NextStep::LogIn if form.has("credential") => return sign_in::by_passkey(visit, form).await,
        NextStep::LogIn if form.has("username") || form.has("password") => {
            return sign_in::by_password(visit, form).await;
        }
        NextStep::SecondFactor(pending) => return second_factor::answer(visit, pending, form).await,
        NextStep::ChooseAccount(candidate) => match form.get("account") {
            Some("same") => next.user = Some(candidate.clone()),
            Some("another") => (next.another, next.candidate) = (true, None),
            _ => {}
        },
        NextStep::PickPatient(reach) => {
            if let Some(id) = form.get("patient") {
                next.patient = pick(visit, &reach, id).await;
            }
        }
        NextStep::PickContext(wanted) => next.picked.extend(picked(visit, &wanted, form).await),
        NextStep::AskConsent { offered, .. } => match form.get("decision") {
            Some("allow") => next.consent = Some(Consent::Given(chosen(visit, &offered, form))),
            Some("deny") => next.consent = Some(Consent::Denied),
            _ => {}
        },
        NextStep::LogIn | NextStep::FollowLinks(_) | NextStep::Finish(_) | NextStep::Refuse(_) => {}
    }
    Ok(Added::Fact(Box::new(next)))
}

/// Goes as far as it can: to the next page, or to the app.
pub async fn proceed(visit: &Visit, next: Interaction) -> Response {
    if let Some(response) = manage::takes_over(visit, &next) {
        return response;
    }
    let next = unasked::answered_or_page(visit, &next).await.unwrap_or(next);
    let result = match next_step(&next) {
        NextStep::Refuse(error) => return back_to_app(visit, &error).await,
        NextStep::Finish(finish) => finish_with(visit, &next, finish).await,
        NextStep::LogIn
        | NextStep::SecondFactor(_)
        | NextStep::ChooseAccount(_)
        | NextStep::FollowLinks(_)
        | NextStep::PickPatient(_)
        | NextStep::PickContext(_)
        | NextStep::AskConsent { .. } => remember(visit, &next).await,
    };
    result.unwrap_or_else(|error| at_once(visit, &error))
}

async fn remember(visit: &Visit, next: &Interaction) -> Result<Response, OAuthError> {
    // Whoever lost the race is shown where the winner left things.
    visit.server.store.commit(vec![Write::update(&visit.interaction, next)?]).await?;
    Ok(provider::after_form(visit, next))
}

/// The app's answer is no. The interaction is finished, so that no later form can turn it into a yes.
async fn back_to_app(visit: &Visit, error: &OAuthError) -> Response {
    let finished = Interaction { finished: true, ..visit.interaction.value.clone() };
    let written = match Write::update(&visit.interaction, &finished) {
        Ok(write) => visit.server.store.commit(vec![write]).await,
        Err(error) => Err(error),
    };
    match written {
        Ok(Commit::LostRace) => answers::see_other(&visit.url),
        Ok(Commit::Done) | Err(_) => {
            audited::denied(visit, error);
            answers::redirect_with_error(&visit.tenant, &visit.interaction.request.redirect, error)
        }
    }
}
