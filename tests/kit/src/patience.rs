//! A client as it should be: told to come back later, it comes back with the same request, once.

use crate::{Answer, TestServer, faults::Faults};
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderMap, Method, Uri, header},
    response::Response,
};
use std::sync::{Arc, Mutex};
use tower::ServiceExt;

/// What the client was told instead of an answer: `503`, `429`, or an error by way of the browser.
#[derive(Clone, Default)]
pub struct Told(Arc<Mutex<Vec<String>>>);

impl Told {
    pub fn all(&self) -> Vec<String> {
        self.0.lock().expect("nobody panicked").clone()
    }

    fn note(&self, what: &str) {
        self.0.lock().expect("nobody panicked").push(what.to_owned());
    }
}

/// Puts the client's patience before the server. A fault that lasts until an answer ends with this one.
pub fn patient(server: &mut TestServer) -> Told {
    let told = Told::default();
    let (noted, faults, routes) = (told.clone(), server.faults.clone(), server.router.clone());
    server.router = Router::new().fallback(move |request: Request| {
        let (told, faults, routes) = (noted.clone(), faults.clone(), routes.clone());
        async move { asks(&told, &faults, &routes, request).await }
    });
    told
}

async fn asks(told: &Told, faults: &Faults, routes: &Router, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.expect("a whole body");
    let again = || {
        let mut request = Request::new(Body::from(body.clone()));
        (*request.method_mut(), *request.uri_mut()) = (parts.method.clone(), parts.uri.clone());
        (*request.headers_mut(), *request.extensions_mut()) = (parts.headers.clone(), parts.extensions.clone());
        request
    };
    let answer = routes.clone().oneshot(again()).await.expect("routers don't fail");
    faults.end();
    if leads_back_with_an_outage(answer.headers()) {
        told.note("temporarily_unavailable");
    }
    if ![429, 503].contains(&answer.status().as_u16()) {
        return answer;
    }
    let status = answer.status().as_u16();
    let answer = whole(answer, &parts.method, &parts.uri).await;
    told.note(&status.to_string());
    // An assertion is shown once: whoever uses them comes back with a new one.
    if String::from_utf8_lossy(&body).contains("client_assertion=") {
        return answer;
    }
    routes.clone().oneshot(again()).await.expect("routers don't fail")
}

/// RFC 6749 §4.1.2.1: the app hears of an outage by way of the browser, too.
fn leads_back_with_an_outage(headers: &HeaderMap) -> bool {
    let location = headers.get(header::LOCATION).and_then(|location| location.to_str().ok());
    location.is_some_and(|location| location.contains("error=temporarily_unavailable"))
}

/// An outage says when to come back, and in JSON what it is.
async fn whole(answer: Response, method: &Method, uri: &Uri) -> Response {
    let (parts, body) = answer.into_parts();
    let body = to_bytes(body, usize::MAX).await.expect("a whole body");
    let text = String::from_utf8_lossy(&body);
    assert!(parts.headers.contains_key(header::RETRY_AFTER), "{method} {uri}: no Retry-After: {text}");
    let is_page = parts.headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    assert!(is_page || text.contains("temporarily_unavailable"), "{method} {uri}: {text}");
    assert!(!text.contains("a secret of the table"), "{method} {uri}: {text}");
    Response::from_parts(parts, Body::from(body))
}

/// Asks, and asks anew when told to come back: for clients whose every request is another.
pub async fn patiently<F: Future<Output = Answer>>(ask: impl Fn() -> F) -> Answer {
    let answer = ask().await;
    match answer.status {
        429 | 503 => ask().await,
        _ => answer,
    }
}
