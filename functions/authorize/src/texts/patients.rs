//! A patient in one line: enough to tell two people of one name apart.

use super::Texts;
use server::fhir::patients::PatientSummary;

impl Texts {
    pub fn patient_name(self, patient: &PatientSummary) -> &str {
        if patient.name.trim().is_empty() { self.patient_no_name() } else { &patient.name }
    }

    pub fn patient_label(self, patient: &PatientSummary) -> String {
        let mut label = self.patient_name(patient).to_owned();
        if !patient.birth_date.is_empty() {
            label += &format!(", {}", self.patient_born(self.date(&patient.birth_date)));
        }
        if !patient.identifier.is_empty() {
            label += &format!(", {}", patient.identifier);
        }
        label
    }
}
