//! Requests and answers taken apart and put together again.

use axum::{
    body::{Body, Bytes},
    extract::Request,
    http::{HeaderMap, Method, Uri, header, request::Parts},
    response::Response,
};
use rules::{
    client::{presented_credentials::PresentedCredentials, private_key_jwt::ClaimedIdentity},
    jws::UnverifiedJws,
    oauth::params::Params,
};
use serde_json::Value;
use server::http::form_post::MOST_BYTES;
use url::form_urlencoded::Serializer;

pub type Pairs = Vec<(String, String)>;

/// A request whose body was read. One whose body is too large, or broke off, becomes a request with a body that is too large too:
/// the endpoint refuses it in its own way.
pub async fn read(request: Request) -> Result<(Parts, Bytes), Request> {
    let (parts, body) = request.into_parts();
    match axum::body::to_bytes(body, MOST_BYTES).await {
        Ok(body) => Ok((parts, body)),
        Err(_) => Err(Request::from_parts(parts, Body::from(vec![0; MOST_BYTES + 1]))),
    }
}

/// The request with other parameters, in the query of a GET or the form of a POST.
pub async fn with_changed(request: Request, change: impl FnOnce(Pairs) -> Pairs) -> Request {
    let (mut parts, body) = match read(request).await {
        Ok(read) => read,
        Err(too_large) => return too_large,
    };
    if parts.method == Method::POST {
        let body = changed(&body, change);
        parts.headers.remove(header::CONTENT_LENGTH);
        return Request::from_parts(parts, Body::from(body));
    }
    let query = changed(parts.uri.query().unwrap_or_default().as_bytes(), change);
    if let Ok(uri) = Uri::try_from(format!("{}?{query}", parts.uri.path())) {
        parts.uri = uri;
    }
    Request::from_parts(parts, Body::from(body))
}

/// What can't be parsed is left for the endpoint to refuse.
pub fn changed(encoded: &[u8], change: impl FnOnce(Pairs) -> Pairs) -> String {
    let Ok(params) = Params::parse(encoded) else { return String::from_utf8_lossy(encoded).into_owned() };
    let pairs = params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    Serializer::new(String::new()).extend_pairs(change(pairs)).finish()
}

const LARGEST_PAGE: usize = 4 * 1024 * 1024;

/// The text of a page of HTML, and how to send it with another.
pub async fn html(response: Response) -> Result<(String, impl FnOnce(String) -> Response), Response> {
    let kind = response.headers().get(header::CONTENT_TYPE);
    if !kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html")) {
        return Err(response);
    }
    let (mut parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, LARGEST_PAGE).await.unwrap_or_default();
    Ok((String::from_utf8_lossy(&bytes).into_owned(), move |text: String| {
        parts.headers.remove(header::CONTENT_LENGTH);
        Response::from_parts(parts, Body::from(text))
    }))
}

/// The members of a good JSON answer, and how to send it with others.
pub async fn json(response: Response) -> Result<(Value, impl FnOnce(Value) -> Response), Response> {
    let (mut parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, MOST_BYTES).await.unwrap_or_default();
    match serde_json::from_slice::<Value>(&bytes) {
        Ok(members) if parts.status.is_success() && members.is_object() => Ok((members, move |members: Value| {
            parts.headers.remove(header::CONTENT_LENGTH);
            Response::from_parts(parts, Body::from(members.to_string()))
        })),
        _ => Err(Response::from_parts(parts, Body::from(bytes))),
    }
}

pub fn location(response: &Response) -> Option<&str> {
    response.headers().get(header::LOCATION)?.to_str().ok()
}

/// The client that the request claims to come from. The function authenticates it afterwards.
pub fn client_id(headers: &HeaderMap, form: &Params) -> Option<String> {
    let authorization: Vec<&str> =
        headers.get_all(header::AUTHORIZATION).iter().filter_map(|value| value.to_str().ok()).collect();
    match PresentedCredentials::from_request(&authorization, form).ok()? {
        PresentedCredentials::Nothing { client_id } => client_id,
        PresentedCredentials::Basic { user, .. } => Some(user),
        PresentedCredentials::Post { client_id, .. } => Some(client_id),
        PresentedCredentials::Assertion { assertion, .. } => {
            let jws = UnverifiedJws::parse(assertion.0.expose()).ok()?;
            jws.peek::<ClaimedIdentity>().ok()?.client_id(None).map(str::to_owned)
        }
        PresentedCredentials::Bearer(_) | PresentedCredentials::Dpop(_) => None,
    }
}
