//! Koppeltaal's launch, where a tenant takes it: who signs in where (TOP-KT-023).

use crate::{identity_provider::Template, user::FhirUserType};
use serde::{Deserialize, Serialize};

/// What a tenant says of HTI launches. Where it says nothing, it takes none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hti {
    /// The id of this server's own `Device`, which the audit trail names as the observer.
    pub device: String,
    /// The domain's default, for apps that have no list of their own. The first of a user type is where its people sign in, unless the
    /// launch names another.
    pub sign_in: Vec<HtiSignIn>,
}

/// One identity provider for one type of user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HtiSignIn {
    pub user_type: FhirUserType,
    pub provider: String,
    /// `system|{claim}`: the identifier that the person's resource must have. Absent: as the provider itself says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identifier: Option<Template>,
}

/// The types that a launch can name. HTI's `Person` is none of Koppeltaal's (HTI-8).
pub const HTI_USER_TYPES: [FhirUserType; 3] =
    [FhirUserType::Patient, FhirUserType::Practitioner, FhirUserType::RelatedPerson];
