//! The person whom a portal launched signs in at the provider that is listed for them, and nowhere else (HTI-9 to HTI-12). Whoever they
//! are at this browser already does not count, and they are signed in at it by nothing that is done here.

use super::{failure::NotSignedIn, pages, start::departure};
use crate::{
    http::browser::Browser,
    interaction::{
        advance::refuse, complete::completed, hti_launch, repeated, sign_in::replacing_cookie, visit::Visit,
    },
};
use rules::{
    authorize::{
        interaction::{Consent, Interaction, Stage},
        next_step::NextStep,
    },
    hti::HtiLaunch,
    identity_provider::{IdentityProvider, ways_in},
    oauth::error::{ErrorCode, OAuthError},
    session::SessionId,
    signed_in::SignedIn,
};
use server::{
    audit::{AuditRecord, OfLaunch, Outcome},
    http::answer::{Answer, Refusal},
};
use std::mem;

/// Off to the provider; there is nothing to choose.
pub async fn depart(visit: &Visit, launch: &HtiLaunch) -> Answer {
    let Some(provider) = ways_in::find(&visit.tenant.identity_providers, &launch.way.provider) else {
        return refuse(visit, denied("the identity provider of the launch is gone").into()).await;
    };
    match departure(visit, provider).await {
        Ok(response) => {
            let said = "idp call: the person is sent to the identity provider";
            Answer::deciding(response, event(visit, launch, provider, Outcome::Success, said))
        }
        Err(error) => Answer::undecided(pages::trouble(visit, provider, &error)),
    }
}

/// Back with the provider's answer: the app has its code, or a no.
pub async fn arrive(
    visit: &mut Visit,
    launch: &HtiLaunch,
    provider: &IdentityProvider,
    judged: Result<SignedIn, NotSignedIn>,
) -> Answer {
    let said = |visit: &Visit, outcome, said| event(visit, launch, provider, outcome, said);
    match judged {
        Ok(user) => {
            let record = said(visit, Outcome::Success, "idp login: the person has signed in");
            signed_in(visit, launch, user).await.unwrap_or_else(|refusal| visit.refused(refusal)).after(vec![record])
        }
        Err(NotSignedIn::Unknown(why)) => {
            let text = "the person who signed in is not the one whom the launch names";
            let record = said(visit, Outcome::SeriousFailure, "idp login: somebody else than the launch names");
            refuse(visit, Refusal::of(denied(text).because(why), record)).await
        }
        Err(error) => {
            let record = said(visit, Outcome::SeriousFailure, "idp login: the identity provider signed nobody in");
            Answer::deciding(pages::trouble(visit, provider, &error), record)
        }
    }
}

/// Nobody is asked for more. What the cookie of before could open, it opens no more: the code is made of a new one, once it is written.
async fn signed_in(visit: &mut Visit, launch: &HtiLaunch, user: SignedIn) -> Result<Answer, Refusal> {
    let browser = Browser::new();
    let stage = Stage::signed_in(user, SessionId::random());
    let next = Interaction { stage, ..replacing_cookie(&visit.interaction, visit, &browser) };
    // The person has chosen their task at the portal, and the app learns who they are and which it is.
    let all = Consent::Remembered(next.request.scope.clone());
    let next = next.choose(|choosing| choosing.consent = Some(all));
    let before = mem::replace(&mut visit.browser, browser);
    let completed = match visit.next_step(&next) {
        NextStep::Finish(finish) => completed(visit, &next, finish).await?,
        NextStep::Refuse(error) => return Err(error.into()),
        _ => return Err(OAuthError::new(ErrorCode::ServerError, "the launch can't be answered").into()),
    };
    if let Some(mut answer) = completed {
        visit.browser.put(&mut answer.response, &visit.tenant, visit.id());
        return Ok(answer);
    }
    visit.browser = before;
    if hti_launch::is_used(visit.begun(), launch).await? {
        return Ok(refuse(visit, hti_launch::used_before(traced(launch, visit))).await);
    }
    Ok(repeated::after_lost_race(visit).await?)
}

fn denied(text: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::AccessDenied, text)
}

fn event(visit: &Visit, launch: &HtiLaunch, provider: &IdentityProvider, outcome: Outcome, said: &str) -> AuditRecord {
    AuditRecord::of_launch(traced(launch, visit).at(&provider.issuer), outcome, said)
}

fn traced(launch: &HtiLaunch, visit: &Visit) -> OfLaunch {
    hti_launch::traced(launch, &visit.tenant, Some(&visit.interaction.id))
}
