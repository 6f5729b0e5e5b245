//! What the provider's token endpoint answered (OpenID Connect Core §3.1.3.3).

use crate::{json, secret::Secret};
use serde::Deserialize;

pub struct ProviderTokens {
    pub id_token: Secret,
    /// For `at_hash` and userinfo; kept nowhere.
    pub access_token: Option<Secret>,
}

#[derive(Deserialize)]
struct Body {
    id_token: Option<String>,
    access_token: Option<String>,
    error: Option<String>,
}

/// `Err` is for the log.
pub fn read(status: u16, body: &[u8]) -> Result<ProviderTokens, String> {
    let body: Body =
        json::object(body).ok_or_else(|| format!("the token endpoint answered {status} without a JSON object"))?;
    match (status, body.id_token) {
        (200, Some(id_token)) => {
            Ok(ProviderTokens { id_token: Secret::new(id_token), access_token: body.access_token.map(Secret::new) })
        }
        (200, None) => Err("the token endpoint gave no id_token".to_owned()),
        (status, _) => {
            let error = body.error.unwrap_or_default();
            let error: String = error.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(60).collect();
            Err(format!("the token endpoint answered {status} {error}"))
        }
    }
}
