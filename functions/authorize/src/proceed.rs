//! `POST /{tenant}/authorize/{interaction}`: the user adds one fact, and the way goes on from there.

use crate::{
    answers,
    consent_page::chosen,
    finish::finish_with,
    picker_page::pick,
    provider, show,
    signed_in::go_on_as,
    visit::{FormOf, Visit},
};
use axum::{
    body::Bytes,
    extract::{Path, State, rejection::BytesRejection},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use shared::{
    authorize::{
        interaction::{Consent, Interaction, SignedIn},
        next_step::{NextStep, next_step},
    },
    oauth::{
        error::{ErrorCode, OAuthError},
        params::Params,
    },
    secret::ChosenSecretHash,
    server::Server,
    store::{Commit, Write, schema},
    user::User,
};
use std::sync::Arc;

pub async fn fact(
    State(server): State<Arc<Server>>,
    Path((tenant, id)): Path<(String, String)>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let mut visit = match Visit::find(server, (&tenant, &id), &headers).await {
        Ok(visit) => visit,
        Err(error) => return error.into_response(),
    };
    let Some(form) = body.ok().and_then(|body| Params::parse_page(&body).ok()) else {
        return visit.shell().bad_request("the form can't be read").into_response();
    };
    match visit.as_the_form_saw_it(form.get("csrf")) {
        FormOf::Nobody => return visit.shell().expired("the form's csrf token is wrong").into_response(),
        _ if visit.interaction.finished => return show::done(&visit),
        FormOf::EarlierPage => return answers::see_other(&visit.url),
        FormOf::ThisPage => {}
    }
    match add(&visit, &form).await {
        Ok(Added::Fact(next)) => proceed(&visit, *next).await,
        Ok(Added::SignIn(user)) => match go_on_as(&visit, *user).await {
            Ok(response) => response,
            Err(error) => answers::redirect_with_error(&visit.tenant, &visit.interaction.request.redirect, &error),
        },
        Err(error) => back_to_app(&visit, &error).await,
    }
}

enum Added {
    Fact(Box<Interaction>),
    SignIn(Box<SignedIn>),
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
        NextStep::LogIn if form.has("username") || form.has("password") => match sign_in(visit, form).await? {
            Some(user) => return Ok(Added::SignIn(Box::new(user))),
            None => next.failed_sign_ins += 1,
        },
        NextStep::ChooseAccount(candidate) => match form.get("account") {
            Some("same") => next.user = Some(candidate.clone()),
            Some("another") => next.another = true,
            _ => {}
        },
        NextStep::PickPatient(reach) => {
            if let Some(id) = form.get("patient") {
                next.patient = pick(visit, &reach, id).await;
            }
        }
        NextStep::AskConsent { offered, .. } => match form.get("decision") {
            Some("allow") => next.consent = Some(Consent::Given(chosen(visit, &offered, form))),
            Some("deny") => next.consent = Some(Consent::Denied),
            _ => {}
        },
        NextStep::LogIn | NextStep::Finish(_) | NextStep::Refuse(_) => {}
    }
    Ok(Added::Fact(Box::new(next)))
}

/// The user, if the password is theirs. An unknown name takes as long as a wrong password.
async fn sign_in(visit: &Visit, form: &Params) -> Result<Option<SignedIn>, OAuthError> {
    let (username, password) = (form.get("username").unwrap_or_default(), form.get("password").unwrap_or_default());
    // DynamoDB keys end at 2048 bytes; no username is near it.
    let named = !username.is_empty() && username.len() <= 255;
    let user = match named {
        true => visit.server.store.find::<User>(schema::user(&visit.tenant.id, username), visit.now).await?,
        false => None,
    };
    let right = match &user {
        Some(user) => user.password.matches(password),
        None => ChosenSecretHash::password_of_nobody(password),
    };
    Ok(user.filter(|_| right).map(|user| SignedIn::new(&user, visit.now)))
}

/// Goes as far as it can: to the next page, or to the app.
pub async fn proceed(visit: &Visit, next: Interaction) -> Response {
    let result = match next_step(&next) {
        NextStep::Refuse(error) => return back_to_app(visit, &error).await,
        NextStep::Finish(finish) => finish_with(visit, &next, finish).await,
        NextStep::LogIn | NextStep::ChooseAccount(_) | NextStep::PickPatient(_) | NextStep::AskConsent { .. } => {
            remember(visit, &next).await
        }
    };
    match result {
        Ok(response) => response,
        Err(error) => answers::redirect_with_error(&visit.tenant, &visit.interaction.request.redirect, &error),
    }
}

async fn remember(visit: &Visit, next: &Interaction) -> Result<Response, OAuthError> {
    // Whoever lost the race is shown where the winner left things.
    visit.server.store.commit(vec![Write::update(&visit.interaction, next)?]).await?;
    Ok(answers::see_other(&visit.url))
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
            answers::redirect_with_error(&visit.tenant, &visit.interaction.request.redirect, error)
        }
    }
}
