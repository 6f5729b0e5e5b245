//! `prompt=none`: the app's answer at once, or the error that names the page it would have taken (OIDC Core §3.1.2.6). No
//! page, no cookie, nothing for a frame to show.

use crate::{finish::finish_with, unasked, visit::Visit};
use axum::{http::HeaderMap, response::Response};
use rules::{
    authorize::next_step::{NextStep, next_step},
    oauth::error::{ErrorCode, OAuthError},
};
use server::store::Write;

/// `create` writes the interaction, which is kept only where there is something to finish.
pub async fn answer(mut visit: Visit, headers: &HeaderMap, create: Write) -> Result<Response, OAuthError> {
    visit.look_who_it_is(headers).await?;
    // Nobody need be asked whose yes is known.
    if let Some(answered) = unasked::answered(&visit, &visit.interaction).await? {
        visit.interaction.value = answered;
    }
    let step = next_step(&visit.interaction);
    if let Some(error) = step.needs_a_page() {
        return Err(error);
    }
    match step {
        NextStep::Finish(finish) => {
            visit.server.store.commit(vec![create]).await?;
            finish_with(&visit, &visit.interaction, finish).await
        }
        NextStep::Refuse(error) => Err(error),
        _ => Err(OAuthError::new(ErrorCode::InteractionRequired, "a page would have to be shown")),
    }
}
