//! The name of a key, and what a token says of the key that it is bound to.

use serde::{Deserialize, Serialize};

/// SHA-256 of a public key, by which everybody knows it (RFC 7638): 43 characters of base64url.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Thumbprint(String);

impl Thumbprint {
    pub fn parse(text: &str) -> Option<Thumbprint> {
        let base64url = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        (text.len() == 43 && base64url).then(|| Thumbprint(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Thumbprint {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Thumbprint, &'static str> {
        Thumbprint::parse(&text).ok_or("a thumbprint has 43 characters of base64url")
    }
}

/// The key that an access token is bound to (RFC 7800 §3.1, RFC 9449 §6.1). A member that is not understood spoils the token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Confirmation {
    pub jkt: Thumbprint,
}
