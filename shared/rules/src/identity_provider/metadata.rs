//! A provider's discovery document (OpenID Connect Discovery §3, §4.3): where it lives, if it is the one that was meant.

use super::IdentityProvider;
use crate::json;
use serde::Deserialize;

/// What this server needs of it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ProviderMetadata {
    pub issuer: String,
    pub authorization_endpoint: String,
    pub token_endpoint: String,
    pub jwks_uri: String,
    pub userinfo_endpoint: Option<String>,
    /// Where its own session ends (OpenID Connect RP-Initiated Logout 1.0 §2.1).
    #[serde(default)]
    pub end_session_endpoint: Option<String>,
    /// RFC 9207 §3: its answers always say whose they are.
    #[serde(default)]
    pub authorization_response_iss_parameter_supported: bool,
    /// What it signs id_tokens with; absent or empty: it does not say.
    #[serde(default)]
    pub id_token_signing_alg_values_supported: Vec<String>,
}

impl ProviderMetadata {
    /// A link for somebody who wants to sign out there too. Without an `id_token_hint`, which this server does not keep,
    /// `client_id` says who asks (§2); there is no `post_logout_redirect_uri`, since none is registered.
    pub fn end_session_link(&self, provider: &IdentityProvider, loopback: bool) -> Option<String> {
        let mut url = browser_url(self.end_session_endpoint.as_deref()?, loopback)?;
        url.query_pairs_mut().append_pair("client_id", &provider.client_id);
        Some(url.into())
    }
}

/// Why a provider can't be used; for the log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadMetadata(pub String);

/// Judges what came from the provider's discovery URL. `loopback` allows plain http, for tenants on a laptop.
pub fn read(provider: &IdentityProvider, body: &[u8], loopback: bool) -> Result<ProviderMetadata, BadMetadata> {
    let metadata: ProviderMetadata =
        json::object(body).ok_or_else(|| BadMetadata("not a discovery document".into()))?;
    if metadata.issuer != provider.issuer && !speaks_for_many(provider, &metadata.issuer) {
        return Err(BadMetadata("the document is of another issuer".into()));
    }
    if browser_url(&metadata.authorization_endpoint, loopback).is_none() {
        return Err(BadMetadata("the authorization_endpoint is no https: address".into()));
    }
    Ok(metadata)
}

/// An address that a browser may be sent to. A query of its own stays (RFC 6749 §3.1); a fragment can't be.
fn browser_url(text: &str, loopback: bool) -> Option<url::Url> {
    let url = url::Url::parse(text).ok().filter(|url| url.fragment().is_none() && url.has_host())?;
    (url.scheme() == "https" || (loopback && url.scheme() == "http")).then_some(url)
}

/// Entra ID's document for all organisations names its issuer with a hole in it, `https://…/{tenantid}/v2.0`. It is taken
/// where the operator has listed whose id_tokens are accepted, the hole is in the path, and each of them fits it.
fn speaks_for_many(provider: &IdentityProvider, named: &str) -> bool {
    let Some((before, after)) = named.split_once("{tenantid}") else { return false };
    let origin = url::Url::parse(&provider.issuer).map(|url| url.origin().ascii_serialization());
    if provider.accepts_issuer(&provider.issuer) || !origin.is_ok_and(|at| before.starts_with(&format!("{at}/"))) {
        return false;
    }
    let fits = |iss: &String| {
        let inside = iss.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
        inside.is_some_and(|inside| !inside.is_empty() && !inside.contains('/'))
    };
    provider.id_token_issuers.iter().all(fits)
}

#[cfg(test)]
mod tests {
    use super::{super::id_token::tests::provider, *};
    use serde_json::json;

    fn document(issuer: &str) -> Vec<u8> {
        json!({
            "issuer": issuer,
            "authorization_endpoint": "https://idp.example/authorize",
            "token_endpoint": "https://idp.example/token",
            "jwks_uri": "https://idp.example/jwks",
        })
        .to_string()
        .into_bytes()
    }

    #[test]
    fn the_issuer_is_the_same_to_the_letter() {
        assert!(read(&provider(), &document("https://idp.example"), false).is_ok());
        for other in ["https://idp.example/", "https://IDP.example", "http://idp.example", "https://{tenantid}.example"]
        {
            assert!(read(&provider(), &document(other), false).is_err(), "{other}");
        }
    }

    #[test]
    fn a_document_for_many_is_taken_where_each_accepted_issuer_fits_it() {
        let many = |issuers: &[&str]| IdentityProvider {
            issuer: "https://login.example/common/v2.0".into(),
            id_token_issuers: issuers.iter().map(|iss| (*iss).to_owned()).collect(),
            ..provider()
        };
        let document = document("https://login.example/{tenantid}/v2.0");
        assert!(
            read(&many(&["https://login.example/a-1/v2.0", "https://login.example/b-2/v2.0"]), &document, false)
                .is_ok()
        );
        assert!(
            read(&many(&["https://login.example/a-1/v2.0", "https://other.example/b/v2.0"]), &document, false).is_err()
        );
        assert!(read(&many(&["https://login.example/a/b/v2.0"]), &document, false).is_err());
        assert!(read(&many(&["https://login.example/common/v2.0"]), &document, false).is_err(), "no list of its own");
        let elsewhere = super::tests::document("https://evil.example/{tenantid}/v2.0");
        assert!(read(&many(&["https://evil.example/a-1/v2.0"]), &elsewhere, false).is_err());
    }

    #[test]
    fn one_can_sign_out_there_where_the_document_says_how() {
        let link = |endpoint: serde_json::Value, loopback: bool| {
            let mut metadata: serde_json::Value = serde_json::from_slice(&document("https://idp.example")).unwrap();
            metadata["end_session_endpoint"] = endpoint;
            let metadata = read(&provider(), metadata.to_string().as_bytes(), loopback).unwrap();
            metadata.end_session_link(&provider(), loopback)
        };
        let good = "https://idp.example/logout?own=1";
        assert_eq!(link(json!(good), false).as_deref(), Some("https://idp.example/logout?own=1&client_id=us"));
        assert!(link(json!("http://127.0.0.1/logout"), true).is_some());
        for bad in
            [json!(null), json!(""), json!("javascript:alert(1)"), json!("http://idp.example/"), json!("/logout")]
        {
            assert_eq!(link(bad.clone(), false), None, "{bad}");
        }
    }

    #[test]
    fn an_address_that_is_none_is_refused() {
        for bad in
            ["javascript:alert(1)", "http://idp.example/", "/authorize", "https://idp.example/#x", "data:text/html,x"]
        {
            let text = String::from_utf8(document("https://idp.example")).unwrap();
            let text = text.replace("https://idp.example/authorize", bad);
            assert!(read(&provider(), text.as_bytes(), false).is_err(), "{bad}");
        }
    }
}
