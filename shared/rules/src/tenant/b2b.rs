//! A tenant's agreement on `hl7-b2b` (FAST Security 2.0.0 §5.2.1.2): each list is what is allowed, and without one everything
//! is.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct B2b {
    /// Values of `purpose_of_use`, as they are sent.
    pub purposes: Vec<String>,
    /// What an `organization_id` may begin with, without its colon: `https`, or `urn:oid`.
    pub organization_schemes: Vec<String>,
    /// What may stand before the `#` of a `subject_id`.
    pub subject_id_systems: Vec<String>,
    /// What may stand before the `#` of a `subject_role`.
    pub subject_role_systems: Vec<String>,
    /// Whether the audit trail names the person for whom a token was asked.
    pub subject_in_audit: bool,
}

impl B2b {
    pub fn is_default(&self) -> bool {
        *self == B2b::default()
    }
}
