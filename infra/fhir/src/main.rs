//! The sample FHIR server by itself, on loopback and open to all: to try things out, and for `--fhir`.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use rules::scope::Access;
use sample_fhir::{Caller, OAuthUris, Request, Server};
use std::error::Error;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::net::TcpListener;

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stdout, reason = "whoever started it needs the address")]
async fn main() -> Result<(), Box<dyn Error>> {
    let port = std::env::args().nth(1).map_or(Ok(9001), |port| port.parse::<u16>())?;
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    let base = format!("http://{}/fhir", listener.local_addr()?);
    let server = Arc::new(Server::sample(&base, OAuthUris::default())?);
    println!("ready {base}");
    axum::serve(listener, Router::new().fallback(answer).with_state(server)).await?;
    Ok(())
}

async fn answer(
    State(server): State<Arc<Server>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(path) = uri.path().strip_prefix("/fhir") else { return StatusCode::NOT_FOUND.into_response() };
    let headers: Vec<(&str, &str)> =
        headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?))).collect();
    let (method, query) = (method.as_str(), uri.query().unwrap_or_default());
    let answer =
        server.handle(&anybody(), &Request { method, path, query, headers: &headers, body: &body, now: now() });
    let headers = answer
        .headers
        .into_iter()
        .filter_map(|(name, value)| Some((HeaderName::from_static(name), HeaderValue::try_from(value).ok()?)));
    let mut response = answer.body.into_response();
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    headers.for_each(|(name, value)| drop(response.headers_mut().insert(name, value)));
    response
}

/// Without a token everybody is the system.
fn anybody() -> Caller {
    Caller { patient: None, fhir_user: None, rights: Box::new(|_, _, _| Access::Everything) }
}

#[expect(clippy::disallowed_methods, reason = "a server without a clock of its own: nothing here expires")]
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or_default()
}
