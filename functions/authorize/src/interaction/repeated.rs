//! The same answer again: two taps on a slow line, a form that is sent once more, a reload after an answer that never arrived.

use super::{
    push,
    visit::{Begun, Visit},
};
use crate::http::{browser::Browser, responses::see_other, session::BrowserSession};
use axum::{
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use rules::{
    authorize::{
        answer,
        interaction::{Interaction, Told},
        pushed::PushedRequest,
        request::AuthorizationRequest,
    },
    grant::{Grant, GrantId, GrantState, token},
    launch::Launch,
    oauth::error::{ErrorCode, OAuthError},
    secret::Secret,
    tenant::TenantRecord,
    time::Timestamp,
};
use server::{
    Server,
    http::answer::{Answer, Refusal},
    store::{StoreError, Together, schema},
};

/// Where the browser was sent when it gave this answer first, for as long as nobody has used the code. None for any other
/// answer: the first one counts.
pub async fn same_answer(visit: &Visit, finished: &Interaction) -> Result<Option<Response>, StoreError> {
    let answered = finished.answered().filter(|_| !visit.browser.is_of_before_sign_in());
    let Some(answered) = answered.filter(|answered| answered.is_repeated_by(visit.form.as_ref())) else {
        return Ok(None);
    };
    let (target, issuer) = (&finished.request.redirect, &visit.tenant.issuer);
    let grant = match &answered.told {
        Told::Error { code, description } => {
            return Ok(Some(see_other(&answer::with_error(target, issuer, code, description))));
        }
        Told::Code(grant) => grant,
    };
    let code = waiting_code(&visit.server, &visit.tenant, &visit.code_browser(), grant, visit.now).await?;
    Ok(code.map(|code| see_other(&answer::with_code(target, issuer, &code))))
}

/// The code of this grant, if it was given to this browser and nobody has used it.
async fn waiting_code(
    server: &Server,
    tenant: &TenantRecord,
    browser: &Browser,
    grant: &GrantId,
    now: Timestamp,
) -> Result<Option<Secret>, StoreError> {
    let found = server.store.find::<Grant>(schema::grant(&tenant.id, grant), now).await?;
    let secret = browser.code(grant);
    let is_waiting = found.is_some_and(|found| match &found.state {
        GrantState::CodeIssued { code, expires_at } => code.matches(secret.expose()) && !expires_at.is_past(now),
        _ => false,
    });
    Ok(is_waiting.then(|| token::code(grant, &secret)))
}

/// The answer to a request that was answered at once before, and that used up the launch of an EHR or what the app had pushed: a browser
/// that saw its connection end asks again by itself, and either is there once. Only the session that got the first answer can make the code
/// again.
pub async fn at_once(
    begun: Begun<'_>,
    request: &AuthorizationRequest,
    push: Option<&PushedRequest>,
    known: &Together,
    headers: &HeaderMap,
) -> Result<Option<Answer>, StoreError> {
    let Begun { server, tenant, now, .. } = begun;
    let launch = match &request.launch {
        Some(handle) => known.get::<Launch>(&schema::launch(&tenant.id, handle))?,
        None => None,
    };
    let of_launch = launch.as_ref().and_then(|launch| launch.answer_to(&request.digest()));
    let Some(grant) = push.and_then(PushedRequest::answered).or(of_launch) else { return Ok(None) };
    let Some(session) = BrowserSession::among(known, tenant, headers, now)?.filter(|session| !session.is_idle) else {
        return Ok(None);
    };
    let code = waiting_code(server, tenant, &Browser::of_session(&session), grant, now).await?;
    Ok(code.map(|code| Answer::undecided(see_other(&answer::with_code(&request.redirect, &tenant.issuer, &code)))))
}

/// Another request wrote first: the same form, sent twice, gets what that one got, and everybody else is shown where things are.
pub async fn after_lost_race(visit: &Visit) -> Result<Answer, StoreError> {
    let key = schema::interaction(&visit.tenant.id, &visit.interaction.id);
    let now =
        visit.server.store.find_together(std::slice::from_ref(&key), visit.now).await?.get::<Interaction>(&key)?;
    let same = match now.as_ref() {
        Some(now) => same_answer(visit, now).await?,
        None => None,
    };
    if let Some(same) = same {
        return Ok(Answer::undecided(same));
    }
    // Of two browsers that were sent to the app's one request, the other has its answer: here there is nothing more to be said.
    if now.is_some_and(|now| !now.is_finished()) && is_used_elsewhere(visit).await? {
        return Ok(Answer::undecided(visit.context().used_push().into_response()));
    }
    Ok(Answer::undecided(see_other(&visit.url)))
}

/// The pushed request was used up, or its time has ended.
async fn is_used_elsewhere(visit: &Visit) -> Result<bool, StoreError> {
    Ok(visit.interaction.pushed.is_some() && push::state_now(visit).await?.is_none_or(|push| push.is_used()))
}

/// The same where nobody is at a page: what the very same request got that used the launch up a moment ago. Or else what the answer relied
/// on has ended.
pub async fn after_lost_answer(visit: &Visit) -> Result<Answer, Refusal> {
    let Visit { server, tenant, now, .. } = visit;
    let request = &visit.interaction.request;
    let pushed = push::state_now(visit).await?.filter(PushedRequest::is_used);
    if let Some(pushed) = pushed {
        let code = match pushed.answered() {
            Some(grant) => waiting_code(server, tenant, &visit.code_browser(), grant, *now).await?,
            None => None,
        };
        return Ok(Answer::undecided(match code {
            Some(code) => see_other(&answer::with_code(&request.redirect, &tenant.issuer, &code)),
            None => visit.context().used_push().into_response(),
        }));
    }
    let launch = match &request.launch {
        Some(handle) => server.store.find::<Launch>(schema::launch(&tenant.id, handle), *now).await?,
        None => None,
    };
    let code = match launch.as_ref().and_then(|launch| launch.answer_to(&request.digest())) {
        Some(grant) => waiting_code(server, tenant, &visit.code_browser(), grant, *now).await?,
        None => None,
    };
    let code = code.ok_or_else(|| match launch.is_some_and(|launch| launch.used) {
        true => OAuthError::invalid_request("the launch was used meanwhile"),
        false => {
            let why = "the person has just signed out, or taken this app's access away";
            OAuthError::new(ErrorCode::AccessDenied, why)
        }
    })?;
    Ok(Answer::undecided(see_other(&answer::with_code(&request.redirect, &tenant.issuer, &code))))
}
