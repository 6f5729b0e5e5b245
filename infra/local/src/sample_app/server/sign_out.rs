//! Signing out: the app forgets, and sends the browser to the authorization server, so that it forgets too (OpenID Connect
//! RP-Initiated Logout 1.0).

use super::{apps::Apps, hosted::HostedApp, page, session::Session};
use crate::site::see_other;
use axum::{
    extract::{Path, State},
    response::Response,
};
use serde_json::Value;
use std::sync::Arc;
use url::Url;

/// With the id_token as a hint, the authorization server does not ask the user to confirm.
pub fn sign_out(base: &str, app: &HostedApp, session: &Session, token: &Value) -> Response {
    let back = format!("{base}{}/signed-out", app.path);
    let endpoint = session.discovered["end_session_endpoint"].as_str().and_then(|url| Url::parse(url).ok());
    let Some(mut url) = endpoint else { return see_other(&back) };
    url.query_pairs_mut().append_pair("client_id", &app.client_id).append_pair("post_logout_redirect_uri", &back);
    if let Some(id_token) = token["id_token"].as_str() {
        url.query_pairs_mut().append_pair("id_token_hint", id_token);
    }
    see_other(url.as_str())
}

/// Where the browser comes back to.
pub async fn signed_out(State(apps): State<Arc<Apps>>, Path((tenant, client_id)): Path<(String, String)>) -> Response {
    match apps.find(&tenant, &client_id) {
        Some((tenant, app)) => page::signed_out(tenant, app),
        None => page::no_such_app(),
    }
}
