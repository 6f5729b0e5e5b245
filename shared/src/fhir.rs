//! What this server knows of FHIR: the form of ids and references, and how to find patients for the picker.

use crate::{
    keys::{
        TenantRecord, TokenKind,
        outbound::{FetchFailed, Outbound},
        signer::{Signer, SigningFailed},
    },
    scope::ScopeSet,
    secret::Secret,
    time::Timestamp,
    token::AccessTokenClaims,
};
use serde_json::Value;
use std::fmt;

/// FHIR R4 §2.24.0.1, id.
pub fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
}

/// The form of a resource type's name.
pub fn is_type(text: &str) -> bool {
    text.len() <= 64
        && text.starts_with(|c: char| c.is_ascii_uppercase())
        && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// The type and id of `Type/id`.
pub fn relative_reference(text: &str) -> Option<(&str, &str)> {
    let (kind, id) = text.split_once('/')?;
    (is_type(kind) && is_id(id)).then_some((kind, id))
}

/// What the picker shows, enough to choose safely.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatientSummary {
    pub id: String,
    pub name: String,
    pub birth_date: String,
    pub sex: String,
    pub identifier: String,
}

impl PatientSummary {
    /// Enough in one line to tell two people of one name apart.
    pub fn label(&self) -> String {
        let mut label = self.name.clone();
        if !self.birth_date.is_empty() {
            label += &format!(", born {}", self.birth_date);
        }
        if !self.identifier.is_empty() {
            label += &format!(", {}", self.identifier);
        }
        label
    }
}

#[derive(Debug)]
pub struct FoundPatients {
    pub patients: Vec<PatientSummary>,
    /// There are more than these.
    pub more: bool,
}

/// The FHIR server gave no useful answer; for the log.
#[derive(Debug)]
pub struct FhirFailed(pub String);

impl fmt::Display for FhirFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<FetchFailed> for FhirFailed {
    fn from(error: FetchFailed) -> FhirFailed {
        FhirFailed(error.0)
    }
}

impl From<SigningFailed> for FhirFailed {
    fn from(error: SigningFailed) -> FhirFailed {
        FhirFailed(error.0)
    }
}

/// A FHIR server as this authorization server itself reads it: with a token of its own, for patients alone, for a minute.
pub struct PatientReader<'a> {
    outbound: &'a Outbound,
    base: &'a str,
    token: Secret,
}

/// The `client_id` in tokens that the server issues to itself; no client can be registered under it.
pub const OWN_CLIENT_ID: &str = "admit";
const PAGE: usize = 20;
const TOKEN_SECONDS: i64 = 60;

impl<'a> PatientReader<'a> {
    pub async fn new(
        (tenant, base): (&'a TenantRecord, &'a str),
        signer: &Signer,
        outbound: &'a Outbound,
        now: Timestamp,
    ) -> Result<Self, FhirFailed> {
        let scope = ScopeSet::strict("system/Patient.rs").map_err(|_| FhirFailed("own scope".into()))?;
        let claims = AccessTokenClaims::of_client(tenant, (OWN_CLIENT_ID, base), &scope, TOKEN_SECONDS, now);
        let token = signer.sign(tenant, TokenKind::AccessToken, &claims).await?;
        Ok(PatientReader { outbound, base: base.trim_end_matches('/'), token })
    }

    /// Patients whose name begins like this; without a name, the first page of all.
    pub async fn search(&self, name: &str) -> Result<FoundPatients, FhirFailed> {
        let bundle = self.get(&format!("Patient?{}", search_query(name))).await?;
        if bundle["resourceType"] != "Bundle" {
            return Err(FhirFailed("the answer to the search is no Bundle".into()));
        }
        let entries = bundle["entry"].as_array().map(Vec::as_slice).unwrap_or_default();
        let found = entries.iter().filter_map(|entry| summary(&entry["resource"])).take(PAGE);
        let links = bundle["link"].as_array().map(Vec::as_slice).unwrap_or_default();
        let more = links.iter().any(|link| link["relation"] == "next") || entries.len() > PAGE;
        Ok(FoundPatients { patients: found.collect(), more })
    }

