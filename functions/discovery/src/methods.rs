//! What these documents say to other methods than GET.

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use rules::oauth::error::OAuthError;
use server::http::{cors::allowed_headers, responses::oauth_error};

/// A 405 names what is allowed (RFC 9110 §15.5.6).
pub fn read_only() -> Response {
    let mut response = oauth_error(OAuthError::invalid_request("this document is read with GET").with_status(405));
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD, OPTIONS"));
    response
}

/// Any page may read these (DISC-18), whatever headers its library adds.
pub fn preflight(request: &HeaderMap) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, HEAD, OPTIONS"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, allowed_headers(request, "Accept"));
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    response
}
