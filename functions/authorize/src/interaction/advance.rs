//! From one fact to the next page, or to the app.

use super::{complete::complete, consent_skip, own_page, push, repeated, visit::Visit};
use crate::{audit, http::responses};
use axum::response::IntoResponse;
use rules::{
    authorize::{
        interaction::{Answered, Interaction, Told},
        next_step::NextStep,
        pushed::is_final,
    },
    oauth::{
        error::{ErrorCode, OAuthError},
        refused::Refused,
    },
};
use server::{
    http::answer::{Answer, Refusal},
    store::{Commit, StoreError, Write},
};

/// Goes as far as it can.
pub async fn advance(visit: &Visit, next: Interaction) -> Answer {
    if let Some(response) = own_page::takes_over(visit, &next) {
        return Answer::undecided(response);
    }
    let next = consent_skip::answered_or_page(visit, &next).await.unwrap_or(next);
    let result = match visit.next_step(&next) {
        NextStep::Refuse(error) => return refuse(visit, error.into()).await,
        NextStep::Finish(finish) => complete(visit, &next, finish).await,
        NextStep::LogIn
        | NextStep::SecondFactor(_)
        | NextStep::ChooseAccount { .. }
        | NextStep::ConfirmVouched { .. }
        | NextStep::FollowLinks(_)
        | NextStep::PickPatient(_)
        | NextStep::PickContext(_)
        | NextStep::AskConsent(_) => remember(visit, &next).await.map_err(Refusal::from),
        NextStep::Done => Ok(Answer::undecided(responses::see_other(&visit.url))),
    };
    result.unwrap_or_else(|refusal| visit.refused(refusal))
}

async fn remember(visit: &Visit, next: &Interaction) -> Result<Answer, StoreError> {
    match visit.server.store.commit(vec![Write::update(&visit.interaction, next)?]).await? {
        // The loser of a race is shown where the winner left things.
        Commit::Done | Commit::LostRace => Ok(Answer::undecided(responses::see_other(&visit.url))),
    }
}

/// The person sees where they are now before they say anything more.
pub async fn show_again(visit: &Visit) -> Result<Answer, StoreError> {
    remember(visit, &visit.interaction).await
}

pub fn cancelled() -> Refusal {
    OAuthError::new(ErrorCode::AccessDenied, "the user cancelled").into()
}

/// The app's answer is no. The interaction is finished, so that no later form can turn it into a yes.
pub async fn refuse(visit: &Visit, refusal: Refusal) -> Answer {
    let Refusal { error, records, .. } = refusal;
    let refused = Refused::of(&error);
    let told = Told::Error { code: refused.code.to_owned(), description: refused.description() };
    let finished = visit.interaction.finished(Some(Answered { form: visit.form.clone(), told }));
    let answer = match finish(visit, &finished, is_final(&error)).await {
        Ok(Commit::LostRace) => repeated::after_lost_race(visit).await.unwrap_or_else(|error| {
            let page = visit.context().outage(&error);
            Answer::undecided(page.into_response())
        }),
        Ok(Commit::Done) | Err(_) => {
            let redirect = &visit.interaction.request.redirect;
            let response = responses::redirect_refused(&visit.tenant, redirect, refused);
            Answer::undecided(response).after(audit::denied(visit, &error).into_iter().collect())
        }
    };
    answer.after(records)
}

/// A pushed request is not spent by a fault of ours: the same link begins again.
async fn finish(visit: &Visit, finished: &Interaction, is_final: bool) -> Result<Commit, StoreError> {
    let mut writes = vec![Write::update(&visit.interaction, finished)?];
    if is_final {
        writes.extend(push::spend(visit, finished, None).await?);
    }
    visit.server.store.commit(writes).await
}
