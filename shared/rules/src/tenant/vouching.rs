//! An EHR that may say who its user is: by which keys, and of whom.

use super::{AssertionAudience, Policy};
use crate::{
    jwk::RegisteredKeys,
    user::{FhirUser, FhirUserType},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Beside its secret: whoever has one of the two alone can vouch for nobody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vouching {
    pub keys: RegisteredKeys,
    /// Whose word it may give. Nobody else's sign-in is ever spared.
    pub user_types: BTreeSet<FhirUserType>,
    /// Whether an app that such a person has opened may go on without them (`offline_access`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub offline: bool,
}

/// As Koppeltaal names its launch among SMART's capabilities.
pub const HTI: &str = "context-ehr-hti";

impl Policy {
    pub fn promises_hti(&self) -> bool {
        self.capabilities.iter().flatten().any(|capability| capability == HTI)
    }

    /// Whether an EHR may say who its users are. Where a launch itself names its user, there is no other way in; and an EHR can vouch for
    /// accounts of this server alone.
    pub fn lets_ehrs_vouch(&self) -> bool {
        let is_koppeltaal = self.assertion_audience == AssertionAudience::Koppeltaal;
        !self.promises_hti() && !is_koppeltaal && self.local_sign_in != Some(false)
    }
}

impl Vouching {
    pub fn is_for(&self, fhir_user: Option<&FhirUser>) -> bool {
        fhir_user.is_some_and(|user| self.user_types.contains(&user.resource))
    }
}
