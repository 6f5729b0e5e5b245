//! A request that has just arrived: the app's answer at once where no page has to be shown, or else the first page. One exchange, and
//! the table hears of the interaction only if there is a page.

use super::{complete::complete, consent_skip, own_page, push, visit::Visit};
use crate::{audit, http::responses::see_other};
use axum::response::IntoResponse;
use rules::{
    authorize::{next_step::NextStep, oidc_params::Prompt},
    oauth::error::{ErrorCode, OAuthError},
};
use server::{
    http::answer::{Answer, Refusal},
    store::{Commit, Write},
};

/// What is written if a page is shown.
pub struct FirstPage {
    /// The interaction.
    pub create: Write,
    /// That a pushed request was opened, if this is the first time.
    pub open: Option<Write>,
}

pub async fn answer(mut visit: Visit, first: FirstPage) -> Result<Answer, Refusal> {
    if let Some(response) = own_page::takes_over(&visit, &visit.interaction) {
        return Ok(Answer::undecided(response));
    }
    let without_pages = visit.interaction.request.prompts(Prompt::None);
    let answered = match without_pages {
        true => consent_skip::answered(&visit, &visit.interaction).await?,
        false => consent_skip::answered_or_page(&visit, &visit.interaction).await,
    };
    if let Some(answered) = answered {
        visit.interaction.value = answered;
    }
    // With an answer, its use is written beside that.
    if !matches!(visit.next_step(&visit.interaction), NextStep::Finish(_)) {
        visit.use_session().await?;
    }
    let step = visit.next_step(&visit.interaction);
    match step.needs_a_page() {
        // OIDC Core §3.1.2.6: no page, no cookie, nothing for a frame to show.
        Some(error) if without_pages => Err(error.into()),
        Some(_) => show_first_page(&visit, first).await,
        None => match step {
            NextStep::Finish(finish) => complete(&visit, &visit.interaction, finish).await,
            NextStep::Refuse(error) => Err(match audit::denied(&visit, &error) {
                Some(record) => Refusal::of(error, record),
                None => error.into(),
            }),
            // A request that has just arrived is not done.
            _ => Err(OAuthError::new(ErrorCode::ServerError, "the request can't be answered").into()),
        },
    }
}

async fn show_first_page(visit: &Visit, FirstPage { create, open }: FirstPage) -> Result<Answer, Refusal> {
    let store = &visit.server.store;
    match open {
        None => store.write_unraced(vec![create]).await?,
        // Another browser may have opened it a moment before, which is no reason to show nothing; or it has its answer.
        Some(open) => match store.commit(vec![create.clone(), open]).await? {
            Commit::Done => {}
            Commit::LostRace if push::state_now(visit).await?.is_some_and(|push| !push.is_used()) => {
                store.write_unraced(vec![create]).await?;
            }
            Commit::LostRace => return Ok(Answer::undecided(visit.context().used_push().into_response())),
        },
    }
    let mut response = see_other(&visit.url);
    visit.browser.put(&mut response, &visit.tenant, visit.id());
    Ok(Answer::undecided(response))
}
