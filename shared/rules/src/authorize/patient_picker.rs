//! The next step where the tenant says who may choose a patient, and the way back to that step.

use super::{
    interaction::Interaction,
    next_step::{NextStep, next_step},
};
use crate::{
    oauth::error::{ErrorCode, OAuthError},
    tenant::PatientPicker,
};

/// A person who may not choose gets no list of patients, and no form of theirs chooses one. A patient whom an EHR launched, or
/// who is the only one they may open, is no choice.
pub fn next_step_with<'a>(interaction: &'a Interaction, picker: &PatientPicker) -> NextStep<'a> {
    match next_step(interaction) {
        NextStep::PickPatient(_) if !interaction.user().is_some_and(|user| picker.is_for(user.fhir_user.as_ref())) => {
            let text = "you may not choose a patient here; open the app from the patient's record instead";
            NextStep::Refuse(OAuthError::new(ErrorCode::AccessDenied, text))
        }
        step => step,
    }
}

/// Whether the person may take back the patient they picked and pick another. A patient of the launch, or the only one they may
/// open, was never picked.
pub fn may_pick_another(interaction: &Interaction, picker: &PatientPicker) -> bool {
    let has_picked = interaction.choosing().is_some_and(|choosing| choosing.patient.is_some());
    has_picked && matches!(next_step_with(&interaction.before_patient(), picker), NextStep::PickPatient(_))
}
