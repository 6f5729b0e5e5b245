//! Access to a tenant's FHIR server: the introspection endpoint says whose bearer token this is and what it allows, as it
//! would say to any FHIR server.

mod resource_server;
mod transport;

pub use resource_server::{LocalFhir, ResourceServer};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::Response,
    routing::any,
};
use rules::{
    oauth::protected_resource::{Unmet, challenge, needed, usual_scope},
    scope::ScopeSet,
    tenant::{TenantId, TenantRecord},
};
use sample_fhir::{Caller, OAuthUris, rights_of};
use serde_json::{Value, json};
use server::{Server, http::cors::allowed_headers};
use std::sync::Arc;
use tower::ServiceExt;

/// One tenant's FHIR server, and what it needs to ask about tokens.
pub struct ProtectedFhir {
    /// Of the FHIR base, as in `/riverside/fhir`.
    pub path: String,
    pub tenant: TenantId,
    pub fhir: LocalFhir,
    pub introspect_url: String,
    pub http: reqwest::Client,
    pub server: Arc<Server>,
}

impl ProtectedFhir {
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

pub fn routes(protected: ProtectedFhir) -> Router {
    let path = &protected.path;
    let discovery = discovery::routes(protected.server.clone());
    Router::new()
        // Discovery has this path for every tenant, and the more literal route below would win over it (DISC-1).
        .route(&format!("{path}/.well-known/smart-configuration"), any(|request: Request| discovery.oneshot(request)))
        .route(path, any(answer))
        .route(&format!("{path}/{{*rest}}"), any(answer))
        .layer(DefaultBodyLimit::max(5 * 1024 * 1024))
        .with_state(Arc::new(protected))
}

async fn answer(State(protected): State<Arc<ProtectedFhir>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let mut response = if parts.method == Method::OPTIONS {
        status(StatusCode::NO_CONTENT)
    } else {
        match axum::body::to_bytes(body, 5 * 1024 * 1024).await {
            Ok(body) => respond(&protected, &parts, &body).await,
            Err(_) => problem(StatusCode::PAYLOAD_TOO_LARGE, "too-long", "The body is larger than 5 MB."),
        }
    };
    cors(&mut response, &parts.headers);
    response
}

async fn respond(protected: &ProtectedFhir, parts: &axum::http::request::Parts, body: &Bytes) -> Response {
    let path = parts.uri.path().strip_prefix(&protected.path).unwrap_or_default();
    let headers: Vec<(&str, &str)> =
        parts.headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?))).collect();
    let fhir_request = sample_fhir::Request {
        method: parts.method.as_str(),
        path,
        query: parts.uri.query().unwrap_or_default(),
        headers: &headers,
        body,
        now: protected.server.now().0 * 1000,
    };
    if path.trim_matches('/') == "metadata" && parts.method == Method::GET {
        return into_http(protected.fhir.server.metadata(&fhir_request).await);
    }
    match bearer(protected, &parts.headers).await {
        Ok(Bearer { caller, scope }) => {
            let answer = protected.fhir.server.handle(&caller, &fhir_request).await;
            let is_forbidden = answer.status == StatusCode::FORBIDDEN.as_u16();
            let mut response = into_http(answer);
            if is_forbidden {
                put_challenge(&mut response, &forbidden(protected, &scope, &fhir_request));
            }
            response
        }
        Err(response) => *response,
    }
}

/// Whose token it is, and what it says.
struct Bearer {
    caller: Caller,
    scope: ScopeSet,
}

async fn bearer(protected: &ProtectedFhir, headers: &HeaderMap) -> Result<Bearer, Box<Response>> {
    let mut authorization = headers.get_all(header::AUTHORIZATION).iter();
    let only = authorization.next().filter(|_| authorization.next().is_none());
    let only = only.and_then(|value| value.to_str().ok()).and_then(|value| value.split_once(' '));
    let token = match only {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        _ => {
            let usual = &usual_scope(&*tenant(protected).await?);
            return Err(unauthorized(protected, &Unmet::NoToken { usual }, "A bearer token is needed."));
        }
    };
    let LocalFhir { name, secret, .. } = &protected.fhir;
    let introspection = protected.http.post(&protected.introspect_url).basic_auth(name, Some(secret.expose()));
    let answer = match introspection.form(&[("token", token)]).send().await {
        Ok(answer) if answer.status().is_success() => answer.json::<Value>().await.unwrap_or_default(),
        _ => return Err(silent()),
    };
    let invalid = || unauthorized(protected, &Unmet::BadToken, "The bearer token is not good here.");
    let caller = caller_of(&answer, protected.fhir.server.base()).ok_or_else(invalid)?;
    Ok(Bearer { caller, scope: scope_of(&answer) })
}

async fn tenant(protected: &ProtectedFhir) -> Result<Arc<TenantRecord>, Box<Response>> {
    let server = &protected.server;
    let found = server.tenant(protected.tenant.as_str(), server.now()).await;
    found.ok().flatten().ok_or_else(silent)
}

fn silent() -> Box<Response> {
    let text = "The authorization server does not answer.";
    Box::new(problem(StatusCode::SERVICE_UNAVAILABLE, "transient", text))
}

/// Why somebody with a good token was refused: for want of scopes, or for something that no scope mends.
fn forbidden(protected: &ProtectedFhir, held: &ScopeSet, request: &sample_fhir::Request<'_>) -> String {
    let base = protected.fhir.server.base();
    let needed = needed(held, &sample_fhir::needs(base, request));
    let unmet = match needed.iter().all(|scope| held.contains(scope)) {
        true => Unmet::NotThis,
        false => Unmet::TooLittle { needed: &needed },
    };
    challenge(base, &unmet)
}

/// Whom introspection has spoken of, if the token is good here: one for another FHIR server is not (TOK-16).
pub fn caller_of(answer: &Value, base: &str) -> Option<Caller> {
    if answer["active"] != true || answer["aud"] != base {
        return None;
    }
    let fhir_user = answer["fhirUser"]
        .as_str()
        .map(|url| url.strip_prefix(base).map(|rest| rest.trim_start_matches('/')).unwrap_or(url).to_owned());
    let rights = rights_of(scope_of(answer));
    Some(Caller { patient: answer["patient"].as_str().map(str::to_owned), fhir_user, rights })
}

fn scope_of(answer: &Value) -> ScopeSet {
    ScopeSet::parse(answer["scope"].as_str().unwrap_or_default()).set
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

fn unauthorized(protected: &ProtectedFhir, refused: &Unmet<'_>, text: &str) -> Box<Response> {
    let mut response = problem(StatusCode::UNAUTHORIZED, "login", text);
    put_challenge(&mut response, &challenge(protected.fhir.server.base(), refused));
    Box::new(response)
}

fn put_challenge(response: &mut Response, text: &str) {
    if let Ok(value) = HeaderValue::from_str(text) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
    }
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
    let allowed = allowed_headers(request, "Authorization, Content-Type, Accept, Prefer, If-Match");
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, allowed);
    headers.insert(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("ETag, Location, Content-Location, WWW-Authenticate"),
    );
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
}
