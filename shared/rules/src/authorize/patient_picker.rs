//! The next step where the tenant says who may choose a patient.

use super::{
    interaction::Interaction,
    next_step::{NextStep, next_step},
};
use crate::{
    oauth::error::{ErrorCode, OAuthError},
    tenant::PatientPicker,
};

/// Whoever may not choose gets no list of patients, and no form of theirs chooses one. A patient whom an EHR launched, or who is
/// the only one they may open, is no choice.
pub fn next_step_with<'a>(interaction: &'a Interaction, picker: &PatientPicker) -> NextStep<'a> {
    match next_step(interaction) {
        NextStep::PickPatient(_) if !interaction.user().is_some_and(|user| picker.is_for(user.fhir_user.as_ref())) => {
            let text = "you may not choose a patient here; open the app from the patient's record instead";
            NextStep::Refuse(OAuthError::new(ErrorCode::AccessDenied, text))
        }
        step => step,
    }
}
