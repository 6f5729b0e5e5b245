//! Whose record it is, for the pages that must say so.

use super::{another_patient, patient::PATIENTS};
use crate::{interaction::visit::Visit, pages::NamedPatient};

/// The patient as the FHIR server has them: an account's display name says who somebody is here, and not whose record will be
/// opened. A picked patient was read when they were picked.
pub async fn named_patient(visit: &Visit, id: &str) -> NamedPatient {
    let may_be_another = another_patient::may_be_picked(visit);
    let picked = visit.interaction.choosing().and_then(|choosing| choosing.patient.as_ref());
    if let Some(name) = picked.filter(|picked| picked.id == id).and_then(|picked| picked.name.clone()) {
        return NamedPatient { name, is_read: true, may_be_another };
    }
    let read = match visit.fhir_reader(PATIENTS).await {
        Ok(reader) => reader.patient(id).await,
        Err(error) => Err(error),
    };
    match read {
        Ok(patient) => NamedPatient { name: visit.t.patient_label(&patient), is_read: true, may_be_another },
        // The page must not fail because the record system does; it says which record is meant, and that it can't say whose.
        Err(error) => {
            tracing::warn!(tenant = visit.tenant.id.as_str(), %error, "the patient of a page could not be read");
            NamedPatient { name: format!("Patient/{id}"), is_read: false, may_be_another }
        }
    }
}
