//! Patients, as the picker searches and shows them.

use super::{
    bundle::{self, PAGE, PageLink, SearchPage},
    failed::FhirFailed,
    reader::FhirReader,
};
use rules::{
    fhir_id::is_id,
    patient_record::{RecordStatus, ShownIdentifier, shown_identifiers},
    patient_search::{identifier_spellings, name_words},
};
use serde_json::Value;

/// What the picker shows, enough to choose safely.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatientSummary {
    pub id: String,
    pub name: PatientName,
    pub birth_date: String,
    pub sex: String,
    /// Those that the tenant shows.
    pub identifiers: Vec<ShownIdentifier>,
    pub status: RecordStatus,
}

/// The official name, or the first there is. What the record does not have is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PatientName {
    /// The whole of it.
    pub text: String,
    pub family: String,
    pub given: String,
}

/// What somebody typed to find a patient; all of it must match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PatientQuery {
    pub name: String,
    /// A FHIR date (FHIR R4 §2.24.0.1): `1978-04-17`, `1978-04` or `1978`.
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
    /// How many the server found in all, if it counts.
    pub total: Option<usize>,
    /// There are more than these, and no way to page to them.
    pub is_cut: bool,
}

impl PatientQuery {
    pub fn is_empty(&self) -> bool {
        [&self.name, &self.birth_date, &self.identifier, &self.record].iter().all(|given| given.is_empty())
    }

    fn parameters(&self) -> String {
        let any_of = |values: &[String], is_token| {
            values.iter().map(|value| bundle::escaped(value, is_token)).collect::<Vec<_>>().join(",")
        };
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("_count", &PAGE.to_string());
        query.extend_pairs(name_words(&self.name).iter().map(|word| ("name", any_of(word, false))));
        let given = [
            ("birthdate", self.birth_date.clone()),
            ("identifier", any_of(&identifier_spellings(&self.identifier), true)),
        ];
        query.extend_pairs(given.into_iter().filter(|(_, value)| !value.is_empty()));
        query.finish()
    }
}

impl FhirReader<'_> {
    pub async fn patients(&self, query: &PatientQuery) -> Result<FoundPatients, FhirFailed> {
        let question = format!("Patient?{}", query.parameters());
        // Servers need not know `_sort` (FHIR R4 §3.1.1.5.1); most pass it over, and some refuse it.
        let bundle = match self.get_if_understood(&format!("{question}&_sort=family,given,birthdate")).await? {
            Some(bundle) => bundle,
            None => self.get(&question).await?,
        };
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
        let mut patients: Vec<PatientSummary> =
            page.resources.iter().filter_map(|patient| self.summary(patient)).collect();
        patients.sort_by_cached_key(PatientSummary::place);
        let SearchPage { next, previous, total, is_cut, .. } = page;
        Ok(FoundPatients { patients, next, previous, total, is_cut })
    }

    fn summary(&self, patient: &Value) -> Option<PatientSummary> {
        let id = patient["id"].as_str().filter(|id| patient["resourceType"] == "Patient" && is_id(id))?;
        let text = |value: &Value| value.as_str().unwrap_or_default().chars().take(100).collect::<String>();
        Some(PatientSummary {
            id: id.to_owned(),
            name: human_name(&patient["name"]),
            birth_date: text(&patient["birthDate"]),
            sex: text(&patient["gender"]),
            identifiers: shown_identifiers(patient, &self.tenant.pages.patient_picker.identifiers),
            status: RecordStatus::of(patient),
        })
    }
}

/// More than one family has, and fits into a URL.
const MOST_NAMED: usize = 50;

fn human_name(names: &Value) -> PatientName {
    let names = names.as_array().map(Vec::as_slice).unwrap_or_default();
    let Some(name) = names.iter().find(|name| name["use"] == "official").or(names.first()) else {
        return PatientName::default();
    };
    let short = |text: &str| text.chars().take(200).collect::<String>();
    let given = name["given"].as_array().map(Vec::as_slice).unwrap_or_default().iter().filter_map(Value::as_str);
    let given = short(&given.collect::<Vec<_>>().join(" "));
    let family = short(name["family"].as_str().unwrap_or_default());
    let text = match name["text"].as_str().filter(|text| !text.trim().is_empty()) {
        Some(text) => short(text),
        None => short(format!("{given} {family}").trim()),
    };
    PatientName { text, family, given }
}

impl PatientSummary {
    /// Where it stands in a list: by family name, given name and birth date; who has no name comes last.
    fn place(&self) -> impl Ord + use<> {
        let PatientName { text, family, given } = &self.name;
        let by = if family.is_empty() { text } else { family };
        (by.is_empty(), by.to_lowercase(), given.to_lowercase(), self.birth_date.clone())
    }
}
