//! A registered app: what it may do, where it lives, and how it proves who it is.

pub mod assertion_audience;
pub mod authenticate;
pub mod document;
pub mod own;
pub mod presented_credentials;
pub mod private_key_jwt;
pub mod redirect_uri;

pub use crate::jwk::RegisteredKeys;

use crate::{
    scope::ScopeSet,
    secret::ChosenSecretHash,
    tenant::{
        AuthenticationMethod, FhirServer, GrantType, Guarded, HtiSignIn, Profile, SigningAlg, Tenant, TenantId,
        same_resource, same_server,
    },
};
use document::origin::DocumentOrigin;
use redirect_uri::RedirectUri;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// In bytes: some servers make ids that are URLs or tokens. Nobody has a longer one.
pub const LONGEST_CLIENT_ID: usize = 1024;

/// One item of the table. The names are those of RFC 7591 §2 where it has one.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Client {
    pub tenant: TenantId,
    pub client_id: String,
    pub client_name: String,
    pub client_uri: Option<String>,
    #[serde(default)]
    pub logo_uri: Option<String>,
    /// The operator vouches for it; the consent page says so.
    pub verified: bool,
    pub authentication: ClientAuthentication,
    pub grant_types: BTreeSet<GrantType>,
    pub redirect_uris: Vec<RedirectUri>,
    /// Where it may have its user sent after signing out (OpenID Connect RP-Initiated Logout 1.0 §3.1).
    #[serde(default)]
    pub post_logout_redirect_uris: Vec<RedirectUri>,
    pub launch_urls: Vec<String>,
    /// Origins from which its pages may call the token endpoint (CORS).
    pub origins: BTreeSet<String>,
    /// What it may ask for.
    pub scope: ScopeSet,
    /// Scopes a person can't untick, because the app does not work without them.
    pub required_scope: ScopeSet,
    /// What it asks for when it says nothing, instead of its tenant's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_scope: Option<ScopeSet>,
    #[serde(default)]
    pub consent: AsksConsent,
    pub pkce: Pkce,
    pub access_token_format: AccessTokenFormat,
    /// What its id_tokens are signed with: RS256, or what its tenant's access tokens are signed with where that will do.
    #[serde(default = "rs256")]
    pub id_token_signed_response_alg: SigningAlg,
    pub fhir_context: FhirContextForm,
    /// Its answers name no issuer. RFC 9207 has `iss` there against mix-ups; to an app that takes every `iss` for a launch it is one.
    #[serde(default)]
    pub without_answer_iss: bool,
    /// It pushes its requests: one that a browser brings by itself is not its own (RFC 9126 §6).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub require_pushed_authorization_requests: bool,
    /// A portal: it may launch apps with HTI tokens that its key signs.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub may_launch: bool,
    /// Where the users whom a portal launches it for sign in, if elsewhere than its tenant says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hti_sign_in: Vec<HtiSignIn>,
    /// The id of its `Device`, where that is neither its `client_id` nor in its role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// Its role, if its scopes are decided by that (Koppeltaal), and the id of its `Device`.
    pub role: Option<RoleOfClient>,
    /// Own lifetimes in seconds, where they differ from the tenant's.
    pub access_token_seconds: Option<i64>,
    pub refresh_idle_seconds: Option<i64>,
    /// The names of those FHIR servers of its tenant that it may have tokens for; absent: all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fhir_servers: Option<BTreeSet<String>>,
    /// What it is held to, whatever the other clients of its tenant are.
    #[serde(default, skip_serializing_if = "Profile::is_smart")]
    pub profile: Profile,
    /// It may have no access token that is not bound to a key (RFC 9449 §5.2).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dpop_bound_access_tokens: bool,
    /// The objects in the claim `extensions` of its assertions that its tokens carry; those without which it gets none; and the
    /// organizations that it may speak for in `hl7-b2b`.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub extensions: BTreeSet<String>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub required_extensions: BTreeSet<String>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub organization_ids: BTreeSet<String>,
    /// Switched off by the operator: while it is, it is as unknown as if it had never been registered.
    #[serde(default)]
    pub disabled: bool,
    /// Of a client without a registration: where its document comes from. Never in the table.
    #[serde(skip)]
    pub origin: Option<DocumentOrigin>,
}

/// OIDC Core §15.1, SMART 2.2: what every client verifies.
fn rs256() -> SigningAlg {
    SigningAlg::RS256
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RoleOfClient {
    pub name: String,
    pub device: String,
}

/// How a client authenticates. The method holds its key, so a public client with a secret can't be written down.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuthentication {
    None,
    /// HTTP Basic; several live secrets while one is being replaced.
    ClientSecretBasic {
        secrets: Vec<ChosenSecretHash>,
    },
    /// The same secrets in the form (RFC 6749 §2.3.1), for clients that ask for it; Basic still works.
    ClientSecretPost {
        secrets: Vec<ChosenSecretHash>,
    },
    PrivateKeyJwt {
        keys: RegisteredKeys,
    },
}