    pub async fn read(&self, id: &str) -> Result<PatientSummary, FhirFailed> {
        let patient = self.get(&format!("Patient/{id}")).await?;
        summary(&patient).filter(|found| found.id == id).ok_or(FhirFailed("the answer is not this patient".into()))
    }

    async fn get(&self, path: &str) -> Result<Value, FhirFailed> {
        let fetched = self.outbound.fhir(&format!("{}/{path}", self.base), self.token.expose()).await?;
        serde_json::from_slice(&fetched.body).map_err(|_| FhirFailed("the answer is not JSON".into()))
    }
}

fn search_query(name: &str) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("_count", &PAGE.to_string());
    if !name.is_empty() {
        query.append_pair("name", name);
    }
    query.finish()
}

fn summary(patient: &Value) -> Option<PatientSummary> {
    let id = patient["id"].as_str().filter(|id| patient["resourceType"] == "Patient" && is_id(id))?;
    let text = |value: &Value| value.as_str().unwrap_or_default().chars().take(100).collect::<String>();
    let identifiers = patient["identifier"].as_array().map(Vec::as_slice).unwrap_or_default();
    let medical_record = |identifier: &&Value| {
        identifier["type"]["coding"]
            .as_array()
            .is_some_and(|codings| codings.iter().any(|coding| coding["code"] == "MR"))
    };
    let identifier = identifiers.iter().find(medical_record).or(identifiers.first());
    Some(PatientSummary {
        id: id.to_owned(),
        name: human_name(&patient["name"]),
        birth_date: text(&patient["birthDate"]),
        sex: text(&patient["gender"]),
        identifier: identifier.map(|identifier| text(&identifier["value"])).unwrap_or_default(),
    })
}

/// The official name, or the first there is.
fn human_name(names: &Value) -> String {
    let names = names.as_array().map(Vec::as_slice).unwrap_or_default();
    let Some(name) = names.iter().find(|name| name["use"] == "official").or(names.first()) else {
        return "(no name)".to_owned();
    };
    if let Some(text) = name["text"].as_str().filter(|text| !text.trim().is_empty()) {
        return text.chars().take(200).collect();
    }
    let given = name["given"].as_array().map(Vec::as_slice).unwrap_or_default().iter().filter_map(Value::as_str);
    let parts: Vec<&str> = given.chain(name["family"].as_str()).collect();
    if parts.is_empty() { "(no name)".to_owned() } else { parts.join(" ").chars().take(200).collect() }
}

/// Whole years from a FHIR date (`2019`, `2019-07` or `2019-07-21`) to `now`, in UTC.
pub fn age(birth_date: &str, now: Timestamp) -> Option<i64> {
    let mut parts = birth_date.split('-').map(|part| part.parse::<i64>().ok());
    let year = parts.next()??;
    let born = (parts.next().flatten().unwrap_or(1), parts.next().flatten().unwrap_or(1));
    let (this_year, month, day) = civil(now.0.div_euclid(86_400));
    let age = this_year - year - i64::from((month, day) < born);
    (0..150).contains(&age).then_some(age)
}

/// Year, month and day of a count of days since 1970 (the algorithm of Howard Hinnant, "days to civil").
pub(crate) fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn age_counts_whole_years() {
        let noon = Timestamp(1_795_262_400); // 2026-11-21T12:00Z
        assert_eq!(civil(noon.0 / 86_400), (2026, 11, 21));
        assert_eq!(age("1990-11-21", noon), Some(36));
        assert_eq!(age("1990-11-22", noon), Some(35));
        assert_eq!(age("2026", noon), Some(0));
        assert_eq!(age("later", noon), None);
    }
}
