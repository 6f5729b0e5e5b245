//! When a yes needs no page: the operator gave it for a first-party app, or the person gave it before and it is remembered.

use super::{
    consent::{approved, is_denial},
    redirect_target::ResponseType,
    request::AuthorizationRequest,
};
use crate::{
    client::{AsksConsent, Client},
    launch::LaunchContext,
    scope::{ScopeSet, narrow},
    secret::SecretHash,
    signed_in::SignedIn,
    tenant::{Policy, TenantId},
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
    pub expires_at: Timestamp,
}

/// Which requests a remembered yes answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RememberFor {
    /// Those on the same patient's record.
    #[default]
    Patient,
    /// Those on any record: a clinician is asked once per app.
    User,
}

/// What is asked, by whom, in which context.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    pub request: &'a AuthorizationRequest,
    pub client: &'a Client,
    pub user: &'a SignedIn,
    pub context: &'a LaunchContext,
    pub offered: &'a ScopeSet,
}

/// Whether this request may be answered without a page at all. A public client that is not reached over https could be
/// anybody on the device, so its user must see each request (RFC 8252 §8.6), and so must whoever the app wants asked.
pub fn may_go_unasked(asked: &Asked<'_>, wants_a_page: bool) -> bool {
    let target = &asked.request.redirect;
    let known = !asked.client.is_public() || target.redirect_uri.starts_with("https://");
    known && !wants_a_page && target.response == ResponseType::Code
}

/// The operator's word for an app of their own: all that is offered.
pub fn by_operator(asked: &Asked<'_>) -> Option<ScopeSet> {
    (asked.client.consent == AsksConsent::Never).then(|| asked.offered.clone())
}

/// The person's own word. None if more is asked than they were offered then, or if the app has come to need something
/// that they left out, or if nothing of what is asked now was chosen then.
pub fn by_person(asked: &Asked<'_>, before: &RememberedConsent) -> Option<ScopeSet> {
    let chosen = narrow(asked.offered, &before.chosen).granted;
    let needed = narrow(asked.offered, &asked.client.required_scope).granted;
    let says_yes = chosen.covers(&needed) && !is_denial(asked.offered, &approved(asked.offered, &chosen));
    (before.offered.covers(asked.offered) && says_yes).then_some(chosen)
}

/// What to remember of a yes that was given on a page.
pub fn to_remember(
    asked: &Asked<'_>,
    chosen: &ScopeSet,
    (tenant, policy): (&TenantId, &Policy),
    now: Timestamp,
) -> Option<RememberedConsent> {
    (policy.remember_consent_seconds > 0 && may_go_unasked(asked, false)).then(|| RememberedConsent {
        tenant: tenant.clone(),
        sub: asked.user.sub.clone(),
        client_id: asked.client.client_id.clone(),
        name: name(asked, policy),
        offered: asked.offered.clone(),
        chosen: chosen.clone(),
        expires_at: now.plus(policy.remember_consent_seconds),
    })
}

/// One app, one FHIR server, and one record unless the policy says that a yes holds for every record.
pub fn name(asked: &Asked<'_>, policy: &Policy) -> SecretHash {
    let patient = match policy.remember_consent_for {
        RememberFor::Patient => asked.context.patient.as_deref(),
        RememberFor::User => None,
    };
    SecretHash::of(&serde_json::json!([asked.client.client_id, asked.request.aud, patient]).to_string())
}
