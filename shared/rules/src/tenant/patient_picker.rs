//! The page on which a person chooses a patient: who may, what it shows at first, and by which identifiers.

use crate::user::{FhirUser, FhirUserType};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PatientPicker {
    /// The page lists nobody until something was searched for.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub search_first: bool,
    /// Who may choose. Empty: everybody who has a choice.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub user_types: Vec<FhirUserType>,
    /// The systems of the identifiers that are shown, in this order. Empty: a medical record number and nothing else.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub identifiers: Vec<String>,
}

impl PatientPicker {
    pub fn is_for(&self, fhir_user: Option<&FhirUser>) -> bool {
        self.user_types.is_empty() || fhir_user.is_some_and(|user| self.user_types.contains(&user.resource))
    }
}
