//! Somebody who has proven who they are, here or elsewhere, as sessions and interactions keep it.

use crate::{secret::SecretHash, time::Timestamp, user::FhirUser};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SignedIn {
    pub username: String,
    pub sub: String,
    pub name: String,
    pub fhir_user: Option<FhirUser>,
    pub patients: Vec<String>,
    pub auth_time: Timestamp,
    /// The OpenID provider that vouched for them; none for a user of the tenant itself.
    #[serde(default)]
    pub provider: Option<String>,
    /// How they proved who they are (RFC 8176), and what that is worth (OIDC Core §2); for the id_token.
    #[serde(default)]
    pub amr: Vec<String>,
    #[serde(default)]
    pub acr: Option<String>,
    /// Of the password they signed in with: another password ends their sessions.
    #[serde(default)]
    pub credential: Option<SecretHash>,
}

impl SignedIn {
    /// The absolute URL of the user's own resource (OIDC-4).
    pub fn fhir_user_url(&self, fhir_base: &str) -> Option<String> {
        let reference = self.fhir_user.clone().map(String::from)?;
        Some(format!("{}/{reference}", fhir_base.trim_end_matches('/')))
    }
}
