//! Whose record it is, for the pages that must say so.

use super::patient::PATIENTS;
use crate::interaction::visit::Visit;
use rules::user::FhirUserType;

/// The picked patient, the user's own record, or the one the EHR launched, read from the FHIR server.
pub async fn patient_name(visit: &Visit, id: &str) -> Option<String> {
    let choosing = visit.interaction.choosing()?;
    if let Some(picked) = choosing.patient.as_ref().filter(|picked| picked.id == id) {
        return picked.name.clone();
    }
    let own = choosing.user.fhir_user.as_ref();
    if own.is_some_and(|own| own.resource == FhirUserType::Patient && own.id == id) {
        return Some(choosing.user.name.clone());
    }
    // Without the name the page still says what is asked; it must not fail because the record system is slow.
    match visit.fhir_reader(PATIENTS).await {
        Ok(reader) => reader.patient(id).await.ok().map(|patient| visit.t.patient_label(&patient)),
        Err(_) => None,
    }
}
