//! An endpoint that takes a form by POST and answers JSON: token, par, introspect, revoke, launchContext.

use super::{
    answer::{Answer, Refusal},
    cors, paths,
    responses::{oauth_error, put_nonce, unknown_tenant},
};
use crate::{Server, http::address::Address, keys::of_signer::Asking};
use axum::{
    Router,
    body::Body,
    extract::{DefaultBodyLimit, Path, Request},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
    routing::any,
};
use rules::{
    dpop::NonceFor,
    oauth::{
        error::{ErrorCode, OAuthError},
        params::{Malformed, Params},
    },
    tenant::{Tenant, TenantRecord},
    time::Timestamp,
};
use std::{future::Future, sync::Arc};

/// One such request, read and taken apart: what every endpoint of this kind starts from.
pub struct FormPost {
    pub server: Arc<Server>,
    pub tenant: Arc<TenantRecord>,
    /// Values of the Authorization header, as many as came.
    pub authorization: Vec<String>,
    /// Values of the DPoP header (RFC 9449 §4.1).
    pub proofs: Vec<String>,
    pub body: PostedBody,
    /// The public URL of this endpoint, from configuration and never from the request (AWS-3).
    pub endpoint: String,
    /// Where it came from, if the receiver of the request knows.
    pub address: Option<Address>,
    pub now: Timestamp,
}

/// A form, or the JSON that launchContext takes too.
pub enum PostedBody {
    Form(Params),
    Json(Vec<u8>),
}

/// Scopes and launch tokens are long; assertions and forms of more than this are junk.
pub const MOST_BYTES: usize = 256 * 1024;

impl FormPost {
    /// The form, where nothing else will do (TOK-1), without a parameter that came twice (R6749-1).
    pub fn form(&self) -> Result<&Params, OAuthError> {
        match &self.body {
            PostedBody::Json(_) => {
                Err(OAuthError::invalid_request("the body must be application/x-www-form-urlencoded"))
            }
            PostedBody::Form(form) => match form.repeated() {
                // RFC 8707 §2 lets it be repeated; a token is for one server here.
                Some("resource") => {
                    Err(OAuthError::new(ErrorCode::InvalidTarget, "resource must name one FHIR server"))
                }
                Some(name) => Err(OAuthError::invalid_request(format!(
                    "the parameter {} came twice",
                    name.chars().take(40).collect::<String>()
                ))),
                None => Ok(form),
            },
        }
    }

    /// The parameters, or none where the body is JSON.
    pub fn params(&self) -> Result<Params, OAuthError> {
        match &self.body {
            PostedBody::Form(_) => self.form().cloned(),
            PostedBody::Json(_) => Ok(Params::default()),
        }
    }

    /// To find the keys of somebody who signed a part of it.
    pub fn asking(&self) -> Asking<'_> {
        Asking { server: &self.server, tenant: &self.tenant, now: self.now }
    }

    pub fn authorization(&self) -> Vec<&str> {
        self.authorization.iter().map(String::as_str).collect()
    }
}

