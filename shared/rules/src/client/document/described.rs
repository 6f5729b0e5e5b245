//! The client that a document describes, and the one that a grant remembers. Neither is ever verified, nor a service, nor let in without
//! being asked about.

use super::{
    address::{DocumentAddress, is_meant},
    origin::DocumentOrigin,
    read::{ClientDocument, DocumentProof},
};
use crate::{
    client::{
        AccessTokenFormat, AsksConsent, Client, ClientAuthentication, FhirContextForm, Pkce, RegisteredKeys,
        redirect_uri::RedirectUri,
    },
    grant::Grant,
    jwk::KeySet,
    scope::{Level, Scope, ScopeSet, narrow},
    secret::SecretHash,
    signing_keys::rotation::usual,
    tenant::{AuthenticationMethod, GrantType, Profile, Tenant},
    time::Timestamp,
};
use std::collections::BTreeSet;

/// What every such client may do, whatever its document lists.
const GRANT_TYPES: [GrantType; 2] = [GrantType::AuthorizationCode, GrantType::RefreshToken];

/// The client of this document, by what its tenant says of such clients today. None where the tenant takes none.
pub fn client(
    tenant: &Tenant,
    address: DocumentAddress<'_>,
    document: &ClientDocument,
    fresh_until: Timestamp,
) -> Option<Client> {
    let authentication = match &document.proof {
        DocumentProof::None => ClientAuthentication::None,
        DocumentProof::Jwks(keys) => ClientAuthentication::PrivateKeyJwt { keys: RegisteredKeys::Jwks(keys.clone()) },
        DocumentProof::JwksUri(url) => {
            ClientAuthentication::PrivateKeyJwt { keys: RegisteredKeys::JwksUri(url.clone()) }
        }
    };
    let bare = bare(tenant, address, authentication)?;
    let scope = document.scope.as_ref().map(|own| narrow(own, &bare.scope).granted);
    let settings = tenant.client_documents.as_ref()?;
    Some(Client {
        client_name: document.name.clone(),
        origins: document.redirect_uris.iter().filter_map(RedirectUri::origin).collect(),
        redirect_uris: document.redirect_uris.clone(),
        scope: scope.unwrap_or_else(|| bare.scope.clone()),
        // Where nothing can be bound, the word of a stranger keeps nobody out.
        dpop_bound_access_tokens: document.dpop_bound_access_tokens && tenant.takes_dpop(),
        origin: Some(DocumentOrigin {
            host: address.shown(),
            hash: document.hash(),
            localhost_any_port: settings.localhost_any_port,
            fresh_until,
        }),
        ..bare
    })
}

/// The client of a grant, as far as a token of it is judged: what its document said then is in the grant, and what the tenant says is of
/// today. The document is not asked for. None where the grant is no such client's, or the tenant does not take it any more.
pub fn of_grant(grant: &Grant, tenant: &Tenant) -> Option<Client> {
    let document = grant.approval.document.as_ref()?;
    let address = allowed(&grant.client_id, tenant)?;
    let authentication = match document.method {
        AuthenticationMethod::None => ClientAuthentication::None,
        _ => ClientAuthentication::PrivateKeyJwt { keys: RegisteredKeys::Jwks(KeySet::of(Vec::new())) },
    };
    let redirect_uris: Vec<RedirectUri> =
        RedirectUri::register(&grant.approval.redirect_uri, true).into_iter().collect();
    Some(Client {
        origins: redirect_uris.iter().filter_map(RedirectUri::origin).collect(),
        redirect_uris,
        ..bare(tenant, address, authentication)?
    })
}

/// What is known of the client at this address before anybody has looked: that it may be one, and where it lives.
pub fn named(client_id: &str, tenant: &Tenant) -> Option<Client> {
    bare(tenant, allowed(client_id, tenant)?, ClientAuthentication::None)
}

/// What an operator switches off before anybody has fetched it.
pub fn to_switch_off(client_id: &str, tenant: &Tenant) -> Option<Client> {
    let address = DocumentAddress::parse(client_id, is_near(tenant)).ok()?;
    let bare = bare(tenant, address, ClientAuthentication::None)?;
    Some(Client { disabled: true, origin: None, ..bare })
}

/// Whether a registered client is there for nothing else than that: it has no place where it could get an answer.
pub fn is_switched_off(client: &Client) -> bool {
    client.disabled && is_meant(&client.client_id) && client.redirect_uris.is_empty()
}

/// The address, if its documents are taken here by what the tenant says today.
pub fn allowed<'a>(client_id: &'a str, tenant: &Tenant) -> Option<DocumentAddress<'a>> {
    let settings = tenant.client_documents.as_ref().filter(|_| is_meant(client_id))?;
    let address = DocumentAddress::parse(client_id, is_near(tenant)).ok()?;
    settings.refusal(address).is_none().then_some(address)
}

/// Whether documents may lie on this machine and behind plain http: as key sets may.
pub fn is_near(tenant: &Tenant) -> bool {
    tenant.policy.loopback_key_sets
}

/// What all of them have in common.
fn bare(tenant: &Tenant, address: DocumentAddress<'_>, authentication: ClientAuthentication) -> Option<Client> {
    let settings = tenant.client_documents.as_ref()?;
    Some(Client {
        tenant: tenant.id.clone(),
        client_id: address.as_str().to_owned(),
        client_name: address.shown(),
        client_uri: None,
        logo_uri: None,
        verified: false,
        authentication,
        grant_types: GRANT_TYPES.into(),
        redirect_uris: Vec::new(),
        post_logout_redirect_uris: Vec::new(),
        launch_urls: Vec::new(),
        origins: BTreeSet::new(),
        scope: ceiling(&settings.scope),
        required_scope: ScopeSet::default(),
        default_scope: None,
        consent: AsksConsent::Ask,
        pkce: Pkce::Required,
        access_token_format: AccessTokenFormat::Jwt,
        id_token_signed_response_alg: usual(tenant),
        fhir_context: FhirContextForm::Objects,
        without_answer_iss: false,
        may_launch: false,
        hti_sign_in: Vec::new(),
        device: None,
        role: None,
        access_token_seconds: None,
        refresh_idle_seconds: None,
        fhir_servers: None,
        require_pushed_authorization_requests: false,
        profile: Profile::Smart,
        dpop_bound_access_tokens: false,
        extensions: BTreeSet::new(),
        required_extensions: BTreeSet::new(),
        organization_ids: BTreeSet::new(),
        disabled: false,
        origin: Some(DocumentOrigin {
            host: address.shown(),
            hash: SecretHash::of(""),
            localhost_any_port: settings.localhost_any_port,
            fresh_until: Timestamp(0),
        }),
    })
}

/// Never a service's scopes, nor what begins with two underscores, as the powers over this server do, whatever the table says.
fn ceiling(scope: &ScopeSet) -> ScopeSet {
    scope.without(|scope| match scope {
        Scope::Resource(resource) => resource.level == Level::System,
        Scope::Extension(name) => name.starts_with("__"),
        _ => false,
    })
}
