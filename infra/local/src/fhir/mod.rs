//! The FHIR server's door: who holds this bearer token, and what is it worth here? It asks the introspection
//! endpoint, as any FHIR server would.

mod behind;
mod served;

pub use served::{LocalFhir, Served};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::Response,
    routing::any,
};
use rules::scope::ScopeSet;
use sample_fhir::{Caller, OAuthUris, rights_of};
use serde_json::{Value, json};
use server::Server;
use std::sync::Arc;
use tower::ServiceExt;

/// One tenant's FHIR server, and what it needs to ask about tokens.
pub struct Guarded {
    /// Of the FHIR base, as in `/riverside/fhir`.
    pub path: String,
    pub fhir: LocalFhir,
    pub introspect_url: String,
    pub http: reqwest::Client,
    pub server: Arc<Server>,
}

impl Guarded {
    /// The OAuth endpoints for `/metadata`, where SMART 1.0 apps look for them (DISC-25).
    pub fn oauth_uris(issuer: &rules::tenant::Issuer) -> OAuthUris {
        OAuthUris {
            authorize: Some(issuer.endpoint("authorize")),
            token: Some(issuer.endpoint("token")),
            introspect: Some(issuer.endpoint("introspect")),
            revoke: Some(issuer.endpoint("revoke")),
            register: None,
            manage: Some(issuer.endpoint("manage")),
        }
    }
}

pub fn routes(guarded: Guarded) -> Router {
    let path = &guarded.path;
    let discovery = discovery::routes(guarded.server.clone());
    Router::new()
        // Discovery has this path for every tenant, and the more literal route below would win over it (DISC-1).
        .route(&format!("{path}/.well-known/smart-configuration"), any(|request: Request| discovery.oneshot(request)))
        .route(path, any(answer))
        .route(&format!("{path}/{{*rest}}"), any(answer))
        .layer(DefaultBodyLimit::max(5 * 1024 * 1024))
        .with_state(Arc::new(guarded))
}

async fn answer(State(guarded): State<Arc<Guarded>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let mut response = if parts.method == Method::OPTIONS {
        status(StatusCode::NO_CONTENT)
    } else {
        match axum::body::to_bytes(body, 5 * 1024 * 1024).await {
            Ok(body) => respond(&guarded, &parts, &body).await,
            Err(_) => problem(StatusCode::PAYLOAD_TOO_LARGE, "too-long", "The body is larger than 5 MB."),
        }
    };
    cors(&mut response, &parts.headers);
    response
}

async fn respond(guarded: &Guarded, parts: &axum::http::request::Parts, body: &Bytes) -> Response {
    let path = parts.uri.path().strip_prefix(&guarded.path).unwrap_or_default();
    let headers: Vec<(&str, &str)> =
        parts.headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?))).collect();
    let asked = sample_fhir::Request {
        method: parts.method.as_str(),
        path,
        query: parts.uri.query().unwrap_or_default(),
        headers: &headers,
        body,
        now: guarded.server.now().0 * 1000,
    };
    if path.trim_matches('/') == "metadata" && parts.method == Method::GET {
        return into_http(guarded.fhir.server.metadata(&asked).await);
    }
    match caller(guarded, &parts.headers).await {
        Ok(caller) => into_http(guarded.fhir.server.handle(&caller, &asked).await),
        Err(response) => *response,
    }
}

/// RFC 6750 §3.1: no token gets a bare challenge, a bad one `invalid_token`.
async fn caller(guarded: &Guarded, headers: &HeaderMap) -> Result<Caller, Box<Response>> {
    let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let token = match authorization.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        _ => return Err(unauthorized("Bearer", "A bearer token is needed.")),
    };
    let LocalFhir { name, secret, .. } = &guarded.fhir;
    let introspection = guarded.http.post(&guarded.introspect_url).basic_auth(name, Some(secret.expose()));
    let answer = match introspection.form(&[("token", token)]).send().await {
        Ok(answer) if answer.status().is_success() => answer.json::<Value>().await.unwrap_or_default(),
        _ => {
            return Err(Box::new(problem(
                StatusCode::SERVICE_UNAVAILABLE,
                "transient",
                "The authorization server does not answer.",
            )));
        }
    };
    let invalid = || unauthorized("Bearer error=\"invalid_token\"", "The bearer token is not good here.");
    caller_of(&answer, guarded.fhir.server.base()).ok_or_else(invalid)
}

/// Whom introspection has spoken of, if the token is good here: one for another FHIR server is not (TOK-16).
pub fn caller_of(answer: &Value, base: &str) -> Option<Caller> {
    if answer["active"] != true || answer["aud"] != base {
        return None;
    }
    let scope = ScopeSet::parse(answer["scope"].as_str().unwrap_or_default()).set;
    let fhir_user = answer["fhirUser"]
        .as_str()
        .map(|url| url.strip_prefix(base).map(|rest| rest.trim_start_matches('/')).unwrap_or(url).to_owned());
    Some(Caller { patient: answer["patient"].as_str().map(str::to_owned), fhir_user, rights: rights_of(scope) })
}

fn into_http(answer: sample_fhir::Response) -> Response {
    let mut response = status(StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
    for (name, value) in answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    *response.body_mut() = Body::from(answer.body);
    response
}

fn status(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

fn unauthorized(challenge: &'static str, text: &str) -> Box<Response> {
    let mut response = problem(StatusCode::UNAUTHORIZED, "login", text);
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    Box::new(response)
}

fn problem(code: StatusCode, issue: &str, text: &str) -> Response {
    let outcome = json!({
        "resourceType": "OperationOutcome",
        "issue": [{ "severity": "error", "code": issue, "diagnostics": text }],
    });
    let mut response = status(code);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/fhir+json"));
    *response.body_mut() = Body::from(outcome.to_string());
    response
}

/// Any page may try; the token decides (DISC-18).
fn cors(response: &mut Response, request: &HeaderMap) {
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"),
    );
    let asked = request.get(header::ACCESS_CONTROL_REQUEST_HEADERS).cloned();
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        asked.unwrap_or(HeaderValue::from_static("Authorization, Content-Type, Accept, Prefer, If-Match")),
    );
    headers.insert(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("ETag, Location, Content-Location, WWW-Authenticate"),
    );
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
}
