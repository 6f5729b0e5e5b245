//! A patient in one line: enough to tell two people of one name apart, and what must be known before their record is used.

use super::Texts;
use rules::patient_record::{IdentifierName, RecordStatus, ShownIdentifier};
use server::fhir::patients::PatientSummary;

impl Texts {
    pub fn patient_name(self, patient: &PatientSummary) -> &str {
        let name = &patient.name.text;
        if name.trim().is_empty() { self.patient_no_name() } else { name }
    }

    /// What a number is that a patient is known by.
    pub fn identifier_name(self, identifier: &ShownIdentifier) -> &str {
        match &identifier.name {
            IdentifierName::MedicalRecordNumber => self.picker_record_number(),
            IdentifierName::Said(name) => name,
            IdentifierName::Unsaid => self.picker_identifier(),
        }
    }

    pub fn patient_label(self, patient: &PatientSummary) -> String {
        let mut label = self.patient_name(patient).to_owned();
        if !patient.birth_date.is_empty() {
            label += &format!(", {}", self.patient_born(self.date(&patient.birth_date)));
        }
        for identifier in &patient.identifiers {
            label += &format!(", {}", identifier.value);
        }
        for warning in self.record_warnings(&patient.status) {
            label += &format!(" – {warning}");
        }
        label
    }

    /// In words: a colour says nothing to many, and to nobody aloud.
    pub fn record_warnings(self, status: &RecordStatus) -> Vec<String> {
        let RecordStatus { deceased, is_inactive, replacement } = status;
        let deceased = deceased.as_ref().map(|date| match date.as_str() {
            "" => self.record_deceased().to_owned(),
            date => self.record_deceased_on(self.date(date)).to_string(),
        });
        // Why a replaced record is not in use needs no saying.
        let inactive = (*is_inactive && replacement.is_none()).then(|| self.record_inactive().to_owned());
        let replaced = replacement.as_ref().map(|_| self.record_replaced().to_owned());
        [deceased, inactive, replaced].into_iter().flatten().collect()
    }
}
