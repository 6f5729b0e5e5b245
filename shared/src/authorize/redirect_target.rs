//! Where the answer may go. Until this is known, an error shows a page and is never redirected (RFC 6749 §4.1.2.1).

use crate::{
    client::Client,
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

/// A request that must not be redirected anywhere (AUTHZ-4). `detail` is for the log.
#[derive(Debug)]
pub struct NotRedirectable {
    pub what_happened: &'static str,
    pub detail: &'static str,
}

impl RedirectTarget {
    pub fn find(params: &Params, client: Option<&Client>, tenant: &Tenant) -> Result<RedirectTarget, NotRedirectable> {
        let refuse = |what_happened, detail| Err(NotRedirectable { what_happened, detail });
        if params.is_repeated("client_id") || params.is_repeated("redirect_uri") {
            return refuse("The app's request is ambiguous.", "client_id or redirect_uri came twice");
        }
        if !params.has("client_id") {
            return refuse("The app did not say which app it is.", "client_id is missing");
        }
        let Some(client) = client else {
            return refuse("The app is not registered here.", "the client is unknown");
        };
        let Some(redirect_uri) = params.get("redirect_uri") else {
            return refuse("The app did not say where to send you afterwards.", "redirect_uri is missing");
        };
        if !client.redirect_uris.iter().any(|registered| registered.matches(redirect_uri)) {
            return refuse(
                "The app asked to send you to an address that is not registered for it.",
                "redirect_uri is not registered",
            );
        }
        // A state that came twice is nobody's: echo none.
        let state = params.get("state").filter(|_| !params.is_repeated("state")).map(str::to_owned);
        let response = match params.get("response_type") {
            Some("token") if tenant.policy.grant_types.contains(&GrantType::Implicit) => ResponseType::Token,
            _ => ResponseType::Code,
        };
        Ok(RedirectTarget { redirect_uri: redirect_uri.to_owned(), state, response })
    }
}