impl ClientAuthentication {
    pub fn method(&self) -> AuthenticationMethod {
        match self {
            ClientAuthentication::None => AuthenticationMethod::None,
            ClientAuthentication::ClientSecretBasic { .. } => AuthenticationMethod::ClientSecretBasic,
            ClientAuthentication::ClientSecretPost { .. } => AuthenticationMethod::ClientSecretPost,
            ClientAuthentication::PrivateKeyJwt { .. } => AuthenticationMethod::PrivateKeyJwt,
        }
    }
}

/// Whether an app must prove that it asked for the code (RFC 7636).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pkce {
    #[default]
    Required,
    /// Apps written for SMART 1.0, confidential ones only (AUTHZ-10).
    OptionalForSmartV1,
}

/// Whether people are asked before the app gets access.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AsksConsent {
    #[default]
    Ask,
    /// A first-party app: the operator answers for its users.
    Never,
}

/// What an access token looks like to its holder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccessTokenFormat {
    /// Signed and self-contained (RFC 9068); a FHIR server can judge it alone.
    #[default]
    Jwt,
    /// Opaque; only introspection knows what it stands for.
    Reference,
    /// None: the app learns who launched it and why (Koppeltaal). What it asks for by itself is a JWT all the same.
    Noop,
}

impl AccessTokenFormat {
    pub fn as_str(self) -> &'static str {
        match self {
            AccessTokenFormat::Jwt => "jwt",
            AccessTokenFormat::Reference => "reference",
            AccessTokenFormat::Noop => "noop",
        }
    }
}

/// `fhirContext` was an array of strings in SMART 2.0, and is one of objects since 2.1 (LC-9).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FhirContextForm {
    #[default]
    Objects,
    Strings,
}

impl Client {
    /// Whether answers may go to this address.
    pub fn registers_redirect(&self, uri: &str) -> bool {
        let any_port = self.origin.as_ref().is_some_and(|origin| origin.localhost_any_port);
        let is_it = |own: &RedirectUri| own.matches(uri) || (any_port && own.matches_on_localhost(uri));
        self.redirect_uris.iter().any(is_it)
    }

    /// The id of its `Device` (Koppeltaal).
    pub fn device(&self) -> &str {
        let of_role = self.role.as_ref().map(|role| role.device.as_str());
        self.device.as_deref().or(of_role).unwrap_or(&self.client_id)
    }

    /// What people know it by. One that nobody registered calls itself what it likes, so that is where it lives.
    pub fn known_as(&self) -> &str {
        self.origin.as_ref().map_or(self.client_name.as_str(), |origin| origin.host.as_str())
    }

    /// Whether all its answers stay on the machine that its person sits at: any program there could pretend to be it.
    pub fn is_local(&self) -> bool {
        self.redirect_uris.iter().all(|uri| uri.as_str().starts_with("http://"))
    }

    /// The FHIR servers that it may have tokens for, in the tenant's order: the first is its default.
    pub fn fhir_servers<'t>(&'t self, tenant: &'t Tenant) -> impl Iterator<Item = &'t FhirServer> {
        let may_use = |server: &&FhirServer| self.fhir_servers.as_ref().is_none_or(|own| own.contains(&server.name));
        tenant.fhir_servers.iter().filter(may_use)
    }

    /// The one of them that `aud` names.
    pub fn fhir_server<'t>(&'t self, tenant: &'t Tenant, aud: &str) -> Option<&'t FhirServer> {
        self.fhir_servers(tenant).find(|server| same_server(&server.url, aud))
    }

    /// What it is held to: the stricter of its own profile and its tenant's.
    pub fn profile_at(&self, tenant: &Tenant) -> Profile {
        match (self.profile, tenant.policy.profile) {
            (Profile::Smart, Profile::Smart) => Profile::Smart,
            _ => Profile::Fapi2,
        }
    }

    /// Whether it may have no access token that is not bound to a key.
    pub fn must_be_bound(&self, tenant: &Tenant) -> bool {
        self.dpop_bound_access_tokens || self.profile_at(tenant) == Profile::Fapi2
    }

    /// All that it may have tokens for: what stands before one of its FHIR servers is among it.
    pub fn guarded<'t>(&'t self, tenant: &'t Tenant) -> impl Iterator<Item = Guarded<'t>> {
        tenant.guarded().filter(|guarded| self.fhir_server(tenant, guarded.fhir_server()).is_some())
    }

    /// The one of them that an access token with this audience is for.
    pub fn guarded_at<'t>(&'t self, tenant: &'t Tenant, aud: &str) -> Option<Guarded<'t>> {
        self.guarded(tenant).find(|guarded| same_server(guarded.url(), aud))
    }

    /// The one of them that `resource` names (RFC 8707).
    pub fn resource<'t>(&'t self, tenant: &'t Tenant, resource: &str) -> Option<Guarded<'t>> {
        self.guarded(tenant).find(|guarded| same_resource(guarded.url(), resource))
    }

    /// The FHIR server among them that `resource` names.
    pub fn fhir_resource<'t>(&'t self, tenant: &'t Tenant, resource: &str) -> Option<&'t FhirServer> {
        self.fhir_servers(tenant).find(|server| same_resource(&server.url, resource))
    }

    pub fn is_public(&self) -> bool {
        matches!(self.authentication, ClientAuthentication::None)
    }

    pub fn may_use(&self, grant_type: GrantType) -> bool {
        self.grant_types.contains(&grant_type)
    }
}
