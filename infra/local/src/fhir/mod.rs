//! Access to a tenant's FHIR server: the introspection endpoint says whose bearer token this is and what it allows, as it
//! would say to any FHIR server.

mod resource_server;
mod transport;

pub use resource_server::{LocalFhir, ResourceServer};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header, request::Parts},
    response::Response,
    routing::any,
};
use rules::{
    dpop::{Confirmation, NonceFor, TokenScheme},
    oauth::{
        error::{ErrorCode, OAuthError},
        protected_resource::{Unmet, challenges, needed, usual_scope},
    },
    scope::ScopeSet,
    tenant::{TenantId, TenantRecord},
};
use sample_fhir::{Caller, OAuthUris, rights_of};
use serde_json::{Value, json};
use server::{
    Server,
    dpop::{Place, Presented},
    http::{
        cors::allowed_headers,
        responses::{NONCE_HEADER, put_nonce},
    },
};
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

async fn respond(protected: &ProtectedFhir, parts: &Parts, body: &Bytes) -> Response {
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
    match bearer(protected, parts).await {
        Ok(Bearer { caller, scope, tenant }) => {
            let answer = protected.fhir.server.handle(&caller, &fhir_request).await;
            let is_forbidden = answer.status == StatusCode::FORBIDDEN.as_u16();
            let mut response = into_http(answer);
            if is_forbidden {
                forbid(&mut response, protected, &tenant, &scope, &fhir_request);
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
    tenant: Arc<TenantRecord>,
}

async fn bearer(protected: &ProtectedFhir, parts: &Parts) -> Result<Bearer, Box<Response>> {
    let tenant = tenant(protected).await?;
    let refused = |unmet: &Unmet<'_>, text: &str| unauthorized(protected, &tenant, unmet, text);
    let mut authorization = parts.headers.get_all(header::AUTHORIZATION).iter();
    let only = authorization.next().filter(|_| authorization.next().is_none());
    let only = only.and_then(|value| value.to_str().ok()).and_then(TokenScheme::of_header);
    let dpop = tenant.dpop_at(protected.fhir.server.base());
    // A server that verifies no proofs has never heard of the scheme.
    let Some((scheme, token)) = only.filter(|(scheme, _)| *scheme == TokenScheme::Bearer || !dpop.is_off()) else {
        let usual = &usual_scope(&tenant);
        return Err(refused(&Unmet::NoToken { usual }, "A bearer token is needed."));
    };
    let LocalFhir { name, secret, .. } = &protected.fhir;
    let introspection = protected.http.post(&protected.introspect_url).basic_auth(name, Some(secret.expose()));
    let answer = match introspection.form(&[("token", token)]).send().await {
        Ok(answer) if answer.status().is_success() => answer.json::<Value>().await.unwrap_or_default(),
        _ => return Err(silent()),
    };
    let invalid = || refused(&Unmet::BadToken, "The bearer token is not good here.");
    let caller = caller_of(&answer, protected.fhir.server.base()).ok_or_else(invalid)?;
    let cnf = confirmation(&answer).map_err(|_| invalid())?;
    let presented = InRequest { scheme, token, parts };
    if let Err(error) = prove(protected, &tenant, presented, cnf.as_ref()).await {
        return Err(match error.code {
            ErrorCode::InvalidToken => refused(&Unmet::BadToken, &error.description),
            ErrorCode::InvalidDpopProof | ErrorCode::UseDpopNonce => {
                refused(&Unmet::BadProof(error.code.as_str()), &error.description)
            }
            _ => silent(),
        });
    }
    Ok(Bearer { caller, scope: scope_of(&answer), tenant })
}

struct InRequest<'a> {
    scheme: TokenScheme,
    token: &'a str,
    parts: &'a Parts,
}

/// Whether the sender of the token is its holder (RFC 9449 §7).
async fn prove(
    protected: &ProtectedFhir,
    tenant: &TenantRecord,
    InRequest { scheme, token, parts }: InRequest<'_>,
    cnf: Option<&Confirmation>,
) -> Result<(), OAuthError> {
    // What is no text is no proof either.
    let proofs: Vec<&str> = parts.headers.get_all("dpop").iter().map(|value| value.to_str().unwrap_or(",")).collect();
    let rest = parts.uri.path().strip_prefix(&protected.path).unwrap_or_default();
    let url = format!("{}{rest}", protected.fhir.server.base().trim_end_matches('/'));
    let presented = Presented { scheme, token, proofs: &proofs, method: parts.method.as_str(), url: &url };
    presented.judge(&protected.server, tenant, cnf, Place::FhirServer, protected.server.now()).await
}

/// The key that introspection says the token is bound to. What it says and nobody here understands is no "unbound" (RFC 7800 §3.1).
fn confirmation(answer: &Value) -> Result<Option<Confirmation>, serde_json::Error> {
    answer.get("cnf").map(|cnf| serde_json::from_value(cnf.clone())).transpose()
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

/// Says why somebody with a good token was refused: for want of scopes, or for something that no scope mends.
fn forbid(
    response: &mut Response,
    protected: &ProtectedFhir,
    tenant: &TenantRecord,
    held: &ScopeSet,
    request: &sample_fhir::Request<'_>,
) {
    let base = protected.fhir.server.base();
    let needed = needed(held, &sample_fhir::needs(base, request));
    let unmet = match needed.iter().all(|scope| held.contains(scope)) {
        true => Unmet::NotThis,
        false => Unmet::TooLittle { needed: &needed },
    };
    put_challenges(response, challenges(tenant, base, &unmet));
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

fn unauthorized(protected: &ProtectedFhir, tenant: &TenantRecord, refused: &Unmet<'_>, text: &str) -> Box<Response> {
    let base = protected.fhir.server.base();
    let mut response = problem(StatusCode::UNAUTHORIZED, "login", text);
    put_challenges(&mut response, challenges(tenant, base, refused));
    put_nonce(&mut response, tenant.dpop_nonces(NonceFor::ResourceServer, protected.server.now()));
    Box::new(response)
}

fn put_challenges(response: &mut Response, texts: Vec<String>) {
    for value in texts.into_iter().filter_map(|text| HeaderValue::try_from(text).ok()) {
        response.headers_mut().append(header::WWW_AUTHENTICATE, value);
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
    let exposed = match headers.contains_key(NONCE_HEADER) {
        true => "ETag, Location, Content-Location, WWW-Authenticate, DPoP-Nonce",
        false => "ETag, Location, Content-Location, WWW-Authenticate",
    };
    let allowed = allowed_headers(request, "Authorization, Content-Type, Accept, Prefer, If-Match");
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, allowed);
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(exposed));
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
}
