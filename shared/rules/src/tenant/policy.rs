//! What a tenant allows: grants, lifetimes, algorithms and the ways of its ecosystem. Data in the table, never code.

use super::{Profile, SigningAlg, access_duration::AccessDuration, dpop::DpopReplay};
use crate::scope::ScopeSet;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What a tenant allows. Lifetimes are in seconds.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// What all its clients are held to, and the metadata says.
    pub profile: Profile,
    pub grant_types: BTreeSet<GrantType>,
    /// Whether a secret is enough for client_credentials (RFC 6749 §4.4). For SMART backend services it is not (BSV-1).
    pub client_credentials_by_secret: bool,
    /// How clients may prove who they are; an ecosystem may want keys alone (KT-9).
    pub client_authentication_methods: BTreeSet<AuthenticationMethod>,
    /// Endpoints that no document names (KT-9). They answer all the same, for clients that know them by other means.
    pub unlisted_endpoints: BTreeSet<UnlistedEndpoint>,
    /// Replaces the computed `capabilities` of the smart-configuration, for ecosystems with lists of their own (DISC-19).
    pub capabilities: Option<Vec<String>>,
    /// Replaces the computed `scopes_supported` likewise. Plain strings, since an ecosystem may list what is no scope yet, such
    /// as `system/*.cruds?resource-origin=` (KT-9).
    pub scopes_supported: Option<Vec<String>>,
    /// What an app asks for that names no scope (RFC 6749 §3.3). Without it, such a request is refused.
    pub default_scope: Option<ScopeSet>,
    /// SMART recommends about one minute; RFC 6749 §4.1.2 allows ten.
    pub code_seconds: i64,
    /// SMART: at most an hour.
    pub access_token_seconds: i64,
    /// SMART backend services: at most five minutes.
    pub backend_token_seconds: i64,
    pub id_token_seconds: i64,
    /// A refresh token not used for so long is dead; each use restarts the time.
    pub refresh_idle_seconds: i64,
    /// The end of a refresh token family however often it is used; absent: only the idle time ends it.
    pub refresh_absolute_seconds: Option<i64>,
    /// How long an app may go on with `offline_access` of somebody whom an identity provider vouched for, until they sign in again;
    /// absent: as long as it refreshes. They are in no file, so nothing else tells this server that they have left.
    pub provider_offline_seconds: Option<i64>,
    /// For how long a person can let an app come back with `offline_access`, of which the first is chosen until they choose another.
    /// Empty: they say yes or no to it.
    pub access_durations: Vec<AccessDuration>,
    /// The end of a session after sign-in, and of `online_access` with it.
    pub session_seconds: i64,
    /// A browser left alone for so long must sign in again.
    pub session_idle_seconds: i64,
    /// A repeat of the last refresh within this time gets the same successor instead of ending the grant (RFR-9): two tabs that refresh
    /// at once, and a lost answer. A thief who is as quick gets it too; who comes later ends the grant.
    pub refresh_grace_seconds: i64,
    /// How long a launch handle may wait for its app (LCTX-5).
    pub launch_seconds: i64,
    /// How long a person may take from the app's request to the answer.
    pub interaction_seconds: i64,
    /// Whether apps may, or must, send their request ahead by themselves (RFC 9126).
    pub pushed_authorization_requests: PushedRequests,
    /// How long such a request waits for its user's browser (RFC 9126 §2.2).
    pub pushed_request_seconds: i64,
    /// `user_access_brand_bundle` and `user_access_brand_identifier` (SMART App Launch 2.2, brands).
    pub brand_bundle: Option<String>,
    pub brand_identifier: Option<serde_json::Value>,
    /// What signs access tokens; id_tokens are RS256, unless their client asks for the same (SMART 2.2, OIDC Core §15.1).
    pub access_token_alg: SigningAlg,
    /// Which `aud` a client assertion may name.
    pub assertion_audience: AssertionAudience,
    /// Clients may introspect id_tokens (Koppeltaal, KT-I3). A FHIR server never may: to it, they are no tokens.
    pub introspect_id_tokens: bool,
    /// The path of introspection below the issuer.
    pub introspection_path: IntrospectionPath,
    /// Where signing keys live on AWS. On a laptop without KMS they lie in the table, whatever is said here.
    pub signing_keys: KeyCustody,
    /// How long a signing key is used before the next takes its place; 0: until an operator says so.
    pub key_rotation_days: i64,
    /// How long a key is published before its first use, in seconds; never less than a JWKS may be kept.
    pub key_published_seconds: i64,
    /// Wrong secrets and passwords from one address in an hour before it must wait; more where many people share one.
    pub address_failures: u32,
    /// How long a person's yes to an app is remembered; 0: they are asked each time.
    pub remember_consent_seconds: i64,
    pub remember_consent_for: RememberFor,
    /// Clients' key sets and identity providers may lie on loopback addresses and behind plain http; for tenants on a
    /// laptop.
    pub loopback_key_sets: bool,
    /// Whether people sign in with a password of this server's own. Absent in a file: unless it has identity providers
    /// and no users.
    pub local_sign_in: Option<bool>,
    /// Whether people with a password of this server's own need, or may have, something beside it.
    pub second_factor: SecondFactor,
    /// Whether they may sign in with passkeys.
    pub passkeys: bool,
    /// Whether DPoP proofs must hold a nonce of this server (RFC 9449 §8, §9), so that none can be made ahead.
    pub dpop_nonce: bool,
    /// How the sample FHIR server and the API authorizer know a proof that was used before.
    pub dpop_replay: DpopReplay,
}