/// Routes of `/{tenant}/{path}`: POST, the preflight, and 405 for every other method.
pub fn endpoint<F, Fut>(server: Arc<Server>, path: &'static str, answer: F) -> Router
where
    F: Fn(FormPost) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<Answer, Refusal>> + Send + 'static,
{
    endpoint_unless(server, path, |_| None, answer)
}

/// Why a tenant has no such endpoint, if it has none.
pub type IsOff = fn(&Tenant) -> Option<&'static str>;

#[derive(Clone, Copy)]
struct Endpoint {
    path: &'static str,
    is_off: IsOff,
}

/// The same, where a tenant may have no such endpoint: a 404 with the reason, whatever came.
pub fn endpoint_unless<F, Fut>(server: Arc<Server>, path: &'static str, is_off: IsOff, answer: F) -> Router
where
    F: Fn(FormPost) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<Answer, Refusal>> + Send + 'static,
{
    let at_the_edge = server.clone();
    let function = match path {
        "launchContext" => "launch-context",
        "token/introspection" => "introspect",
        path => path,
    };
    let handler = move |Path(tenant): Path<String>, request: Request| {
        let (server, answer) = (server.clone(), answer.clone());
        async move { serve(server, Endpoint { path, is_off }, &tenant, request, answer).await }
    };
    crate::log::requests(
        &at_the_edge,
        function,
        paths::route(Router::new(), &format!("/{path}"), any(handler)).layer(DefaultBodyLimit::disable()),
    )
}

async fn serve<F, Fut>(
    server: Arc<Server>,
    Endpoint { path, is_off }: Endpoint,
    tenant: &str,
    request: Request,
    answer: F,
) -> Response
where
    F: Fn(FormPost) -> Fut,
    Fut: Future<Output = Result<Answer, Refusal>>,
{
    let now = server.now();
    let tenant = match server.tenant(tenant, now).await {
        Ok(Some(tenant)) => tenant,
        Ok(None) => return unknown_tenant(),
        Err(error) => return oauth_error(error.into()),
    };
    if let Some(why) = is_off(&tenant) {
        return oauth_error(OAuthError::invalid_request(why).with_status(404));
    }
    let (parts, body) = request.into_parts();
    if parts.method == Method::OPTIONS {
        return cors::preflight(&parts.headers, &tenant);
    }
    let mut response = match receive(server, tenant.clone(), path, now, &parts, body).await {
        Ok(post) => answer(post).await.into_response(),
        Err(error) => oauth_error(error),
    };
    if response.status() == StatusCode::METHOD_NOT_ALLOWED {
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST, OPTIONS"));
    }
    put_nonce(&mut response, tenant.dpop_nonces(NonceFor::AuthorizationServer, now));
    cors::allow_origin(&mut response, &parts.headers, &tenant);
    response
}

/// Whether the body says of itself that it is a form. The whole media type counts: one that only begins alike is another.
pub fn is_form(headers: &HeaderMap) -> bool {
    media_type(headers) == "application/x-www-form-urlencoded"
}

fn media_type(headers: &HeaderMap) -> String {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

async fn receive(
    server: Arc<Server>,
    tenant: Arc<TenantRecord>,
    path: &str,
    now: Timestamp,
    Parts { method, headers, extensions, .. }: &Parts,
    body: Body,
) -> Result<FormPost, OAuthError> {
    if *method != Method::POST {
        return Err(OAuthError::invalid_request("this endpoint takes POST alone").with_status(405));
    }
    let bytes = axum::body::to_bytes(body, MOST_BYTES)
        .await
        .map_err(|_| OAuthError::invalid_request("the body is larger than 256 kB, or broke off").with_status(413))?;
    let body = if is_form(headers) {
        PostedBody::Form(Params::parse(&bytes).map_err(malformed)?)
    } else if media_type(headers) == "application/json" {
        PostedBody::Json(bytes.to_vec())
    } else {
        return Err(OAuthError::invalid_request("Content-Type must be application/x-www-form-urlencoded"));
    };
    let authorization = texts(headers, "Authorization")?;
    let proofs = if tenant.takes_dpop() { texts(headers, "DPoP")? } else { Vec::new() };
    let endpoint = tenant.issuer.endpoint(path);
    let address = extensions.get::<Address>().cloned();
    Ok(FormPost { server, tenant, authorization, proofs, body, endpoint, address, now })
}

/// Every value of a header.
fn texts(headers: &HeaderMap, name: &str) -> Result<Vec<String>, OAuthError> {
    let values = headers.get_all(name).iter().map(|value| value.to_str().map(str::to_owned));
    values
        .collect::<Result<_, _>>()
        .map_err(|_| OAuthError::invalid_request(format!("the {name} header can't be read")))
}

pub fn malformed(error: Malformed) -> OAuthError {
    OAuthError::invalid_request(match error {
        Malformed::NotUtf8 => "the parameters are not UTF-8",
        Malformed::TooMany => "too many parameters",
    })
}
