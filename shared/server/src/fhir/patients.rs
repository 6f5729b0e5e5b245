//! Patients, as the picker searches and shows them.

use super::{
    bundle::{self, PAGE, PageLink},
    failed::FhirFailed,
    reader::FhirReader,
};
use rules::{
    fhir_id::is_id,
    patient_record::{RecordStatus, shown_identifier},
};
use serde_json::Value;

/// What the picker shows, enough to choose safely.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatientSummary {
    pub id: String,
    /// Empty if the record has none.
    pub name: String,
    pub birth_date: String,
    pub sex: String,
    /// Of those that the tenant shows; empty if there is none.
    pub identifier: String,
    pub status: RecordStatus,
}

/// What somebody typed to find a patient; all of it must match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PatientQuery {
    pub name: String,
    /// `1978-04-17`, `1978-04` or `1978`.
    pub birth_date: String,
    /// A medical record number or the like, as `value` or `system|value`.
    pub identifier: String,
    /// The id of one record: where a link from the record that it replaced leads.
    pub record: String,
}

#[derive(Debug, Default)]
pub struct FoundPatients {
    pub patients: Vec<PatientSummary>,
    pub next: Option<PageLink>,
    pub previous: Option<PageLink>,
    /// There are more than these, and no way to page to them.
    pub is_cut: bool,
}

impl PatientQuery {
    pub fn is_empty(&self) -> bool {
        [&self.name, &self.birth_date, &self.identifier, &self.record].iter().all(|given| given.is_empty())
    }

    /// Whether a FHIR server can understand the date (FHIR R4 §2.24.0.1).
    pub fn has_good_date(&self) -> bool {
        self.birth_date.is_empty() || is_date(&self.birth_date)
    }

    fn parameters(&self) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("_count", &PAGE.to_string());
        let given = [
            ("name", bundle::escaped(&self.name, false)),
            ("birthdate", self.birth_date.clone()),
            ("identifier", bundle::escaped(&self.identifier, true)),
        ];
        query.extend_pairs(given.into_iter().filter(|(_, value)| !value.is_empty()));
        query.finish()
    }
}

impl FhirReader<'_> {
    pub async fn patients(&self, query: &PatientQuery) -> Result<FoundPatients, FhirFailed> {
        let bundle = self.get(&format!("Patient?{}", query.parameters())).await?;
        self.found_patients(&bundle)
    }

    /// Another page of a search.
    pub async fn patients_at(&self, link: &PageLink) -> Result<FoundPatients, FhirFailed> {
        let bundle = self.follow(link).await?;
        self.found_patients(&bundle)
    }

    /// Those of these patients that the server knows, in one request, in the order given.
    pub async fn patients_of(&self, ids: &[&str]) -> Result<FoundPatients, FhirFailed> {
        let shown = ids.get(..MOST_NAMED).unwrap_or(ids);
        // Nothing in an id needs encoding (FHIR R4 §2.24.0.1), and a comma stands for itself in a query.
        let answer = self.get(&format!("Patient?_count={}&_id={}", shown.len(), shown.join(","))).await?;
        let page = bundle::read_all(&answer, "Patient")?;
        let mut patients: Vec<PatientSummary> = page.iter().filter_map(|patient| self.summary(patient)).collect();
        let place = |patient: &PatientSummary| shown.iter().position(|id| *id == patient.id);
        // A server that does not know `_id` would send anybody.
        patients.retain(|patient| place(patient).is_some());
        patients.sort_by_key(place);
        patients.dedup_by(|a, b| a.id == b.id);
        Ok(FoundPatients { patients, is_cut: shown.len() < ids.len(), ..FoundPatients::default() })
    }

    pub async fn patient(&self, id: &str) -> Result<PatientSummary, FhirFailed> {
        let patient = self.resource("Patient", id).await?;
        self.summary(&patient).ok_or_else(|| FhirFailed("the answer is not this Patient".into()))
    }

    fn found_patients(&self, answer: &Value) -> Result<FoundPatients, FhirFailed> {
        let page = bundle::read(answer, self.base, "Patient")?;
        let patients = page.resources.iter().filter_map(|patient| self.summary(patient)).collect();
        Ok(FoundPatients { patients, next: page.next, previous: page.previous, is_cut: page.is_cut })
    }

    fn summary(&self, patient: &Value) -> Option<PatientSummary> {
        let id = patient["id"].as_str().filter(|id| patient["resourceType"] == "Patient" && is_id(id))?;
        let text = |value: &Value| value.as_str().unwrap_or_default().chars().take(100).collect::<String>();
        Some(PatientSummary {
            id: id.to_owned(),
            name: human_name(&patient["name"]),
            birth_date: text(&patient["birthDate"]),
            sex: text(&patient["gender"]),
            identifier: shown_identifier(patient, &self.tenant.pages.patient_picker.identifiers),
            status: RecordStatus::of(patient),
        })
    }
}

/// More than one family has, and fits into a URL.
const MOST_NAMED: usize = 50;

/// A year, a month of it, or a day of that.
fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let number = |part: &&str, length: usize, most: u32| {
        part.len() == length && part.bytes().all(|b| b.is_ascii_digit()) && part.parse().is_ok_and(|n: u32| n <= most)
    };
    let lengths = [(4, 9999), (2, 12), (2, 31)];
    (1..=3).contains(&parts.len()) && parts.iter().zip(lengths).all(|(part, (length, most))| number(part, length, most))
}

/// The official name, or the first there is; empty if there is none.
fn human_name(names: &Value) -> String {
    let names = names.as_array().map(Vec::as_slice).unwrap_or_default();
    let Some(name) = names.iter().find(|name| name["use"] == "official").or(names.first()) else {
        return String::new();
    };
    if let Some(text) = name["text"].as_str().filter(|text| !text.trim().is_empty()) {
        return text.chars().take(200).collect();
    }
    let given = name["given"].as_array().map(Vec::as_slice).unwrap_or_default().iter().filter_map(Value::as_str);
    let parts: Vec<&str> = given.chain(name["family"].as_str()).collect();
    parts.join(" ").chars().take(200).collect()
}
