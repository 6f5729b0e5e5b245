//! A page where a developer pastes what an app will send or register, and reads what this server thinks of it. The
//! judges are the server's own.

mod jwks;
mod jwt;
mod page;
mod registration;
mod scopes;

pub use registration::{InTenant, checked};

use crate::site::{Site, html, plain};
use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State},
    http::{StatusCode, Uri},
    response::Response,
    routing::get,
};
use page::{Report, ValidatePage};
use rules::oauth::params::Params;
use std::sync::Arc;

/// What can be pasted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum What {
    Scope,
    Jwt,
    Jwks,
    Registration,
}

impl What {
    pub const ALL: [What; 4] = [What::Scope, What::Jwt, What::Jwks, What::Registration];

    pub fn as_str(self) -> &'static str {
        match self {
            What::Scope => "scope",
            What::Jwt => "jwt",
            What::Jwks => "jwks",
            What::Registration => "registration",
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            What::Scope => "Scopes",
            What::Jwt => "A JWT",
            What::Jwks => "A key set",
            What::Registration => "A registration",
        }
    }
}

pub fn routes(site: Arc<Site>) -> Router {
    Router::new()
        .route("/launcher/validate", get(first))
        .route("/launcher/validate/{what}", get(by_get).post(by_post))
        .layer(DefaultBodyLimit::max(256 * 1024))
        .with_state(site)
}

async fn first(State(site): State<Arc<Site>>) -> Response {
    answer(&site, What::Scope, &Params::default()).await
}

/// Scopes may be in the address; tokens and keys are posted, so that no history keeps them.
async fn by_get(State(site): State<Arc<Site>>, Path(what): Path<String>, uri: Uri) -> Response {
    respond(&site, &what, uri.query().unwrap_or_default().as_bytes()).await
}

async fn by_post(State(site): State<Arc<Site>>, Path(what): Path<String>, body: Bytes) -> Response {
    respond(&site, &what, &body).await
}

async fn respond(site: &Site, what: &str, encoded: &[u8]) -> Response {
    let Some(what) = What::ALL.into_iter().find(|known| known.as_str() == what) else {
        return plain(StatusCode::NOT_FOUND, "Nothing of this kind is checked here.");
    };
    answer(site, what, &Params::parse(encoded).unwrap_or_default()).await
}

async fn answer(site: &Site, what: What, params: &Params) -> Response {
    let text = params.get("text").unwrap_or_default();
    let report = match (what, text.trim()) {
        (_, "") => Report::default(),
        (What::Scope, text) => scopes::judge(text),
        (What::Jwt, text) => jwt::judge(site, text, params.get("keys")).await,
        (What::Jwks, text) => jwks::judge(text),
        (What::Registration, _) => registration::judge(site, text),
    };
    html(StatusCode::OK, &ValidatePage::new(what, text, params.get("keys").unwrap_or_default(), report))
}
