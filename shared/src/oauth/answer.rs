//! Answers: JSON with the cache headers its kind must have, and refusals with the id an operator can look up.

use super::error::{Challenge, OAuthError, printable};
use crate::{keys::signer::SigningFailed, secret::random_text, store::StoreError};
use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::json;

/// What the log says of a refusal; rides on the response to the edge.
#[derive(Clone, Debug)]
pub struct Refused {
    pub id: String,
    pub code: &'static str,
    pub description: String,
    pub detail: String,
}

/// Header that names a refusal, also shown on pages and in `error_description`.
pub const REFUSAL_HEADER: &str = "admit-refusal";

impl Refused {
    pub fn of(error: &OAuthError) -> Refused {
        Refused {
            id: random_text::<6>(),
            code: error.code.as_str(),
            description: printable(&error.description),
            detail: error.detail.clone(),
        }
    }

    /// The sentence for the client, with the id at its end.
    pub fn description(&self) -> String {
        format!("{} (reference {})", self.description, self.id)
    }
}

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

impl IntoResponse for OAuthError {
    /// RFC 6749 §5.2: the error as JSON, never kept.
    fn into_response(self) -> Response {
        let refused = Refused::of(&self);
        let status = StatusCode::from_u16(self.status()).unwrap_or(StatusCode::BAD_REQUEST);
        let mut response =
            secret_json(status, &json!({ "error": refused.code, "error_description": refused.description() }));
        let headers = response.headers_mut();
        if let Ok(id) = HeaderValue::from_str(&refused.id) {
            headers.insert(REFUSAL_HEADER, id);
        }
        if let Some(challenge) = self.challenge {
            headers.insert(header::WWW_AUTHENTICATE, challenge_header(challenge, &self));
        }
        if matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(self.retry_after.max(1)));
        }
        response.extensions_mut().insert(refused);
        response
    }
}

fn challenge_header(challenge: Challenge, error: &OAuthError) -> HeaderValue {
    let text = match challenge {
        Challenge::Basic => "Basic realm=\"admit\", charset=\"UTF-8\"".to_owned(),
        Challenge::Bearer => format!("Bearer realm=\"admit\", error=\"{}\"", error.code.as_str()),
        Challenge::BearerAlone => "Bearer realm=\"admit\"".to_owned(),
        Challenge::BearerWithScope(scope) => {
            format!("Bearer realm=\"admit\", error=\"{}\", scope=\"{scope}\"", error.code.as_str())
        }
    };
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("Basic"))
}

impl From<StoreError> for OAuthError {
    /// An outage is never "not found" (E22).
    fn from(error: StoreError) -> OAuthError {
        use super::error::ErrorCode::TemporarilyUnavailable;
        let answer = OAuthError::new(TemporarilyUnavailable, "the server can't answer at the moment; please try again")
            .because(error.to_string());
        match error {
            StoreError::Throttled => answer.with_status(429),
            StoreError::Unavailable(_) => answer,
        }
    }
}

impl From<SigningFailed> for OAuthError {
    fn from(error: SigningFailed) -> OAuthError {
        use super::error::ErrorCode::TemporarilyUnavailable;
        OAuthError::new(TemporarilyUnavailable, "the server can't sign at the moment; please try again")
            .because(error.0)
    }
}
