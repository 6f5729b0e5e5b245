//! Decisions on a person's way, for the audit trail.

use crate::interaction::visit::Visit;
use rules::{
    authorize::interaction::Consent,
    grant::Grant,
    oauth::error::{ErrorCode, OAuthError},
    signed_in::SignedIn,
    time::Timestamp,
    vouch::Vouched,
};
use server::audit::{AuditRecord, EventKind, Outcome, Parties, Who, patient_reference};

fn who(user: &SignedIn) -> Who {
    Who::at(user.fhir_server.as_deref(), &user.sub, user.fhir_user.as_ref())
}

pub fn signed_in(user: &SignedIn) -> AuditRecord {
    let provider = user.provider.as_deref().unwrap_or_default();
    let record = AuditRecord::yes(EventKind::SignIn).by(who(user));
    record.with("amr", user.amr.join(" ")).with("provider", provider).vouched_by(user.vouched_by.as_deref())
}

/// Their provider did not say who they are in a way that can be believed, or they are nobody here.
pub fn not_signed_in(provider: &str) -> AuditRecord {
    let said = "the identity provider's answer led to no sign-in";
    AuditRecord::no(EventKind::SignIn, Outcome::MinorFailure, said).with("provider", provider)
}

/// The launch in which an EHR vouched for its user signs nobody in.
pub fn not_vouched(ehr: &str, vouched: &Vouched) -> AuditRecord {
    let said = "the launch in which an EHR vouched for its user led to no sign-in";
    let who = Who { sub: vouched.sub.clone(), fhir_user: None };
    AuditRecord::no(EventKind::SignIn, Outcome::MinorFailure, said).by(who).vouched_by(Some(ehr))
}

pub fn signed_out(user: &SignedIn) -> AuditRecord {
    AuditRecord::yes(EventKind::SignOut).by(who(user))
}

/// The grant is written.
pub fn consented(consent: &Consent, grant: &Grant) -> AuditRecord {
    let how = match consent {
        Consent::Remembered(_) => "given before, by the person or by the operator",
        Consent::Given(_) | Consent::Denied => "given on a page",
    };
    let record = AuditRecord::yes(EventKind::Consent).scope(&grant.approval.scope).with("consent", how);
    record.among(&Parties::of_grant(grant))
}

/// The app gets no for an answer because somebody said no, the person or a rule.
pub fn denied(visit: &Visit, error: &OAuthError) -> Option<AuditRecord> {
    let interaction = &visit.interaction;
    let choosing = interaction.choosing();
    let of_launch = interaction.launch.as_ref().and_then(|launch| launch.context.patient.as_deref());
    let picked = choosing.and_then(|choosing| choosing.patient.as_ref()).map(|patient| patient.id.as_str());
    let parties = Parties {
        user: choosing.map(|choosing| who(&choosing.user)),
        patient: of_launch.or(picked).map(|id| patient_reference(&interaction.request.aud, id)),
        ..Parties::default()
    };
    let record = AuditRecord::no(EventKind::Consent, Outcome::SeriousFailure, &error.description);
    (error.code == ErrorCode::AccessDenied).then(|| record.scope(&interaction.request.scope).among(&parties))
}

/// A second factor that was wrong, after a right password.
pub fn wrong_factor(user: &SignedIn, factor: &str, is_locked: bool) -> AuditRecord {
    let (outcome, said) = match is_locked {
        true => (Outcome::SeriousFailure, "the second factor was not judged, because too many were wrong before"),
        false => (Outcome::MinorFailure, "the second factor is wrong"),
    };
    AuditRecord::no(EventKind::SignIn, outcome, said).by(who(user)).with("factor", factor)
}

/// A passkey that signs nobody in. Whose it claims to be anybody could write.
pub fn wrong_passkey() -> AuditRecord {
    AuditRecord::no(EventKind::SignIn, Outcome::MinorFailure, "the passkey led to no sign-in").with("factor", "passkey")
}

/// What this person signs in with is another from now on: `password changed`, `passkey added`.
pub fn credentials_changed(user: &SignedIn, what: &str) -> AuditRecord {
    AuditRecord::yes(EventKind::CredentialChange).by(who(user)).with("change", what)
}

pub fn recovery_code_used(user: &SignedIn, left: usize) -> AuditRecord {
    credentials_changed(user, "recovery code used").with("codes_left", left)
}

/// A search of the picker: by what was searched, never for whom, and which records the page showed. None where the FHIR server
/// gave no answer.
pub fn searched(visit: &Visit, by: &str, shown: Option<Vec<String>>) -> AuditRecord {
    let aud = &visit.interaction.request.aud;
    let record = match shown {
        Some(ids) => {
            let shown: Vec<String> = ids.iter().map(|id| patient_reference(aud, id)).collect();
            AuditRecord::yes(EventKind::PatientSearch).with("shown", shown.len()).showing(shown)
        }
        None => AuditRecord::no(EventKind::PatientSearch, Outcome::MinorFailure, "the FHIR server gave no patients"),
    };
    let record = record.with("searched_by", by);
    match visit.interaction.user() {
        Some(user) => record.by(who(user)),
        None => record,
    }
}

/// What the app has of this person ends sooner than it would have.
pub fn shortened(user: &SignedIn, client_id: &str, until: Timestamp) -> AuditRecord {
    let record = AuditRecord::yes(EventKind::ConsentTakenBack).by(who(user)).with("client_id", client_id);
    record.with("until", until)
}

pub fn taken_back(user: &SignedIn, client_id: &str) -> AuditRecord {
    AuditRecord::yes(EventKind::ConsentTakenBack).by(who(user)).with("client_id", client_id)
}
