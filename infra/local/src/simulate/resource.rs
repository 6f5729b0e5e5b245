//! Everywhere else, the FHIR servers above all: answers to the tokens of a spoiled flow.

use super::{
    Problem,
    stage::{Simulator, finish},
};
use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::Next,
    response::Response,
};

/// Introspection tells the FHIR server that a token has expired. This adds the reason to the answer of the FHIR server.
pub async fn answer(simulator: &Simulator, request: Request, next: Next) -> Response {
    let now = simulator.server.now();
    let followed = bearer(request.headers())
        .and_then(|token| simulator.memories.values().find_map(|memory| memory.find(token, now)));
    let mut response = next.run(request).await;
    let Some(followed) = followed else { return response };
    if followed.is_over(now) && response.status() == StatusCode::UNAUTHORIZED {
        explain(followed.problem, &mut response);
    }
    finish(followed.problem, response).await
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// RFC 6750 §3: `invalid_token` is one code for both, and the description tells them apart.
fn explain(problem: Problem, response: &mut Response) {
    let why = match problem {
        Problem::RequestInvalidToken => "The access token is invalid (simulated)",
        _ => "The access token expired (simulated)",
    };
    let Some(challenge) = response.headers().get(header::WWW_AUTHENTICATE).and_then(|value| value.to_str().ok()) else {
        return;
    };
    if let Ok(challenge) = HeaderValue::from_str(&format!("{challenge}, error_description=\"{why}\"")) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
}
