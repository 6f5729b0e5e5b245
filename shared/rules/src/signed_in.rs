//! Somebody who has proven who they are, here or elsewhere, as sessions and interactions keep it.

use crate::{
    scope::ScopeSet,
    secret::SecretHash,
    tenant::same_server,
    time::Timestamp,
    user::{Account, FhirUser},
};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SignedIn {
    pub username: String,
    pub sub: String,
    pub name: String,
    /// Base URL of the one FHIR server where `fhir_user` and `patients` are.
    #[serde(default)]
    pub fhir_server: Option<String>,
    pub fhir_user: Option<FhirUser>,
    pub patients: Vec<String>,
    pub auth_time: Timestamp,
    /// The OpenID provider that vouched for them; none for a user of the tenant itself.
    #[serde(default)]
    pub provider: Option<String>,
    /// The `iss` of that provider's word.
    #[serde(default)]
    pub issuer: Option<String>,
    /// How they proved who they are (RFC 8176), and what that is worth (OIDC Core §2); for the id_token.
    #[serde(default)]
    pub amr: Vec<String>,
    #[serde(default)]
    pub acr: Option<String>,
    /// Of the password they signed in with: another password ends their sessions.
    #[serde(default)]
    pub credential: Option<SecretHash>,
    /// The EHR that vouched for them, at which they signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vouched_by: Option<String>,
}

impl SignedIn {
    /// Under which name they are known here.
    pub fn account(&self) -> Account {
        Account { username: self.username.clone(), provider: self.provider.clone(), issuer: self.issuer.clone() }
    }

    /// For the tokens of an app that may know it. A provider's word has no length, and a token has (OIDC Core §5.4).
    pub fn name_for(&self, scope: &ScopeSet) -> Option<String> {
        const MOST_CHARACTERS: usize = 200;
        (scope.has_openid() && scope.has_profile()).then(|| self.name.chars().take(MOST_CHARACTERS).collect())
    }

    /// Whether what is known of this person holds at the FHIR server that an app asks for. At another one the same ids are other
    /// people's; somebody without a resource and without patients is nobody in particular anywhere.
    pub fn is_known_at(&self, aud: &str) -> bool {
        match &self.fhir_server {
            Some(own) => same_server(own, aud),
            None => self.fhir_user.is_none() && self.patients.is_empty(),
        }
    }

    /// Whether they are the same at the FHIR server, and may open the same records.
    pub fn opens_the_same_as(&self, today: &SignedIn) -> bool {
        let identity = |one: &SignedIn| (one.fhir_server.clone(), one.fhir_user.clone(), one.patients.clone());
        identity(self) == identity(today)
    }

    /// The absolute URL of the user's own resource (OIDC-4).
    pub fn fhir_user_url(&self, fhir_base: &str) -> Option<String> {
        self.fhir_user.as_ref().map(|own| own.url(fhir_base))
    }
}
