//! What a FHIR server, or a resource before one, says of who guards it (RFC 9728): how a client that knows nothing but its address finds this server.

use crate::{
    dpop::TokenScheme,
    enforcement::{Need, scopes_for},
    scope::{Level, Permissions, ResourceScope, ResourceType, Scope, ScopeSet},
    tenant::{DpopUse, Guarded, Tenant},
};
use serde_json::{Value, json};
use url::Url;

/// RFC 9728 §3.
pub const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

/// Where the metadata of a resource lies: the well-known part comes between its host and its path (RFC 9728 §3.1). None for what is no URL.
pub fn metadata_url(resource: &str) -> Option<String> {
    let (scheme, rest) = resource.split_once("://")?;
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    Some(format!("{scheme}://{host}{WELL_KNOWN}{}", path.trim_end_matches('/')))
}

/// The one of this tenant whose metadata lies at this path of this server. Those at other hosts publish theirs themselves.
pub fn at<'t>(tenant: &'t Tenant, path: &str) -> Option<Guarded<'t>> {
    let asked = Url::parse(&format!("{}{}", tenant.issuer.origin(), path.trim_end_matches('/'))).ok()?;
    let is_there = |url: &str| metadata_url(url).and_then(|url| Url::parse(&url).ok()).is_some_and(|url| url == asked);
    tenant.guarded().find(|guarded| is_there(guarded.url()))
}

/// RFC 9728 §2. Clients compare `resource` with the address that they know, so it is written as the tenant file has it (§3.3).
pub fn metadata(tenant: &Tenant, guarded: Guarded<'_>) -> Value {
    let scopes: Vec<String> = usual_scope_of(tenant, guarded).iter().map(Scope::to_string).collect();
    let mut document = json!({
        "resource": guarded.url(),
        "authorization_servers": [tenant.issuer.as_str()],
        "scopes_supported": scopes,
        "bearer_methods_supported": ["header"],
        "resource_name": guarded.name(),
    });
    if !guarded.dpop().is_off() {
        document["dpop_signing_alg_values_supported"] = json!(tenant.policy.profile.proof_algorithms());
        document["dpop_bound_access_tokens_required"] = json!(guarded.dpop() == DpopUse::Required);
    }
    document
}

/// What a client is to ask for that knows nothing but the address: the data of the tenant's default scope. Who somebody is and how long access
/// lasts is between the client and the authorization server.
pub fn usual_scope(tenant: &Tenant) -> ScopeSet {
    let default = tenant.policy.default_scope.clone().unwrap_or_default();
    let data = default.without(|scope| !matches!(scope, Scope::Resource(_)));
    if data.is_empty() { to_see_all(Level::Patient) } else { data }
}

/// The same of whatever is guarded: a resource before a FHIR server has scopes of its own.
pub fn usual_scope_of(tenant: &Tenant, guarded: Guarded<'_>) -> ScopeSet {
    match guarded {
        Guarded::FhirServer(_) => usual_scope(tenant),
        Guarded::Resource(resource) => resource.scope.clone(),
    }
}

fn to_see_all(level: Level) -> ScopeSet {
    let all = ResourceScope::new(level, ResourceType::Any, Permissions::READ_SEARCH);
    [Scope::Resource(all)].into_iter().collect()
}

/// A refused client learns from this where to go (RFC 9728 §5.1) and what to ask for (RFC 6750 §3).
#[derive(Debug)]
pub enum Unmet<'a> {
    /// No token came, or not as one should: that is no error (RFC 6750 §3.1).
    NoToken {
        usual: &'a ScopeSet,
    },
    BadToken,
    /// The token is good, and its proof is not (RFC 9449 §7.1): with the error's code.
    BadProof(&'static str),
    /// With all that this one request needs, so that one more round is enough.
    TooLittle {
        needed: &'a ScopeSet,
    },
    /// The scopes would do. It is another's record, or not for anybody.
    NotThis,
}

/// The values of the header `WWW-Authenticate`, one a scheme that the resource takes (RFC 9449 §7.1).
pub fn challenges(tenant: &Tenant, resource: &str, refused: &Unmet<'_>) -> Vec<String> {
    let schemes: &[TokenScheme] = match (tenant.dpop_at(resource), refused) {
        (DpopUse::Off, _) => &[TokenScheme::Bearer],
        (DpopUse::Required, _) | (_, Unmet::BadProof(_)) => &[TokenScheme::Dpop],
        (DpopUse::Accepted, _) => &[TokenScheme::Bearer, TokenScheme::Dpop],
    };
    let algorithms = tenant.policy.profile.proof_algorithms().join(" ");
    schemes.iter().map(|scheme| challenge(*scheme, &algorithms, resource, refused)).collect()
}

fn challenge(scheme: TokenScheme, algorithms: &str, resource: &str, refused: &Unmet<'_>) -> String {
    let (error, scope) = match refused {
        Unmet::NoToken { usual } => (None, Some(usual)),
        Unmet::BadToken => (Some("invalid_token"), None),
        Unmet::BadProof(code) => (Some(*code), None),
        Unmet::TooLittle { needed } => (Some("insufficient_scope"), Some(needed)),
        Unmet::NotThis => (None, None),
    };
    let (scheme, algorithms) = match scheme {
        TokenScheme::Bearer => ("Bearer", None),
        TokenScheme::Dpop => ("DPoP", Some(algorithms.to_owned())),
    };
    let members = [
        error.map(|error| ("error", error.to_owned())),
        scope.map(|scope| ("scope", scope.to_string())),
        algorithms.map(|algorithms| ("algs", algorithms)),
        metadata_url(resource).map(|url| ("resource_metadata", url)),
    ];
    let members = members.into_iter().flatten().map(|(name, value)| format!("{name}=\"{}\"", quoted(&value)));
    format!("{scheme} {}", members.collect::<Vec<_>>().join(", "))
}

/// As RFC 9110 §5.6.4 has it.
fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

/// All that these need, at the level that the token has: a client that asks for this has enough.
pub fn needed(held: &ScopeSet, needs: &[Need]) -> ScopeSet {
    let level = [Level::Patient, Level::User, Level::System].into_iter().find(|level| held.has_level(*level));
    scopes_for(needs, level.unwrap_or(Level::Patient))
}
