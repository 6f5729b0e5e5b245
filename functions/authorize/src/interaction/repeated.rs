//! The same answer again: two taps on a slow line, a form that is sent once more, a reload after an answer that never arrived.

use super::visit::Visit;
use crate::http::responses::see_other;
use axum::response::Response;
use rules::{
    authorize::{
        answer,
        interaction::{Interaction, Told},
    },
    grant::{Grant, GrantState, token},
};
use server::{
    http::answer::Answer,
    store::{StoreError, schema},
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
    let found = visit.server.store.find::<Grant>(schema::grant(&visit.tenant.id, grant), visit.now).await?;
    let secret = visit.browser.code(grant);
    let is_waiting = found.is_some_and(|found| match &found.state {
        GrantState::CodeIssued { code, expires_at } => code.matches(secret.expose()) && !expires_at.is_past(visit.now),
        _ => false,
    });
    Ok(is_waiting.then(|| see_other(&answer::with_code(target, issuer, &token::code(grant, &secret)))))
}

/// Another request wrote first: the same form, sent twice, gets what that one got, and everybody else is shown where things are.
pub async fn after_lost_race(visit: &Visit) -> Result<Answer, StoreError> {
    let key = schema::interaction(&visit.tenant.id, &visit.interaction.id);
    let now = visit.server.store.find::<Interaction>(key, visit.now).await?;
    let same = match now {
        Some(now) => same_answer(visit, &now).await?,
        None => None,
    };
    Ok(Answer::undecided(same.unwrap_or_else(|| see_other(&visit.url))))
}
