//! The page on which a patient is chosen.

use super::{Frame, rich};
use crate::texts::NoDate;
use askama::Template;
use server::fhir::patients::{PatientQuery, PatientSummary};

/// A search and one page of its result.
#[derive(Template)]
#[template(path = "patient-picker.html")]
pub struct PatientPickerPage<'a> {
    pub frame: Frame<'a>,
    pub client_name: &'a str,
    pub action: &'a str,
    pub csrf: &'a str,
    /// What was typed, as it was.
    pub typed: &'a PatientQuery,
    /// Somebody who acts for a few sees them all; there is nothing to search.
    pub may_search: bool,
    pub patients: &'a [PatientRow],
    pub outcome: Outcome,
    /// "21 to 40 of 500".
    pub count: Option<String>,
    /// Where the pages before and after this one are.
    pub previous: Option<String>,
    pub next: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Found,
    /// There are more than these, and no page with them.
    Cut,
    /// What was typed as a birth date is none.
    NoDate(NoDate),
    /// Nothing was searched for yet, and the tenant lists nobody before that.
    SearchFirst,
    /// The FHIR server did not answer, or made no sense.
    Failed,
}

/// Enough of a patient to be sure it is the right one. What is empty is shown as "not recorded", since a gap is a warning too;
/// an identifier that is not shown may be recorded all the same.
pub struct PatientRow {
    pub patient: PatientSummary,
    pub age: String,
    pub sex: String,
    pub warnings: Vec<String>,
    /// Where the record is that took the place of this one.
    pub replacement: Option<String>,
}

impl PatientRow {
    fn may_be_chosen(&self) -> bool {
        self.patient.status.may_be_chosen()
    }
}

impl PatientPickerPage<'_> {
    fn is(&self, outcome: Outcome) -> bool {
        self.outcome == outcome
    }

    fn date_problem(&self) -> Option<&'static str> {
        match self.outcome {
            Outcome::NoDate(NoDate::Unreadable) => Some(self.frame.t.picker_bad_date()),
            Outcome::NoDate(NoDate::TwoReadings) => Some(self.frame.t.picker_two_dates()),
            Outcome::Found | Outcome::Cut | Outcome::SearchFirst | Outcome::Failed => None,
        }
    }

    fn leaves_a_choice(&self) -> bool {
        self.patients.iter().any(PatientRow::may_be_chosen)
    }

    fn name_of<'a>(&self, row: &'a PatientRow) -> &'a str {
        self.frame.t.patient_name(&row.patient)
    }

    fn recorded<'a>(&self, value: &'a str) -> &'a str {
        if value.trim().is_empty() { self.frame.t.not_recorded() } else { value }
    }
}
