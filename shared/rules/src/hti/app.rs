//! What an app must be, and ask for, that a portal launches with an HTI token (HTI-2, HTI-13).

use crate::{
    authorize::{redirect_target::ResponseType, request::AuthorizationRequest},
    client::{AccessTokenFormat, Client},
    oauth::{
        error::{ErrorCode, OAuthError},
        params::Params,
    },
    tenant::AuthenticationMethod,
};
use std::collections::BTreeSet;

/// The only scopes of such a launch, in any order.
const SCOPES: [&str; 3] = ["fhirUser", "launch", "openid"];

/// Whether the request is one that TOP-KT-007 describes. The token in `launch` is judged elsewhere.
pub fn check_request(params: &Params, request: &AuthorizationRequest, client: &Client) -> Result<(), OAuthError> {
    if client.authentication.method() != AuthenticationMethod::PrivateKeyJwt {
        let text = "an app that is launched with an HTI token must authenticate with private_key_jwt";
        return Err(OAuthError::new(ErrorCode::UnauthorizedClient, text));
    }
    let asked: BTreeSet<&str> = params.get("scope").unwrap_or_default().split(' ').collect();
    if asked != BTreeSet::from(SCOPES) || request.scope.len() != SCOPES.len() {
        let text = "scope must be exactly launch openid fhirUser in a launch with an HTI token";
        return Err(OAuthError::invalid_scope(text).because(format!("the client is registered for: {}", client.scope)));
    }
    let missing = match request {
        _ if !params.has("aud") => Some("aud"),
        AuthorizationRequest { code_challenge: None, .. } => Some("code_challenge"),
        _ if request.redirect.state.is_none() => Some("state"),
        _ => None,
    };
    if let Some(name) = missing {
        return Err(OAuthError::invalid_request(format!("{name} is missing in a launch with an HTI token")));
    }
    match request.redirect.response {
        ResponseType::Code => Ok(()),
        ResponseType::Token => Err(OAuthError::invalid_request("a launch with an HTI token needs response_type=code")),
    }
}

/// An app that gets no access token at all has no use for any other launch.
pub fn needs_hti(client: &Client) -> Result<(), OAuthError> {
    match client.access_token_format {
        AccessTokenFormat::Noop => {
            let text = "this app is opened by a portal, with an HTI token as launch";
            Err(OAuthError::invalid_request(text).because("access_token_format is noop, and launch is no HTI token"))
        }
        AccessTokenFormat::Jwt | AccessTokenFormat::Reference => Ok(()),
    }
}
