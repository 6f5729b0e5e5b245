//! At `/{tenant}/introspect`: a token that is over by simulation is over for whoever asks, the FHIR server above all.

use super::{message, stage::Stage};
use axum::{body::Body, extract::Request, middleware::Next, response::Response};
use rules::oauth::{introspection::inactive, params::Params};
use serde_json::json;

/// The function answers first, since it knows who may ask. Never slow: the FHIR server asks with each request, and the app
/// waits for that one already.
pub async fn answer(stage: &Stage, request: Request, next: Next) -> Response {
    let (parts, body) = match message::read(request).await {
        Ok(read) => read,
        Err(parts) => return next.run(Request::from_parts(parts, Body::empty())).await,
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
