//! A tenant is an issuer: its exact name, the FHIR servers it guards, its policy.

mod signing_alg;

pub use signing_alg::SigningAlg;

use crate::{
    appearance::Appearance, authorize::remembered::RememberFor, role::Role, scope::ScopeSet, secret::ChosenSecretHash,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TenantId(String);

impl TenantId {
    /// Lower-case letters, digits and `-`, at most 63: it is a path segment and part of every key in the table.
    pub fn parse(text: &str) -> Option<TenantId> {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let good = !text.is_empty() && text.len() <= 63 && text.chars().all(allowed) && !text.starts_with('-');
        good.then(|| TenantId(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The `iss` of every token, byte for byte, and the base of every URL (RFC 8414 §2; OpenID Connect Discovery §3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Issuer(String);

impl Issuer {
    /// An absolute URL without a trailing slash, query or fragment.
    pub fn parse(text: &str) -> Option<Issuer> {
        let url = url::Url::parse(text).ok()?;
        let good = matches!(url.scheme(), "https" | "http")
            && url.query().is_none()
            && url.fragment().is_none()
            && !text.ends_with('/');
        good.then(|| Issuer(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The URL of one of this issuer's endpoints.
    pub fn endpoint(&self, path: &str) -> String {
        format!("{}/{path}", self.0)
    }

    pub fn is_https(&self) -> bool {
        self.0.starts_with("https:")
    }

    /// Scheme, host and port: what a browser calls the origin.
    pub fn origin(&self) -> String {
        url::Url::parse(&self.0).map(|url| url.origin().ascii_serialization()).unwrap_or_default()
    }
}

/// An authorization server. One item of the table; everything that differs between tenants is in here.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Tenant {
    pub id: TenantId,
    pub issuer: Issuer,
    pub name: String,
    /// The first one is the default where a request may leave `aud` out.
    pub fhir_servers: Vec<FhirServer>,
    pub ehrs: Vec<Ehr>,
    pub policy: Policy,
    #[serde(default)]
    pub pages: Appearance,
    /// What backend services may do by what they are, instead of by what they ask.
    pub roles: Vec<Role>,
    /// Origins of all registered browser apps: a preflight carries no `client_id` (Fetch §3.2.2).
    pub origins: BTreeSet<String>,
}

impl Tenant {
    /// The FHIR server that `aud` names: one trailing slash aside, exactly (SMART App Launch 2.2, §2.0.9).
    pub fn fhir_server(&self, aud: &str) -> Option<&FhirServer> {
        let bare = without_slash(aud);
        self.fhir_servers.iter().find(|server| without_slash(&server.url) == bare)
    }
}

fn without_slash(url: &str) -> &str {
    url.strip_suffix('/').unwrap_or(url)
}

/// A FHIR base that this tenant guards: a valid `aud`, and a caller of `introspect`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FhirServer {
    pub name: String,
    pub url: String,
    /// Live secrets for `introspect` and `launchContext` by Basic; two of them while one is being replaced.
    pub secrets: Vec<ChosenSecretHash>,
}

/// An EHR that may hand over its context at `launchContext`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Ehr {
    pub name: String,
    pub secrets: Vec<ChosenSecretHash>,
}

/// What a tenant allows. Lifetimes are in seconds.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    pub grant_types: BTreeSet<GrantType>,
    /// Replaces the computed `capabilities` of the smart-configuration, for ecosystems with lists of their own (DISC-19).
    pub capabilities: Option<Vec<String>>,
    /// Extension scopes and others that developers should know of (SCP-17); added to `scopes_supported`.
    pub scopes_supported: ScopeSet,
    /// SMART recommends about one minute; RFC 6749 §4.1.2 allows ten.
    pub code_seconds: i64,
    /// SMART: at most an hour.
    pub access_token_seconds: i64,
    /// SMART backend services: at most five minutes.
    pub backend_token_seconds: i64,
    pub id_token_seconds: i64,
    /// A refresh token not used for so long is dead; each use starts the time anew.
    pub refresh_idle_seconds: i64,
    /// The end of a refresh token family however often it is used; absent: only the idle time ends it.
    pub refresh_absolute_seconds: Option<i64>,
    /// The end of a session after sign-in, and of `online_access` with it.
    pub session_seconds: i64,
    /// A browser left alone for so long must sign in again.
    pub session_idle_seconds: i64,
    /// A repeat of the last refresh within this time gets the same successor instead of ending the grant (RFR-9).
    pub refresh_grace_seconds: i64,
    /// How long a launch handle may wait for its app (LCTX-5).
    pub launch_seconds: i64,
    /// How long a person may take from the app's request to the answer.
    pub interaction_seconds: i64,
    /// `user_access_brand_bundle` and `user_access_brand_identifier` (SMART App Launch 2.2, brands).
    pub brand_bundle: Option<String>,
    pub brand_identifier: Option<serde_json::Value>,
    /// What signs access tokens; id_tokens are RS256 always (SMART 2.2, OIDC Core §15.1).
    pub access_token_alg: SigningAlg,
    /// Which `aud` a client assertion may name.
    pub assertion_audience: AssertionAudience,
    /// Clients may introspect id_tokens (Koppeltaal, KT-I3). A FHIR server never may: to it, they are no tokens.
    pub introspect_id_tokens: bool,
    /// Clients' key sets may lie on loopback addresses and behind plain http; for tenants on a laptop.
    pub loopback_key_sets: bool,
    /// How long a person's yes to an app is remembered; 0: they are asked each time.
    pub remember_consent_seconds: i64,
    pub remember_consent_for: RememberFor,
}

impl Default for Policy {
    fn default() -> Policy {
        Policy {
            grant_types: GrantType::USUAL.into(),
            capabilities: None,
            scopes_supported: ScopeSet::default(),
            code_seconds: 60,
            access_token_seconds: 3600,
            backend_token_seconds: 300,
            id_token_seconds: 3600,
            refresh_idle_seconds: 90 * 86_400,
            refresh_absolute_seconds: None,
            session_seconds: 8 * 3600,
            session_idle_seconds: 3600,
            refresh_grace_seconds: 0,
            launch_seconds: 300,
            interaction_seconds: 900,
            brand_bundle: None,
            brand_identifier: None,
            access_token_alg: SigningAlg::ES256,
            assertion_audience: AssertionAudience::default(),
            introspect_id_tokens: false,
            loopback_key_sets: false,
            remember_consent_seconds: 0,
            remember_consent_for: RememberFor::default(),
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

/// Which audience proves that a client assertion was meant for this server (ASYM-5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AssertionAudience {
    /// The token endpoint (SMART), the issuer, or the endpoint that is called (RFC 9126 §2).
    #[default]
    Endpoints,
    /// The token endpoint alone, wherever the assertion is sent (SMART 2.2, to the letter).
    TokenEndpoint,
    /// The issuer and nothing else, as a single string (draft-ietf-oauth-rfc7523bis).
    IssuerOnly,
}
