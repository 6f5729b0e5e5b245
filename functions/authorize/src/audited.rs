//! What is decided on a person's way, for the audit trail.

use crate::visit::Visit;
use rules::{
    authorize::interaction::{Consent, Interaction},
    grant::Grant,
    oauth::error::{ErrorCode, OAuthError},
    signed_in::SignedIn,
    tenant::Tenant,
};
use server::{
    audit::{Decision, Kind, Outcome, Who},
    request_notes,
};

fn who(tenant: &Tenant, user: &SignedIn) -> Who {
    Who::at(tenant, &user.sub, user.fhir_user.as_ref())
}

pub fn signed_in(tenant: &Tenant, user: &SignedIn) {
    let provider = user.provider.as_deref().unwrap_or_default();
    let decision = Decision::yes(Kind::SignIn).by(who(tenant, user));
    request_notes::decided(decision.with("amr", user.amr.join(" ")).with("provider", provider));
}

/// Whoever it is, their provider did not say so in a way that can be believed, or they are nobody here.
pub fn not_signed_in(provider: &str) {
    let said = "the identity provider's answer signs nobody in";
    request_notes::decided(Decision::no(Kind::SignIn, Outcome::MinorFailure, said).with("provider", provider));
}

pub fn signed_out(tenant: &Tenant, user: &SignedIn) {
    request_notes::decided(Decision::yes(Kind::SignOut).by(who(tenant, user)));
}

/// The grant is written.
pub fn consented(interaction: &Interaction, grant: &Grant, token: Option<Decision>) {
    request_notes::knows_grant(grant);
    let how = match interaction.consent {
        Some(Consent::Remembered(_)) => "given before, by the person or by the operator",
        _ => "given on a page",
    };
    let scope = &grant.approval.scope;
    request_notes::decided(Decision::yes(Kind::Consent).with("scope", scope).with("consent", how));
    if let Some(token) = token {
        request_notes::decided(token);
    }
}

/// The app gets no for an answer because somebody said no, the person or a rule.
pub fn denied(visit: &Visit, error: &OAuthError) {
    if error.code != ErrorCode::AccessDenied {
        return;
    }
    let interaction = &visit.interaction;
    if let Some(user) = &interaction.user {
        request_notes::knows_user(who(&visit.tenant, user));
    }
    let of_launch = interaction.launch.as_ref().and_then(|launch| launch.context.patient.as_deref());
    let patient = of_launch.or(interaction.patient.as_ref().map(|patient| patient.id.as_str()));
    request_notes::knows_patient(patient, &interaction.request.aud);
    let scope = &interaction.request.scope;
    request_notes::decided(
        Decision::no(Kind::Consent, Outcome::SeriousFailure, &error.description).with("scope", scope),
    );
}

pub fn taken_back(tenant: &Tenant, user: &SignedIn, client_id: &str) {
    request_notes::decided(Decision::yes(Kind::ConsentTakenBack).by(who(tenant, user)).with("client_id", client_id));
}