impl Policy {
    /// How its clients may authenticate. FAPI 2.0 has keys alone (§5.3.2.1 item 6).
    pub fn authentication_methods(&self) -> impl Iterator<Item = AuthenticationMethod> {
        let fits = |method: &AuthenticationMethod| match self.profile {
            Profile::Smart => true,
            Profile::Fapi2 => *method == AuthenticationMethod::PrivateKeyJwt,
        };
        self.client_authentication_methods.iter().copied().filter(fits)
    }

    pub fn lets_authenticate_by(&self, method: AuthenticationMethod) -> bool {
        self.authentication_methods().any(|one| one == method)
    }

    /// Whether a client that proves itself so may use client_credentials: with a key always (BSV-1, CLI-7); with a secret where the
    /// tenant takes it; a public client is nobody on its own (RFC 6749 §4.4).
    pub fn lets_act_alone(&self, method: AuthenticationMethod) -> bool {
        match method {
            AuthenticationMethod::PrivateKeyJwt => true,
            AuthenticationMethod::ClientSecretBasic | AuthenticationMethod::ClientSecretPost => {
                self.client_credentials_by_secret
            }
            AuthenticationMethod::None => false,
        }
    }
}

impl Default for Policy {
    fn default() -> Policy {
        Policy {
            profile: Profile::default(),
            grant_types: GrantType::USUAL.into(),
            client_credentials_by_secret: false,
            client_authentication_methods: AuthenticationMethod::ALL.into(),
            unlisted_endpoints: BTreeSet::new(),
            capabilities: None,
            scopes_supported: None,
            default_scope: None,
            code_seconds: 60,
            access_token_seconds: 3600,
            backend_token_seconds: 300,
            id_token_seconds: 3600,
            refresh_idle_seconds: 90 * 86_400,
            refresh_absolute_seconds: None,
            provider_offline_seconds: None,
            access_durations: Vec::new(),
            session_seconds: 8 * 3600,
            session_idle_seconds: 3600,
            refresh_grace_seconds: 10,
            launch_seconds: 300,
            interaction_seconds: 900,
            pushed_authorization_requests: PushedRequests::Off,
            pushed_request_seconds: 90,
            brand_bundle: None,
            brand_identifier: None,
            access_token_alg: SigningAlg::ES256,
            assertion_audience: AssertionAudience::default(),
            introspect_id_tokens: false,
            introspection_path: IntrospectionPath::default(),
            signing_keys: KeyCustody::default(),
            key_rotation_days: 90,
            key_published_seconds: 86_400,
            address_failures: 100,
            loopback_key_sets: false,
            remember_consent_seconds: 0,
            remember_consent_for: RememberFor::default(),
            local_sign_in: None,
            second_factor: SecondFactor::None,
            passkeys: false,
            dpop_nonce: false,
            dpop_replay: DpopReplay::default(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantType {
    AuthorizationCode,
    RefreshToken,
    ClientCredentials,
    /// RFC 6749 §4.2; clients should not use it any more (RFC 9700 §2.1.2).
    Implicit,
    /// RFC 6749 §4.3; must not be used where anything else will do (RFC 9700 §2.4).
    Password,
}

impl GrantType {
    pub const ALL: [GrantType; 5] = [
        GrantType::AuthorizationCode,
        GrantType::RefreshToken,
        GrantType::ClientCredentials,
        GrantType::Implicit,
        GrantType::Password,
    ];

    /// What a tenant offers unless it says otherwise.
    pub const USUAL: [GrantType; 3] =
        [GrantType::AuthorizationCode, GrantType::RefreshToken, GrantType::ClientCredentials];

    pub fn as_str(self) -> &'static str {
        match self {
            GrantType::AuthorizationCode => "authorization_code",
            GrantType::RefreshToken => "refresh_token",
            GrantType::ClientCredentials => "client_credentials",
            GrantType::Implicit => "implicit",
            GrantType::Password => "password",
        }
    }
}

/// RFC 7591 §2, `token_endpoint_auth_method`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthenticationMethod {
    ClientSecretBasic,
    ClientSecretPost,
    PrivateKeyJwt,
    /// Public clients.
    None,
}

impl AuthenticationMethod {
    pub const ALL: [AuthenticationMethod; 4] = [
        AuthenticationMethod::None,
        AuthenticationMethod::ClientSecretBasic,
        AuthenticationMethod::ClientSecretPost,
        AuthenticationMethod::PrivateKeyJwt,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            AuthenticationMethod::ClientSecretBasic => "client_secret_basic",
            AuthenticationMethod::ClientSecretPost => "client_secret_post",
            AuthenticationMethod::PrivateKeyJwt => "private_key_jwt",
            AuthenticationMethod::None => "none",
        }
    }
}

/// What an ecosystem may want unsaid. Nothing that a client can't do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnlistedEndpoint {
    RevocationEndpoint,
    UserinfoEndpoint,
    EndSessionEndpoint,
    ManagementEndpoint,
}

