//! `/{tenant}/authorize`: the app's request, the pages on the way, the answer. A loop round `next_step`: each page adds
//! one fact and no page knows the next. `/{tenant}/logout` ends the session that a sign-in here has made.

mod account;
mod account_changes;
mod account_page;
mod answers;
mod audited;
mod begin;
mod browser;
mod consent_page;
mod context_page;
mod cookies;
mod finish;
mod logout;
mod logout_request;
mod manage;
mod pages;
mod picker_page;
mod proceed;
mod provider;
mod provider_callback;
mod provider_failure;
mod provider_pages;
mod record_names;
mod second_factor;
mod session;
mod show;
mod sign_in;
mod signed_in;
mod silent;
pub mod texts;
mod unasked;
mod visit;

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State, rejection::BytesRejection},
    http::{HeaderMap, HeaderValue, Uri, header},
    response::{IntoResponse, Response},
    routing::get,
};
use server::{
    Server,
    http::form_post::{MOST_BYTES, is_form},
};
use std::sync::Arc;

pub fn routes(server: Arc<Server>) -> Router {
    let routes = Router::new()
        .route("/{tenant}/authorize", get(by_get).post(by_post))
        .route("/{tenant}/account", get(account::page).post(account::post))
        .route("/{tenant}/manage", get(manage::page).post(manage::post))
        .route("/{tenant}/authorize/style.css", get(stylesheet))
        .route("/{tenant}/authorize/passkey.js", get(script))
        .route("/{tenant}/authorize/callback/{provider}", get(provider_callback::callback))
        .route("/{tenant}/authorize/{interaction}/provider/{provider}", get(provider::leave))
        .route("/{tenant}/authorize/{interaction}", get(show::page).post(proceed::fact))
        .route("/{tenant}/logout", get(logout::by_get).post(logout::by_post))
        .layer(DefaultBodyLimit::max(MOST_BYTES))
        .with_state(server.clone());
    server::log::requests(&server, "authorize", routes)
}

/// The same request in the query (AUTHZ-1) …
async fn by_get(
    State(server): State<Arc<Server>>,
    Path(tenant): Path<String>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    begin::begin(&server, &tenant, &headers, uri.query().unwrap_or_default().as_bytes())
        .await
        .unwrap_or_else(IntoResponse::into_response)
}

/// … or in the body, where long scopes have room (AUTHZ-19).
async fn by_post(
    State(server): State<Arc<Server>>,
    Path(tenant): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    // A body of another type, or too large a one, holds no parameters, and a request without any gets its error page.
    let form = body.ok().filter(|_| is_form(&headers)).unwrap_or_default();
    begin::begin(&server, &tenant, &headers, &form).await.unwrap_or_else(IntoResponse::into_response)
}

async fn stylesheet(State(server): State<Arc<Server>>, Path(tenant): Path<String>) -> Response {
    let (css, cache) = match server.tenant(&tenant, server.now()).await {
        // Its URL changes with its content.
        Ok(Some(tenant)) => (pages::stylesheet(&tenant), "public, max-age=31536000, immutable"),
        // The page that says so is readable all the same.
        Ok(None) | Err(_) => (pages::STYLESHEET.to_owned(), "no-store"),
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static(cache)),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    (headers, css).into_response()
}

/// For passkeys alone, which need one; everything else goes without.
async fn script() -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/javascript; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    (headers, pages::SCRIPT).into_response()
}
