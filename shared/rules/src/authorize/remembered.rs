//! When a yes needs no page: the operator gave it for a first-party app, or the person gave it before and it is remembered.

use super::{
    consent::{approved, is_denial},
    next_step::Offer,
    oidc_params::Prompt,
    redirect_target::ResponseType,
    request::AuthorizationRequest,
};
use crate::{
    client::{AsksConsent, Client},
    scope::{ScopeSet, narrow},
    secret::SecretHash,
    tenant::{GivenAccess, Policy, RememberFor, Tenant, TenantId},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// What a person was offered, and what they chose.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RememberedConsent {
    pub tenant: TenantId,
    pub sub: String,
    pub client_id: String,
    /// For whom it holds: see [`name`].
    pub name: SecretHash,
    pub offered: ScopeSet,
    pub chosen: ScopeSet,
    /// The end of what they allowed, where they chose one. A yes that is remembered makes it no longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lasts_until: Option<Timestamp>,
    #[serde(default = "long_ago")]
    pub given_at: Timestamp,
    pub expires_at: Timestamp,
}

impl RememberedConsent {
    /// The end of it: the one that was written, or an earlier one if the tenant remembers no yes for so long any more.
    pub fn holds_until(&self, policy: &Policy) -> Timestamp {
        self.expires_at.min(self.given_at.plus(policy.remember_consent_seconds))
    }
}

/// For those that were written before the member existed.
fn long_ago() -> Timestamp {
    Timestamp(0)
}

/// What is asked, and by which app.
#[derive(Clone, Copy)]
pub struct ConsentQuestion<'a> {
    pub request: &'a AuthorizationRequest,
    pub client: &'a Client,
    pub offer: &'a Offer<'a>,
}

/// Whether this request may be answered without a page at all. A public client that is not reached over https could be
/// anybody on the device, so its user must see each request (RFC 8252 §8.6), and so must whoever the app wants asked.
pub fn needs_no_page(request: &AuthorizationRequest, client: &Client) -> bool {
    // OIDC Core §3.1.2.1: an app that asks for the page gets it.
    !request.prompts(Prompt::Consent) && may_be_remembered(request, client)
}

fn may_be_remembered(request: &AuthorizationRequest, client: &Client) -> bool {
    let target = &request.redirect;
    // Of a public client that nobody registered, nothing but its address is known.
    let known = !client.is_public() || (target.redirect_uri.starts_with("https://") && client.origin.is_none());
    known && target.response == ResponseType::Code
}

/// The operator's word for an app of their own: all that is offered.
pub fn by_operator(question: &ConsentQuestion<'_>) -> Option<ScopeSet> {
    (question.client.consent == AsksConsent::Never).then(|| question.offer.scope.clone())
}

/// The person's own word. None if more is asked than they were offered then, or if the app has come to need something
/// that they left out, or if nothing of what is asked now was chosen then, or if what the app was given then was ended, or if
/// it holds no longer.
pub fn by_person(
    question: &ConsentQuestion<'_>,
    before: &RememberedConsent,
    tenant: &Tenant,
    now: Timestamp,
) -> Option<ScopeSet> {
    let patient = question.offer.context.patient.as_deref();
    let RememberedConsent { client_id, sub, given_at, .. } = before;
    if tenant.has_ended(&GivenAccess { client_id, sub, patient, at: *given_at })
        || before.holds_until(&tenant.policy).is_past(now)
    {
        return None;
    }
    let chosen = narrow(&question.offer.scope, &before.chosen).granted;
    let needed = narrow(&question.offer.scope, &question.client.required_scope).granted;
    let says_yes =
        chosen.covers(&needed) && !is_denial(&question.offer.scope, &approved(&question.offer.scope, &chosen));
    (before.offered.covers(&question.offer.scope) && says_yes).then_some(chosen)
}

/// What to remember of a yes that was given on a page.
pub fn to_remember(
    question: &ConsentQuestion<'_>,
    chosen: &ScopeSet,
    lasts_until: Option<Timestamp>,
    tenant: &Tenant,
    now: Timestamp,
) -> Option<RememberedConsent> {
    let policy = &tenant.policy;
    let expires_at = now.plus(policy.remember_consent_seconds);
    (policy.remember_consent_seconds > 0 && may_be_remembered(question.request, question.client)).then(|| {
        RememberedConsent {
            tenant: tenant.id.clone(),
            sub: question.offer.user.sub.clone(),
            client_id: question.client.client_id.clone(),
            name: name(question, policy),
            offered: question.offer.scope.clone(),
            chosen: chosen.clone(),
            lasts_until,
            given_at: now,
            expires_at: lasts_until.map_or(expires_at, |end| expires_at.min(end)),
        }
    })
}

/// One app, one FHIR server, and one record unless the policy says that a yes holds for every record.
pub fn name(question: &ConsentQuestion<'_>, policy: &Policy) -> SecretHash {
    name_for(question.request, question.client, question.offer.context.patient.as_deref(), policy)
}

/// The same before anything is offered, if this is the patient that will be.
pub fn name_for(request: &AuthorizationRequest, client: &Client, patient: Option<&str>, policy: &Policy) -> SecretHash {
    let patient = match policy.remember_consent_for {
        RememberFor::Patient => patient,
        RememberFor::User => None,
    };
    match &client.origin {
        None => SecretHash::of(&serde_json::json!([client.client_id, request.audience(), patient]).to_string()),
        // The yes was to what the document said then.
        Some(origin) => {
            SecretHash::of(&serde_json::json!([client.client_id, request.audience(), patient, origin.hash]).to_string())
        }
    }
}
