//! What else an app may want to know at launch: a visit, a study, a document of the patient (SMART App Launch 2.2,
//! `launch/encounter` and other `launch/…` scopes).

use super::{
    bundle::{self, PAGE},
    failed::FhirFailed,
    reader::FhirReader,
};
use rules::fhir_id::{is_id, relative_reference};
use serde_json::Value;

/// Enough of a resource to recognise it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    pub id: String,
    /// What it is, in the record's words; empty if it does not say.
    pub what: String,
    /// When it was or began, as FHIR writes it.
    pub when: String,
    pub status: String,
}

impl FhirReader<'_> {
    /// The patient's resources of this type, the latest first.
    pub async fn recent(&self, kind: &str, patient: &str) -> Result<Vec<Summary>, FhirFailed> {
        let answer = self.get(&format!("{kind}?patient={patient}&_count={}", 5 * PAGE)).await?;
        let resources = bundle::read_all(&answer, kind)?;
        let own = resources.iter().filter(|resource| is_of(resource, patient));
        let mut found: Vec<Summary> = own.filter_map(summary).collect();
        // Servers need not know `_sort`; a page of the latest is wanted, and a few more are read for it.
        found.sort_by(|a, b| b.when.cmp(&a.when));
        found.truncate(PAGE);
        Ok(found)
    }

    /// One of them, if it is this patient's.
    pub async fn one_of(&self, kind: &str, id: &str, patient: &str) -> Result<Option<Summary>, FhirFailed> {
        let resource = self.resource(kind, id).await?;
        Ok(is_of(&resource, patient).then(|| summary(&resource)).flatten())
    }
}

/// Whatever was searched: only what says itself that it is this patient's is offered.
fn is_of(resource: &Value, patient: &str) -> bool {
    let of = |member: &str| resource[member]["reference"].as_str().and_then(relative_reference);
    ["subject", "patient", "for"].iter().any(|member| of(member) == Some(("Patient", patient)))
}

fn summary(resource: &Value) -> Option<Summary> {
    let id = resource["id"].as_str().filter(|id| is_id(id))?;
    let whens = ["/period/start", "/started", "/effectiveDateTime", "/effectivePeriod/start", "/performedDateTime"];
    let more =
        ["/performedPeriod/start", "/onsetDateTime", "/recordedDate", "/authoredOn", "/authored", "/date", "/created"];
    let when = whens.iter().chain(&more).find_map(|path| resource.pointer(path)?.as_str());
    let described = ["description", "title"].iter().find_map(|member| resource[*member].as_str());
    let coded = ["/type/0", "/type", "/code", "/procedureCode/0", "/category/0"];
    let coded = coded.iter().find_map(|path| concept(resource.pointer(path)?));
    let class = resource["class"]["display"].as_str();
    let short = |text: Option<&str>| text.unwrap_or_default().chars().take(120).collect::<String>();
    Some(Summary {
        id: id.to_owned(),
        what: short(coded.or(described).or(class)),
        when: short(when),
        status: short(resource["status"].as_str()),
    })
}

fn concept(value: &Value) -> Option<&str> {
    value["text"].as_str().or_else(|| value["coding"][0]["display"].as_str())
}
