//! Which tenant: its id in this deployment, and its name in every token.

use serde::{Deserialize, Serialize};

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
