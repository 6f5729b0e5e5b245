//! Pages and redirects of the local server, with the headers that each must have.

use askama::Template;
use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

/// A page without a script. A form may lead to an app anywhere: browsers hold redirects after a form to `form-action`.
const WITHOUT_SCRIPT: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; \
                              form-action 'self' http: https:; frame-ancestors 'none'; base-uri 'none'";
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

fn with_policy(status: StatusCode, page: &impl Template, policy: &'static str) -> Response {
    let Ok(text) = page.render() else {
        return plain(StatusCode::INTERNAL_SERVER_ERROR, "This page could not be made.");
    };
    let mut response = Response::new(Body::from(text));
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
