//! Which pages in a browser may read our answers (Fetch §3.2; TOK-15, DISC-18).

use super::responses::NONCE_HEADER;
use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use rules::tenant::Tenant;
use std::collections::BTreeSet;

/// Origins of the client that was authenticated; rides on the response and narrows the tenant's.
#[derive(Clone, Debug)]
pub struct ClientOrigins(pub BTreeSet<String>);

/// Refusals go to all of the tenant's: a page could else tell from the header which clients exist, and an answer that holds
/// nothing but a reason is no secret.
///
/// Names the origin if it is one of `allowed`, letter for letter. Never with credentials: these endpoints use no cookies. `null` is the
/// origin of whoever hides theirs, and is nobody's.
pub fn allow_origin(response: &mut Response, request: &HeaderMap, tenant: &Tenant) {
    let own = response.extensions_mut().remove::<ClientOrigins>();
    let allowed = own.as_ref().map_or(&tenant.origins, |own| &own.0);
    // Where an app lives that nobody registered is in its document, which a preflight does not name.
    let may_be_anybodys = own.is_none() && tenant.client_documents.is_some();
    let headers = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    let Some(origin) = request.get(header::ORIGIN) else { return };
    let is_registered = |origin: &str| allowed.contains(origin) || allowed.contains(without_loopback_port(origin));
    let is_allowed = |origin: &str| is_registered(origin) || (may_be_anybodys && is_of_an_app(origin));
    if origin.to_str().is_ok_and(|origin| origin != "null" && is_allowed(origin)) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        let exposed = match headers.contains_key(NONCE_HEADER) {
            true => "WWW-Authenticate, Admit-Refusal, Admit-Explanation, DPoP-Nonce",
            false => "WWW-Authenticate, Admit-Refusal, Admit-Explanation",
        };
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(exposed));
    }
}

/// A loopback address registered without a port stands for all of its ports, as its redirect URI does (RFC 8252 §7.3).
fn without_loopback_port(origin: &str) -> &str {
    let loopback = ["http://127.0.0.1", "http://[::1]"];
    loopback
        .into_iter()
        .find(|host| origin.strip_prefix(host).is_some_and(|rest| rest.starts_with(':')))
        .unwrap_or(origin)
}

/// A page on the web, or one on its person's own machine.
fn is_of_an_app(origin: &str) -> bool {
    let near = ["http://127.0.0.1", "http://[::1]", "http://localhost"];
    let is_near = |host: &str| origin.strip_prefix(host).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'));
    origin.starts_with("https://") || near.into_iter().any(is_near)
}

/// The headers of an app's own making that it may send: those that it asks for, beside `fixed`, which an answer always names. They give
/// nothing away, since none of them is read here and no cookies come (DISC-18, TOK-15). What is no name of a header is passed over, and so is
/// a list longer than any library's.
pub fn allowed_headers(request: &HeaderMap, fixed: &str) -> HeaderValue {
    let asked = request.get_all(header::ACCESS_CONTROL_REQUEST_HEADERS).iter();
    let asked: Vec<&str> = asked.filter_map(|value| value.to_str().ok()).collect();
    let length: usize = asked.iter().map(|value| value.len()).sum();
    let asked = asked.iter().flat_map(|value| value.split(',')).map(str::trim).filter(|name| is_header_name(name));
    let mut names: Vec<&str> = Vec::new();
    for name in asked.filter(|_| length <= MOST_ASKED).chain(fixed.split(", ")) {
        if !names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            names.push(name);
        }
    }
    HeaderValue::from_str(&names.join(", ")).unwrap_or(HeaderValue::from_static("Content-Type"))
}

/// In bytes. Tracing libraries add five to ten names of some 20 letters.
const MOST_ASKED: usize = 2048;

/// A token (RFC 9110 §5.1, §5.6.2).
fn is_header_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// The answer to a preflight for POST. It carries no client_id, so the tenant's origins decide.
pub fn preflight(request: &HeaderMap, tenant: &Tenant) -> Response {
    preflight_of("POST, OPTIONS", request, tenant)
}

/// The same for an endpoint with other methods.
pub fn preflight_of(methods: &'static str, request: &HeaderMap, tenant: &Tenant) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    allow_origin(&mut response, request, tenant);
    if response.headers().contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN) {
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(methods));
        let allowed = allowed_headers(request, "Content-Type, Authorization, Accept, DPoP");
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, allowed);
        headers.append(header::VARY, HeaderValue::from_static("Access-Control-Request-Headers"));
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    }
    response
}
