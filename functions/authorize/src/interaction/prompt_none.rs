//! `prompt=none`: the app's answer at once, or the error that names the page it would have taken (OIDC Core §3.1.2.6). No
//! page, no cookie, nothing for a frame to show.

use super::{complete::complete, consent_skip, visit::Visit};
use axum::http::HeaderMap;
use rules::{
    authorize::next_step::NextStep,
    oauth::error::{ErrorCode, OAuthError},
};
use server::{
    http::answer::{Answer, Refusal},
    store::Write,
};

/// `create` writes the interaction, which is kept only where there is something to finish.
pub async fn answer(mut visit: Visit, headers: &HeaderMap, create: Write) -> Result<Answer, Refusal> {
    visit.look_who_it_is(headers).await?;
    // Nobody need be asked whose yes is known.
    if let Some(answered) = consent_skip::answered(&visit, &visit.interaction).await? {
        visit.interaction.value = answered;
    }
    let step = visit.next_step(&visit.interaction);
    if let Some(error) = step.needs_a_page() {
        return Err(error.into());
    }
    match step {
        NextStep::Finish(finish) => {
            visit.server.store.write_unraced(vec![create]).await?;
            complete(&visit, &visit.interaction, finish).await
        }
        NextStep::Refuse(error) => Err(error.into()),
        _ => Err(OAuthError::new(ErrorCode::InteractionRequired, "a page would have to be shown").into()),
    }
}
