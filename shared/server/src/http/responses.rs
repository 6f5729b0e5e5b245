//! Answers: JSON with the cache headers its kind must have, and refusals with the id an operator can look up.

use crate::{keys::signer::SigningFailed, store::StoreError};
use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use rules::{
    dpop::Nonces,
    oauth::{
        error::{Challenge, ErrorCode, OAuthError},
        refused::Refused,
    },
};
use serde::Serialize;
use serde_json::json;

/// Header that names a refusal, also shown on pages and in `error_description`.
pub const REFUSAL_HEADER: &str = "admit-refusal";

/// JSON that nobody may keep (RFC 6749 §5.1).
pub fn secret_json(status: StatusCode, body: &impl Serialize) -> Response {
    let mut response = json_response(status, body);
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    response
}

/// JSON for everyone, from any origin, kept for this many seconds.
pub fn public_json(body: &impl Serialize, max_age: u32) -> Response {
    let mut response = json_response(StatusCode::OK, body);
    let headers = response.headers_mut();
    let cache = HeaderValue::from_str(&format!("public, max-age={max_age}"));
    headers.insert(header::CACHE_CONTROL, cache.unwrap_or(HeaderValue::from_static("no-cache")));
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}

fn json_response(status: StatusCode, body: &impl Serialize) -> Response {
    let text = serde_json::to_string(body).unwrap_or_else(|_| r#"{"error":"server_error"}"#.to_owned());
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// The error as JSON, never kept (RFC 6749 §5.2).
pub fn oauth_error(error: OAuthError) -> Response {
    let refused = Refused::of(&error);
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::BAD_REQUEST);
    let mut response =
        secret_json(status, &json!({ "error": refused.code, "error_description": refused.description() }));
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&refused.id) {
        headers.insert(REFUSAL_HEADER, id);
    }
    if let Some(challenge) = error.challenge {
        headers.insert(header::WWW_AUTHENTICATE, challenge_header(challenge, &error));
    }
    if matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(error.retry_after.max(1)));
    }
    response.extensions_mut().insert(refused);
    response
}

/// By which a client learns the nonce of its next proof (RFC 9449 §8).
pub const NONCE_HEADER: &str = "dpop-nonce";

/// The nonce of the next proof, where the tenant asks for any: with every answer, so that no client has to ask twice for long
/// (RFC 9449 §8.2).
pub fn put_nonce(response: &mut Response, nonces: Option<Nonces<'_>>) {
    if let Some(nonce) = nonces.and_then(|nonces| HeaderValue::from_str(&nonces.current()).ok()) {
        response.headers_mut().insert(NONCE_HEADER, nonce);
    }
}

fn challenge_header(challenge: Challenge, error: &OAuthError) -> HeaderValue {
    let text = match challenge {
        Challenge::Basic => "Basic realm=\"admit\", charset=\"UTF-8\"".to_owned(),
        Challenge::Bearer => format!("Bearer realm=\"admit\", error=\"{}\"", error.code.as_str()),
        Challenge::Dpop(algorithms) => {
            let (error, algorithms) = (error.code.as_str(), algorithms.join(" "));
            format!("DPoP realm=\"admit\", error=\"{error}\", algs=\"{algorithms}\"")
        }
        Challenge::BearerAlone => "Bearer realm=\"admit\"".to_owned(),
        Challenge::BearerWithScope(scope) => {
            format!("Bearer realm=\"admit\", error=\"{}\", scope=\"{scope}\"", error.code.as_str())
        }
    };
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("Basic"))
}

impl From<StoreError> for OAuthError {
    /// An outage is never "not found" (E22), and a fault that will last is no outage.
    fn from(error: StoreError) -> OAuthError {
        let (code, text) = match error {
            StoreError::Throttled | StoreError::Unavailable(_) => {
                (ErrorCode::TemporarilyUnavailable, "the server can't answer at the moment; please try again")
            }
            StoreError::Unreadable(_) => {
                (ErrorCode::ServerError, "the server can't answer; its operator has been told")
            }
        };
        let answer = OAuthError::new(code, text).because(error.to_string());
        if matches!(error, StoreError::Throttled) { answer.with_status(429) } else { answer }
    }
}

impl From<SigningFailed> for OAuthError {
    fn from(error: SigningFailed) -> OAuthError {
        let refused = match error {
            SigningFailed::NoSignature(_) => OAuthError::new(
                ErrorCode::TemporarilyUnavailable,
                "the server can't sign at the moment; please try again",
            ),
            SigningFailed::TooLong(_) => {
                OAuthError::invalid_scope("the token that this app would get is too long; ask for fewer scopes")
            }
        };
        refused.because(error.to_string())
    }
}

pub fn unknown_tenant() -> Response {
    oauth_error(OAuthError::invalid_request("there is no such authorization server").with_status(404))
}
