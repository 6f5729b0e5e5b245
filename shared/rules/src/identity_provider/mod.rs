//! Providers of identity: OpenID Connect providers outside this server where a tenant's people sign in. This server is
//! their client here; what it believes of them is decided in this folder.

pub mod callback;
pub mod changeable;
pub mod freshness;
pub mod id_token;
pub mod lookup;
pub mod mapping;
pub mod metadata;
pub mod request;
pub mod secret;
mod template;
pub mod token_response;
pub mod verified;
pub mod ways_in;

pub use template::Template;

use crate::{scope::ScopeSet, tenant::Issuer, user::FhirUserType};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// One provider of one tenant, part of the tenant's item. Its client secret is an item of its own, which only the
/// function that needs it may read.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct IdentityProvider {
    /// In its callback URL and in `idp_hint`.
    pub id: String,
    /// On its button.
    pub name: String,
    /// Exactly as its discovery document says it (OpenID Connect Discovery §4.3).
    pub issuer: String,
    /// Whose id_tokens are accepted. Usually the issuer alone; several where one provider speaks for many
    /// organisations, as Entra ID does.
    pub id_token_issuers: Vec<String>,
    /// What this server is registered as, there.
    pub client_id: String,
    pub authentication: ProviderAuthentication,
    pub scope: String,
    /// Whether claims are also asked of its userinfo endpoint: some keep them out of the id_token.
    pub userinfo: bool,
    pub name_claim: String,
    /// Base URL of the FHIR server whose people it knows. None: those of all, each named by an absolute URL or by an identifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fhir_server: Option<String>,
    pub fhir_user: FhirUserFrom,
    pub patients: PatientsFrom,
    /// Who may sign in with it. Empty: everybody it knows.
    pub user_types: BTreeSet<FhirUserType>,
    /// What it is trusted to say of the strength of a sign-in: an agreement of the operator's with this provider, without
    /// which its `acr` is worth nothing here (OpenID Connect Core §2).
    #[serde(default)]
    pub acr_values: Vec<String>,
    /// Whether its own hosts may have private addresses. Nobody else's gain by it.
    #[serde(default)]
    pub private_network: bool,
}

/// Where a person's own resource is found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FhirUserFrom {
    /// Nobody has one.
    Nothing,
    /// A claim holds `Practitioner/123`, alone or after a FHIR server's base URL.
    Claim(String),
    /// `Practitioner/{sub}`
    Pattern(Template),
    /// `system|{claim}`, searched among the provider's user types.
    Identifier(Template),
}

/// Where the patients are found for whom a person may act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PatientsFrom {
    Nothing,
    /// A claim holds their ids: an array, or a text with spaces between them.
    Claim(String),
    /// `system|{claim}`, searched among patients; the claim may be an array.
    Identifier(Template),
}

/// How this server proves to the provider who it is. PKCE comes on top of each (RFC 9700 §2.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProviderAuthentication {
    None,
    ClientSecretBasic,
    ClientSecretPost,
    /// Signed with the tenant's own RS256 key; the provider is registered with the tenant's JWKS.
    PrivateKeyJwt,
}

impl ProviderAuthentication {
    pub fn needs_secret(self) -> bool {
        matches!(self, ProviderAuthentication::ClientSecretBasic | ProviderAuthentication::ClientSecretPost)
    }
}

impl IdentityProvider {
    /// One for each provider, so that an answer of one can't be taken for another's (RFC 9700 §4.4.2).
    pub fn redirect_uri(&self, issuer: &Issuer) -> String {
        issuer.endpoint(&format!("authorize/callback/{}", self.id))
    }

    /// Where its discovery document lies (OpenID Connect Discovery §4).
    pub fn discovery_url(&self) -> String {
        format!("{}/.well-known/openid-configuration", self.issuer.trim_end_matches('/'))
    }

    pub fn accepts_issuer(&self, iss: &str) -> bool {
        self.id_token_issuers.iter().any(|accepted| accepted == iss)
    }

    /// The hosts of its issuers, in lower case.
    pub fn own_hosts(&self) -> impl Iterator<Item = String> {
        let issuers = std::iter::once(&self.issuer).chain(&self.id_token_issuers);
        let mut hosts: Vec<String> =
            issuers.filter_map(|issuer| Some(url::Url::parse(issuer).ok()?.host_str()?.to_owned())).collect();
        let mut seen = BTreeSet::new();
        hosts.retain(|host| seen.insert(host.clone()));
        hosts.into_iter()
    }

    /// Whether the operator has named this host as one on the private network.
    pub fn may_be_private(&self, host: &str) -> bool {
        self.private_network && self.own_hosts().any(|own| own.eq_ignore_ascii_case(host))
    }

    /// The claims that say who somebody is and for whom they act, each with the setting that names it.
    pub fn identifying_claims(&self) -> Vec<(&'static str, &str)> {
        let of_user: (&'static str, Vec<&str>) = match &self.fhir_user {
            FhirUserFrom::Nothing => ("", Vec::new()),
            FhirUserFrom::Claim(claim) => ("fhir_user_claim", vec![claim]),
            FhirUserFrom::Pattern(pattern) => ("fhir_user_pattern", pattern.claims().collect()),
            FhirUserFrom::Identifier(identifier) => ("fhir_user_identifier", identifier.claims().collect()),
        };
        let of_patients: (&'static str, Vec<&str>) = match &self.patients {
            PatientsFrom::Nothing => ("", Vec::new()),
            PatientsFrom::Claim(claim) => ("patients_claim", vec![claim]),
            PatientsFrom::Identifier(identifier) => ("patients_identifier", identifier.claims().collect()),
        };
        let mut claims = Vec::new();
        for (setting, names) in [of_user, of_patients] {
            for name in names {
                if !claims.contains(&(setting, name)) {
                    claims.push((setting, name));
                }
            }
        }
        claims
    }

    /// The resources that must be read at the FHIR server to find out who a person is.
    pub fn search_scope(resource: &str) -> Option<ScopeSet> {
        ScopeSet::strict(&format!("system/{resource}.rs")).ok()
    }
}

/// Lower-case letters, digits, `-` and `_`, at most 63: it is a path segment.
pub fn is_provider_id(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
    (1..=63).contains(&text.len()) && text.bytes().all(allowed)
}
