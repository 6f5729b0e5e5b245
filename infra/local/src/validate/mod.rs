//! A page where a developer pastes what an app will send or register, and reads whether this server accepts it. The server's
//! own code decides.

mod document;
mod input;
mod jwks;
mod jwt;
mod page;
mod parts;
mod proof;
mod registration;
mod scopes;

pub use registration::{EnclosingTenant, parse_clients};

use crate::site::{Site, html, plain};
use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State},
    http::{StatusCode, Uri},
    response::Response,
    routing::get,
};
use input::InputKind;
use page::{Pasted, Report, ValidatePage};
use rules::oauth::params::Params;
use std::sync::Arc;

pub fn routes(site: Arc<Site>) -> Router {
    Router::new()
        .route("/launcher/validate", get(first))
        .route("/launcher/validate/{kind}", get(by_get).post(by_post))
        .layer(DefaultBodyLimit::max(256 * 1024))
        .with_state(site)
}

async fn first(State(site): State<Arc<Site>>) -> Response {
    answer(&site, InputKind::Scope, &Params::default()).await
}

/// Scopes may be in the address; tokens and keys are posted, so that no history keeps them.
async fn by_get(State(site): State<Arc<Site>>, Path(kind): Path<String>, uri: Uri) -> Response {
    respond(&site, &kind, uri.query().unwrap_or_default().as_bytes()).await
}

async fn by_post(State(site): State<Arc<Site>>, Path(kind): Path<String>, body: Bytes) -> Response {
    respond(&site, &kind, &body).await
}

async fn respond(site: &Site, kind: &str, encoded: &[u8]) -> Response {
    let Some(kind) = InputKind::ALL.into_iter().find(|input| input.as_str() == kind) else {
        return plain(StatusCode::NOT_FOUND, "Nothing of this kind is checked here.");
    };
    answer(site, kind, &Params::parse(encoded).unwrap_or_default()).await
}

async fn answer(site: &Site, kind: InputKind, params: &Params) -> Response {
    let given = |name: &str| params.get(name).unwrap_or_default();
    let pasted = Pasted { text: given("text"), keys: given("keys"), token: given("token"), address: given("address") };
    let report = match (kind, pasted.text.trim()) {
        (_, "") => Report::default(),
        (InputKind::Scope, text) => scopes::judge(text),
        (InputKind::Jwt, text) => jwt::judge(site, text, &pasted).await,
        (InputKind::Jwks, text) => jwks::judge(text),
        (InputKind::Registration, _) => registration::judge(site, pasted.text),
        (InputKind::Document, text) => document::judge(site, text, pasted.address.trim()),
    };
    html(StatusCode::OK, &ValidatePage::new(kind, &pasted, report))
}
