//! At `/{tenant}/introspect`: a token that the simulation has ended is inactive for every caller, above all the FHIR server.

use super::{message, stage::Stage};
use axum::{body::Body, extract::Request, middleware::Next, response::Response};
use rules::oauth::{introspection::inactive, params::Params};
use serde_json::json;

/// The function answers first, since it knows which callers may introspect. `slow_answers` does not apply here: the app already
/// waits for the FHIR server, which introspects with each request.
pub async fn answer(stage: &Stage, request: Request, next: Next) -> Response {
    let (parts, body) = match message::read(request).await {
        Ok(read) => read,
        Err(too_large) => return next.run(too_large).await,
    };
    let form = Params::parse(&body).unwrap_or_default();
    let followed = form.get("token").and_then(|token| stage.memory.find(token, stage.now));
    let response = next.run(Request::from_parts(parts, Body::from(body))).await;
    let Some((followed, ends)) = followed.and_then(|followed| Some((followed, followed.ends?))) else {
        return response;
    };
    let (mut members, with) = match message::json(response).await {
        Ok(read) => read,
        Err(response) => return response,
    };
    if members["active"] != true {
        return with(members);
    }
    if followed.is_over(stage.now) {
        return with(inactive());
    }
    members["exp"] = json!(ends);
    with(members)
}
