//! Providers where a tenant's people sign in.

mod departure;
mod person;
mod provider;

use rules::identity_provider::{FhirUserFrom, IdentityProvider, PatientsFrom, ProviderAuthentication};

pub fn provider() -> IdentityProvider {
    IdentityProvider {
        id: "okta".into(),
        name: "Hospital account".into(),
        issuer: "https://idp.example".into(),
        id_token_issuers: vec!["https://idp.example".into()],
        client_id: "us".into(),
        authentication: ProviderAuthentication::None,
        scope: "openid profile".into(),
        userinfo: false,
        name_claim: "display".into(),
        fhir_server: None,
        fhir_user: FhirUserFrom::Nothing,
        patients: PatientsFrom::Nothing,
        user_types: Default::default(),
        acr_values: Vec::new(),
        private_network: false,
    }
}
