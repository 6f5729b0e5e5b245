//! The consent that needs no page: looked for before the page is shown, and kept when it was given on one.

use super::visit::Visit;
use rules::authorize::{
    interaction::{Consent, Interaction},
    next_step::{Finish, NextStep, next_step},
    oidc_params::Prompt,
    remembered::{ConsentQuestion, RememberedConsent, by_operator, by_person, name, needs_no_page, to_remember},
};
use server::store::{StoreError, Write, allowed::remembered_consent};

/// The interaction with its consent in it, if what comes next is to ask for one and nobody need be asked.
pub async fn answered(visit: &Visit, next: &Interaction) -> Result<Option<Interaction>, StoreError> {
    let NextStep::AskConsent(offer) = next_step(next) else { return Ok(None) };
    let question = ConsentQuestion { request: &next.request, client: &visit.client, offer: &offer };
    // OIDC Core §3.1.2.1: an app that asks for the page gets it.
    if !needs_no_page(&question, next.request.prompts(Prompt::Consent)) {
        return Ok(None);
    }
    let chosen = match by_operator(&question) {
        Some(all) => Some(all),
        None => find(visit, &question)
            .await?
            .and_then(|remembered| by_person(&question, &remembered, &visit.tenant, visit.now)),
    };
    Ok(chosen.map(|chosen| next.choose(|choosing| choosing.consent = Some(Consent::Remembered(chosen)))))
}

/// The same where a page can be shown: whatever goes wrong with memory, there is the page.
pub async fn answered_or_page(visit: &Visit, next: &Interaction) -> Option<Interaction> {
    answered(visit, next).await.unwrap_or_else(|error| {
        tracing::warn!(tenant = visit.tenant.id.as_str(), %error, "the remembered consent could not be read");
        None
    })
}

/// What to keep of this yes, if it was given on a page and the tenant wants it remembered.
pub fn remember(visit: &Visit, interaction: &Interaction, finish: &Finish<'_>) -> Result<Option<Write>, StoreError> {
    let Consent::Given(chosen) = finish.consent else { return Ok(None) };
    let question = ConsentQuestion { request: &interaction.request, client: &visit.client, offer: &finish.offer };
    let kept = to_remember(&question, chosen, &visit.tenant.id, &visit.tenant.policy, visit.now);
    kept.map(|kept| Write::overwrite(&kept)).transpose()
}

async fn find(visit: &Visit, question: &ConsentQuestion<'_>) -> Result<Option<RememberedConsent>, StoreError> {
    let policy = &visit.tenant.policy;
    if policy.remember_consent_seconds == 0 {
        return Ok(None);
    }
    let key = remembered_consent(&visit.tenant.id, &question.offer.user.sub, &name(question, policy));
    let found = visit.server.store.find::<RememberedConsent>(key, visit.now).await?;
    Ok(found.map(|found| found.value))
}
