//! The consent that needs no page: looked for before the page is shown, and kept when it was given on one.

use super::visit::{Begun, Visit};
use rules::{
    authorize::{
        interaction::{Consent, Interaction},
        next_step::{Finish, NextStep, is_about_a_patient, next_step, without_offline},
        remembered::{
            ConsentQuestion, RememberedConsent, by_operator, by_person, name, name_for, needs_no_page, to_remember,
        },
        request::AuthorizationRequest,
    },
    client::AsksConsent,
    session::ClaimedPerson,
    tenant::RememberFor,
};
use server::store::{Key, StoreError, Write, allowed::remembered_consent};

/// The interaction with its consent in it, if what comes next is to ask for one and nobody need be asked.
pub async fn answered(visit: &Visit, next: &Interaction) -> Result<Option<Interaction>, StoreError> {
    let NextStep::AskConsent(offer) = next_step(next) else { return Ok(None) };
    let question = ConsentQuestion { request: &next.request, client: &visit.client, offer: &offer };
    if !needs_no_page(&next.request, &visit.client) {
        return Ok(None);
    }
    let chosen = match by_operator(&question) {
        Some(all) => Some((all, None)),
        None => find(visit, &question).await?.and_then(|remembered| {
            Some((by_person(&question, &remembered, &visit.tenant, visit.now)?, remembered.lasts_until))
        }),
    };
    Ok(chosen.map(|(chosen, lasts_until)| {
        // Nobody was shown that the app goes on without them (VOUCH-11).
        let chosen = if next.goes_on_vouched().is_some() { without_offline(&chosen) } else { chosen };
        next.choose(|choosing| {
            choosing.consent = Some(Consent::Remembered(chosen));
            choosing.lasts_until = lasts_until;
        })
    }))
}

/// The same where a page can be shown: whatever goes wrong with memory, there is the page.
pub async fn answered_or_page(visit: &Visit, next: &Interaction) -> Option<Interaction> {
    answered(visit, next).await.unwrap_or_else(|error| {
        tracing::warn!(tenant = visit.tenant.id.as_str(), %error, "the remembered consent could not be read");
        None
    })
}

/// What must be written of this yes beside the grant. One that was given on a page is kept, if the tenant wants it remembered; one that was
/// remembered must still be there: taken away at this very moment, it lets nothing through.
pub fn write(visit: &Visit, interaction: &Interaction, finish: &Finish<'_>) -> Result<Option<Write>, StoreError> {
    let question = ConsentQuestion { request: &interaction.request, client: &visit.client, offer: &finish.offer };
    match finish.consent {
        Consent::Given(chosen) => {
            let kept = to_remember(&question, chosen, finish.lasts_until, &visit.tenant, visit.now);
            kept.map(|kept| Write::overwrite(&kept)).transpose()
        }
        Consent::Remembered(_) if interaction.hti.is_none() && by_operator(&question).is_none() => {
            Ok(Some(Write::while_alive(key(visit, &question), visit.now)))
        }
        Consent::Remembered(_) | Consent::Denied => Ok(None),
    }
}

fn key(visit: &Visit, question: &ConsentQuestion<'_>) -> Key {
    remembered_consent(&visit.tenant.id, &question.offer.user.sub, &name(question, &visit.tenant.policy))
}

async fn find(visit: &Visit, question: &ConsentQuestion<'_>) -> Result<Option<RememberedConsent>, StoreError> {
    if visit.tenant.policy.remember_consent_seconds == 0 {
        return Ok(None);
    }
    Ok(visit.item::<RememberedConsent>(key(visit, question)).await?.map(|found| found.value))
}

/// Where a yes to this request is, if the person is whom their browser claims and the patient is their own. It is read with the session;
/// another one is looked for when it is known whose.
pub fn likely_key(begun: Begun<'_>, request: &AuthorizationRequest, person: &ClaimedPerson) -> Option<Key> {
    let Begun { tenant, client, .. } = begun;
    let policy = &tenant.policy;
    let is_asked_for = policy.remember_consent_seconds > 0 && client.consent != AsksConsent::Never;
    // Whom an EHR shows is in the launch, which is read in the same call.
    let is_known = request.launch.is_none() || policy.remember_consent_for == RememberFor::User;
    let patient = person.patient.as_deref().filter(|_| is_about_a_patient(request));
    (is_asked_for && is_known && needs_no_page(request, client))
        .then(|| remembered_consent(&tenant.id, &person.sub, &name_for(request, client, patient, policy)))
}