impl UnlistedEndpoint {
    pub fn as_str(self) -> &'static str {
        match self {
            UnlistedEndpoint::RevocationEndpoint => "revocation_endpoint",
            UnlistedEndpoint::UserinfoEndpoint => "userinfo_endpoint",
            UnlistedEndpoint::EndSessionEndpoint => "end_session_endpoint",
            UnlistedEndpoint::ManagementEndpoint => "management_endpoint",
        }
    }
}

/// What a password of this server's own must be followed by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SecondFactor {
    #[default]
    None,
    /// By what its person has set up, if they have.
    Optional,
    /// People who have nothing set it up at their next sign-in.
    Required,
}

/// What becomes of requests that apps push (RFC 9126).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PushedRequests {
    #[default]
    Off,
    Accepted,
    /// A browser that brings a request which was not pushed is sent back.
    Required,
}

/// Who holds the private half of a tenant's signing keys on AWS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyCustody {
    /// KMS, which it never leaves: each signature is a call.
    #[default]
    Kms,
    /// The table, sealed by KMS: opened once in each function instance, which then signs by itself.
    Sealed,
}

/// Which `aud` a client assertion may name. Each specification has another answer; a tenant names the one it follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum AssertionAudience {
    /// The issuer, the token endpoint, or the endpoint that is called: takes what any client of the others sends, but for
    /// a second audience.
    #[default]
    #[serde(rename = "rfc9126")]
    Rfc9126,
    /// The token endpoint alone, wherever the assertion is sent (SMART 2.2, to the letter).
    #[serde(rename = "smart")]
    Smart,
    /// The issuer and nothing else, as a single string (draft-ietf-oauth-rfc7523bis).
    #[serde(rename = "rfc7523bis-strict")]
    Rfc7523bisStrict,
    /// The token endpoint, or the endpoint that is called (KT-2, KT-I1).
    #[serde(rename = "koppeltaal")]
    Koppeltaal,
}

/// Which requests a remembered yes answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RememberFor {
    /// Those on the same patient's record.
    #[default]
    Patient,
    /// Those on any record: a clinician is asked once per app.
    User,
}

/// What introspection is called below the issuer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum IntrospectionPath {
    #[default]
    #[serde(rename = "introspect")]
    Introspect,
    /// As software for Koppeltaal calls it.
    #[serde(rename = "token/introspection")]
    TokenIntrospection,
}

impl IntrospectionPath {
    pub fn as_str(self) -> &'static str {
        match self {
            IntrospectionPath::Introspect => "introspect",
            IntrospectionPath::TokenIntrospection => "token/introspection",
        }
    }
}
