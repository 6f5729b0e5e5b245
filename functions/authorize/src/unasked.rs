//! The consent that needs no page: looked for before the page is shown, and kept when it was given on one.

use crate::visit::Visit;
use rules::authorize::{
    interaction::{Consent, Interaction},
    next_step::{NextStep, next_step},
    oidc_params::Prompt,
    remembered::{Asked, RememberedConsent, by_operator, by_person, may_go_unasked, name, to_remember},
};
use server::store::{StoreError, Write, allowed::remembered_consent};

/// The interaction with its consent in it, if what comes next is to ask for one and nobody need be asked.
pub async fn answered(visit: &Visit, next: &Interaction) -> Result<Option<Interaction>, StoreError> {
    let NextStep::AskConsent { user, offered, context } = next_step(next) else { return Ok(None) };
    let asked = Asked { request: &next.request, client: &visit.client, user, context: &context, offered: &offered };
    if !may_go_unasked(&asked, wants_a_page(next)) {
        return Ok(None);
    }
    let chosen = match by_operator(&asked) {
        Some(all) => Some(all),
        None => find(visit, &asked).await?.and_then(|remembered| by_person(&asked, &remembered)),
    };
    Ok(chosen.map(|chosen| Interaction { consent: Some(Consent::Remembered(chosen)), ..next.clone() }))
}

/// The same where a page can be shown: whatever goes wrong with memory, there is the page.
pub async fn answered_or_page(visit: &Visit, next: &Interaction) -> Option<Interaction> {
    answered(visit, next).await.unwrap_or_else(|error| {
        tracing::warn!(tenant = visit.tenant.id.as_str(), %error, "the remembered consent could not be read");
        None
    })
}

/// What to keep of this yes, if it was given on a page and the tenant wants it remembered.
pub fn remember(visit: &Visit, interaction: &Interaction) -> Result<Option<Write>, StoreError> {
    let Some(Consent::Given(chosen)) = &interaction.consent else { return Ok(None) };
    let before = Interaction { consent: None, ..interaction.clone() };
    let NextStep::AskConsent { user, offered, context } = next_step(&before) else { return Ok(None) };
    let asked = Asked { request: &before.request, client: &visit.client, user, context: &context, offered: &offered };
    let kept = to_remember(&asked, chosen, (&visit.tenant.id, &visit.tenant.policy), visit.now);
    kept.map(|kept| Write::overwrite(&kept)).transpose()
}

async fn find(visit: &Visit, asked: &Asked<'_>) -> Result<Option<RememberedConsent>, StoreError> {
    let policy = &visit.tenant.policy;
    if policy.remember_consent_seconds == 0 {
        return Ok(None);
    }
    let key = remembered_consent(&visit.tenant.id, &asked.user.sub, &name(asked, policy));
    let found = visit.server.store.find::<RememberedConsent>(key, visit.now).await?;
    Ok(found.map(|found| found.value))
}

/// OIDC Core §3.1.2.1: whoever asks for the page gets it.
fn wants_a_page(interaction: &Interaction) -> bool {
    interaction.request.prompts(Prompt::Consent)
}
