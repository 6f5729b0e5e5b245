//! What an app says when it signs its user out: who they are, and where they shall go afterwards.

use crate::{
    http::responses::{PageContext, PageError},
    texts::Texts,
};
use axum::http::StatusCode;
use rules::{jws::TokenKind, oauth::params::Params, tenant::TenantRecord, time::Timestamp, token::IdTokenClaims};
use server::{Server, clients::named};
use url::form_urlencoded::Serializer;

/// What travels with the person's answer. The rest of the specification's members are hints that need no keeping.
pub const MEMBERS: [&str; 5] = ["id_token_hint", "client_id", "post_logout_redirect_uri", "state", "ui_locales"];

pub struct LogoutRequest {
    /// Of a good `id_token_hint`: who shall be signed out.
    pub sub: Option<String>,
    pub client_name: Option<String>,
    /// A registered address, with the app's `state`.
    pub location: Option<String>,
}

impl LogoutRequest {
    pub async fn parse(
        server: &Server,
        tenant: &TenantRecord,
        context: &PageContext<'_>,
        params: &Params,
        now: Timestamp,
    ) -> Result<LogoutRequest, PageError> {
        let refuse = |what_happened: fn(Texts) -> &'static str, detail| {
            context.error(StatusCode::BAD_REQUEST, what_happened, detail)
        };
        if params.repeated().is_some() {
            return Err(refuse(Texts::error_ambiguous, "a parameter came twice"));
        }
        // An expired one will do: it says who, not that they may (§2).
        let hint = params.get("id_token_hint");
        let claims = hint.and_then(|hint| tenant.verify_own::<IdTokenClaims>(hint, TokenKind::IdToken).ok());
        let client_id = match (params.get("client_id"), &claims) {
            (Some(id), Some(claims)) if id != claims.aud => {
                return Err(refuse(Texts::error_ambiguous, "client_id is not the aud of id_token_hint"));
            }
            (Some(id), _) => Some(id),
            (None, claims) => claims.as_ref().map(|claims| claims.aud.as_str()),
        };
        let client = match client_id {
            Some(id) => named(server, tenant, id, now).await.map_err(|error| context.outage(&error))?,
            None => None,
        };
        let location = match (params.get("post_logout_redirect_uri"), &client) {
            (None, _) => None,
            (Some(uri), Some(client)) if client.post_logout_redirect_uris.iter().any(|known| known.matches(uri)) => {
                Some(with_state(uri, params.get("state")))
            }
            (Some(_), _) => {
                return Err(refuse(
                    Texts::error_unregistered_redirect_uri,
                    "post_logout_redirect_uri is not registered for the client, or the client is unknown",
                ));
            }
        };
        let client_name = client.map(|client| client.known_as().to_owned());
        Ok(LogoutRequest { sub: claims.map(|claims| claims.sub), client_name, location })
    }
}

fn with_state(uri: &str, state: Option<&str>) -> String {
    let Some(state) = state else { return uri.to_owned() };
    let separator = if uri.contains('?') { '&' } else { '?' };
    let state = Serializer::new(String::new()).append_pair("state", state).finish();
    format!("{uri}{separator}{state}")
}
