//! The stylesheet of every page.

use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};

/// The sign-in pages' own sheet, tokens and all, and after it what only these pages need.
pub const STYLESHEET: &str =
    concat!(include_str!("../../../../functions/authorize/pages/style.css"), include_str!("../../pages/local.css"));

pub async fn stylesheet() -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8")),
        // Its URL changes with its content.
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    (headers, STYLESHEET).into_response()
}
