//! Pages and redirects of the local server, with the headers that each must have.

use askama::Template;
use axum::{
    body::{Body, Bytes},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures_util::stream;
use std::convert::Infallible;
use tokio::sync::mpsc;

/// A page without a script, and without `form-action`: browsers hold redirects after a form to it, and a form may lead to an app anywhere.
const WITHOUT_SCRIPT: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; \
                              frame-ancestors 'none'; base-uri 'none'";
/// The same, with the one script that copies texts.
const WITH_COPY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                         frame-ancestors 'none'; base-uri 'none'";
/// The sample app: its own module, and requests to whichever FHIR server `iss` names.
const WITH_SCRIPT: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                           connect-src 'self' http: https:; form-action 'self'; base-uri 'none'";

/// The EHR with an app in a frame, from anywhere.
const WITH_FRAME: &str =
    "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-src http: https:; base-uri 'none'";

/// An app without a script, which the EHR may frame.
const IN_FRAME: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; \
                        frame-ancestors 'self'; base-uri 'none'";

pub fn html(status: StatusCode, page: &impl Template) -> Response {
    with_policy(status, page, WITHOUT_SCRIPT)
}

pub fn html_with_copy(status: StatusCode, page: &impl Template) -> Response {
    with_policy(status, page, WITH_COPY)
}

pub fn html_with_script(page: &impl Template) -> Response {
    with_policy(StatusCode::OK, page, WITH_SCRIPT)
}

pub fn html_in_frame(page: &impl Template) -> Response {
    with_policy(StatusCode::OK, page, IN_FRAME)
}

pub fn html_with_frame(page: &impl Template) -> Response {
    with_policy(StatusCode::OK, page, WITH_FRAME)
}

pub fn plain(status: StatusCode, text: &str) -> Response {
    (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text.to_owned()).into_response()
}

/// 303, never kept: the location holds a launch handle.
pub fn see_other(location: &str) -> Response {
    let Ok(location) = HeaderValue::from_str(location) else {
        return plain(StatusCode::BAD_REQUEST, "The address to go to has characters that no address has.");
    };
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    response.headers_mut().insert(header::LOCATION, location);
    guard(&mut response);
    response
}

/// Takes the parts of a page as they become ready.
pub struct Parts(mpsc::Sender<Bytes>);

impl Parts {
    /// None when nobody is there any more who reads it.
    pub async fn send(&self, part: impl Into<String>) -> Option<()> {
        self.0.send(Bytes::from(part.into())).await.ok()
    }
}

/// A page without a script that the browser draws part by part.
pub fn html_in_parts() -> (Parts, Response) {
    let (sender, receiver) = mpsc::channel(1);
    let parts = stream::unfold(receiver, |mut receiver| async move {
        let part = receiver.recv().await?;
        Some((Ok::<Bytes, Infallible>(part), receiver))
    });
    (Parts(sender), with_body(StatusCode::OK, Body::from_stream(parts), WITHOUT_SCRIPT))
}

fn with_policy(status: StatusCode, page: &impl Template, policy: &'static str) -> Response {
    match page.render() {
        Ok(text) => with_body(status, Body::from(text), policy),
        Err(_) => plain(StatusCode::INTERNAL_SERVER_ERROR, "This page could not be made."),
    }
}

fn with_body(status: StatusCode, body: Body, policy: &'static str) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    guard(&mut response);
    response
}

fn guard(response: &mut Response) {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
}
