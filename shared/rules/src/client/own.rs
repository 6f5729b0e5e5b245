//! The server's own management page, as a client: its visitor signs in as for any app, and gets a page instead of a code.

use super::{AccessTokenFormat, AsksConsent, Client, ClientAuthentication, FhirContextForm, Pkce};
use crate::{
    scope::{Scope, ScopeSet},
    signing_keys::rotation::usual,
    tenant::{GrantType, Profile, Tenant},
};
use std::collections::BTreeSet;

/// The `client_id` in tokens that the server issues to itself; no client can be registered under it.
pub const OWN_CLIENT_ID: &str = "admit";

/// No operator can register one under this id, and no other endpoint knows it.
pub fn management(tenant: &Tenant) -> Client {
    Client {
        tenant: tenant.id.clone(),
        client_id: OWN_CLIENT_ID.to_owned(),
        client_name: tenant.name.clone(),
        client_uri: None,
        logo_uri: None,
        verified: true,
        authentication: ClientAuthentication::None,
        grant_types: BTreeSet::from([GrantType::AuthorizationCode]),
        redirect_uris: Vec::new(),
        post_logout_redirect_uris: Vec::new(),
        launch_urls: Vec::new(),
        origins: BTreeSet::new(),
        scope: [Scope::OpenId].into_iter().collect(),
        required_scope: ScopeSet::default(),
        default_scope: None,
        consent: AsksConsent::Ask,
        pkce: Pkce::Required,
        access_token_format: AccessTokenFormat::Jwt,
        id_token_signed_response_alg: usual(tenant),
        fhir_context: FhirContextForm::Objects,
        may_launch: false,
        hti_sign_in: Vec::new(),
        device: None,
        role: None,
        access_token_seconds: None,
        refresh_idle_seconds: None,
        without_answer_iss: false,
        require_pushed_authorization_requests: false,
        fhir_servers: None,
        profile: Profile::Smart,
        dpop_bound_access_tokens: false,
        extensions: BTreeSet::new(),
        required_extensions: BTreeSet::new(),
        organization_ids: BTreeSet::new(),
        disabled: false,
        origin: None,
    }
}

pub fn is_management(client_id: &str) -> bool {
    client_id == OWN_CLIENT_ID
}
