//! A person who can sign in, and whose records they may open.

use crate::{secret::ChosenSecretHash, tenant::TenantId};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct User {
    pub tenant: TenantId,
    /// What the person types, in the form of `precis::kept_username`; those who were kept before it as their file had it. In lower case it
    /// is the item's key.
    pub username: String,
    /// The `sub` of their tokens: stable, never given to somebody else, at most 255 ASCII characters (OIDC Core §2).
    pub sub: String,
    pub name: String,
    pub password: ChosenSecretHash,
    /// Base URL of the one FHIR server where `fhir_user` and `patients` are: the same id at another is somebody else's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fhir_server: Option<String>,
    /// `Practitioner/123`, relative to that FHIR server.
    pub fhir_user: Option<FhirUser>,
    /// Bare ids of the patients that a related person acts for.
    pub patients: Vec<String>,
}

/// A reference to the person's own resource: `Patient/123`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FhirUser {
    pub resource: FhirUserType,
    pub id: String,
}

/// The types SMART allows (SMART App Launch 2.2, scopes for requesting identity data).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum FhirUserType {
    Patient,
    Practitioner,
    PractitionerRole,
    RelatedPerson,
    Person,
}

impl FhirUserType {
    pub const ALL: [FhirUserType; 5] = [
        FhirUserType::Patient,
        FhirUserType::Practitioner,
        FhirUserType::PractitionerRole,
        FhirUserType::RelatedPerson,
        FhirUserType::Person,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            FhirUserType::Patient => "Patient",
            FhirUserType::Practitioner => "Practitioner",
            FhirUserType::PractitionerRole => "PractitionerRole",
            FhirUserType::RelatedPerson => "RelatedPerson",
            FhirUserType::Person => "Person",
        }
    }
}

impl FhirUser {
    /// Absolute, below this base URL.
    pub fn url(&self, base: &str) -> String {
        format!("{}/{}/{}", base.trim_end_matches('/'), self.resource.as_str(), self.id)
    }
}

impl TryFrom<String> for FhirUser {
    type Error = String;

    fn try_from(text: String) -> Result<FhirUser, String> {
        let expected = || format!("expected Patient/ID, Practitioner/ID, RelatedPerson/ID …, found `{text}`");
        let (resource, id) = text.split_once('/').ok_or_else(expected)?;
        let resource = match resource {
            "Patient" => FhirUserType::Patient,
            "Practitioner" => FhirUserType::Practitioner,
            "PractitionerRole" => FhirUserType::PractitionerRole,
            "RelatedPerson" => FhirUserType::RelatedPerson,
            "Person" => FhirUserType::Person,
            _ => return Err(expected()),
        };
        if !crate::fhir_id::is_id(id) {
            return Err(expected());
        }
        Ok(FhirUser { resource, id: id.to_owned() })
    }
}

impl From<FhirUser> for String {
    fn from(user: FhirUser) -> String {
        format!("{}/{}", user.resource.as_str(), user.id)
    }
}

/// Under which name a person is known here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    pub username: String,
    /// The identity provider that vouched for them; none for a user of the tenant's own.
    pub provider: Option<String>,
    /// The `iss` of its word: under another issuer the same provider knows other people.
    #[serde(default)]
    pub issuer: Option<String>,
}

/// Whose records a person may open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach<'a> {
    /// A clinician: the FHIR server decides.
    Any,
    /// A patient (one), or somebody who acts for these.
    Only(Vec<&'a str>),
}

impl Reach<'_> {
    pub fn includes(&self, patient: &str) -> bool {
        match self {
            Reach::Any => true,
            Reach::Only(patients) => patients.contains(&patient),
        }
    }
}

/// A person's own record if they are a patient, those they act for otherwise; clinicians reach any.
pub fn reach<'a>(fhir_user: Option<&'a FhirUser>, patients: &'a [String]) -> Reach<'a> {
    let acts_for = patients.iter().map(String::as_str);
    match fhir_user {
        Some(FhirUser { resource: FhirUserType::Practitioner | FhirUserType::PractitionerRole, .. }) => Reach::Any,
        Some(FhirUser { resource: FhirUserType::Patient, id }) => {
            Reach::Only(std::iter::once(id.as_str()).chain(acts_for).collect())
        }
        Some(_) | None => Reach::Only(acts_for.collect()),
    }
}
