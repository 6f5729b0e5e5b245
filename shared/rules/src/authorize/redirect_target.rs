//! Where the answer may go. Until this is known, an error shows a page and is never redirected (RFC 6749 §4.1.2.1).

use crate::{
    client::Client,
    length::MOST_STATE_BYTES,
    oauth::params::Params,
    tenant::{GrantType, Tenant},
};
use serde::{Deserialize, Serialize};

/// Where the answer goes: a redirect URI that this client registered, and the app's own `state`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RedirectTarget {
    pub redirect_uri: String,
    pub state: Option<String>,
    pub response: ResponseType,
    /// The app is registered to hear no `iss`.
    #[serde(default)]
    pub without_iss: bool,
}

/// What the app gets, which also says where in the redirect it stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseType {
    /// A code, in the query.
    #[default]
    Code,
    /// An access token, in the fragment (RFC 6749 §4.2.2).
    Token,
}

impl ResponseType {
    pub fn grant_type(self) -> GrantType {
        match self {
            ResponseType::Code => GrantType::AuthorizationCode,
            ResponseType::Token => GrantType::Implicit,
        }
    }
}

/// A request that must not be redirected anywhere (AUTHZ-4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotRedirectable {
    #[error("client_id or redirect_uri came twice")]
    Ambiguous,
    #[error("client_id is missing")]
    NoClientId,
    #[error("the client is unknown")]
    UnknownClient,
    #[error("redirect_uri is missing")]
    NoRedirectUri,
    #[error("redirect_uri is not registered")]
    UnregisteredRedirectUri,
}

impl RedirectTarget {
    pub fn find(params: &Params, client: Option<&Client>, tenant: &Tenant) -> Result<RedirectTarget, NotRedirectable> {
        if params.is_repeated("client_id") || params.is_repeated("redirect_uri") {
            return Err(NotRedirectable::Ambiguous);
        }
        if !params.has("client_id") {
            return Err(NotRedirectable::NoClientId);
        }
        let client = client.ok_or(NotRedirectable::UnknownClient)?;
        let redirect_uri = params.get("redirect_uri").ok_or(NotRedirectable::NoRedirectUri)?;
        if !client.registers_redirect(redirect_uri) {
            return Err(NotRedirectable::UnregisteredRedirectUri);
        }
        // A state that came twice is nobody's, and one that is too long comes through no gateway: echo none.
        let state = params.get("state").filter(|state| !params.is_repeated("state") && !is_too_long(state));
        let response = match params.get("response_type") {
            Some("token") if tenant.policy.grant_types.contains(&GrantType::Implicit) => ResponseType::Token,
            _ => ResponseType::Code,
        };
        let without_iss = client.without_answer_iss;
        Ok(RedirectTarget {
            redirect_uri: redirect_uri.to_owned(),
            state: state.map(str::to_owned),
            response,
            without_iss,
        })
    }
}

/// Whether this `state` can't be brought back to the app.
pub fn is_too_long(state: &str) -> bool {
    state.len() > MOST_STATE_BYTES
}
