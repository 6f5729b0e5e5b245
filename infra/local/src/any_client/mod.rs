//! Tenants that take any app (`any_client = true`), or ask less of PKCE (`pkce`). A layer round the functions, which know nothing of
//! it: it registers an app before its first request gets there, and adds the PKCE that the app leaves out. A deployment has none.

mod pkce;

use crate::{
    register::{is_unregistered, take_in},
    simulate::message::{self, Pairs, changed, client_id, with_changed},
    site::Site,
    tenant::LocalTenant,
};
use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, Method, header},
    middleware::{self, Next},
    response::Response,
};
use pkce::OwnPkce;
use rules::{client::document::described, oauth::params::Params};
use std::sync::Arc;

struct AnyClient {
    site: Arc<Site>,
    pkce: OwnPkce,
}

fn wants(tenant: &Arc<LocalTenant>) -> bool {
    tenant.file.any_client() || pkce::is_changed(tenant)
}

/// Nothing, where no tenant wants it.
pub fn around(routes: Router, site: &Arc<Site>) -> Router {
    match site.tenants.iter().any(wants) {
        false => routes,
        true => {
            let any = AnyClient { site: site.clone(), pkce: OwnPkce::random() };
            routes.layer(middleware::from_fn_with_state(Arc::new(any), take))
        }
    }
}

async fn take(State(any): State<Arc<AnyClient>>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let tenant = segments.first().and_then(|id| any.site.tenant(id)).filter(|tenant| wants(tenant)).cloned();
    let is_post = request.method() == Method::POST;
    match (tenant, segments.as_slice()) {
        (Some(tenant), [_, "authorize"]) => authorize(&any, &tenant, request, next).await,
        (Some(tenant), [_, "par"]) if is_post => pushed(&any, &tenant, request, next).await,
        (Some(tenant), [_, "token" | "revoke"]) if is_post => token(&any, &tenant, request, next).await,
        (_, [.., ".well-known", _] | [".well-known", ..]) => {
            pkce::undisclosed(&any.site, next.run(request).await).await
        }
        _ => next.run(request).await,
    }
}

/// The app's request: it is known from now on, at this redirect URI too.
async fn authorize(any: &AnyClient, tenant: &LocalTenant, request: Request, next: Next) -> Response {
    let (parts, body) = match message::read(request).await {
        Ok(read) => read,
        Err(too_large) => return next.run(too_large).await,
    };
    let encoded =
        if parts.method == Method::POST { &body[..] } else { parts.uri.query().unwrap_or_default().as_bytes() };
    let params = Params::parse(encoded).unwrap_or_default();
    meet(any, tenant, &params).await;
    let request = Request::from_parts(parts, Body::from(body));
    next.run(with_changed(request, |pairs| any.pkce.of_request(tenant.file.pkce(), pairs)).await).await
}

/// The same request, sent ahead by the app itself, whose proof is not checked.
async fn pushed(any: &AnyClient, tenant: &LocalTenant, request: Request, next: Next) -> Response {
    let (parts, body) = match message::read(request).await {
        Ok(read) => read,
        Err(too_large) => return next.run(too_large).await,
    };
    meet(any, tenant, &Params::parse(&body).unwrap_or_default()).await;
    let body = changed(&body, |pairs| any.pkce.of_request(tenant.file.pkce(), pairs));
    token(any, tenant, Request::from_parts(parts, Body::from(body)), next).await
}

async fn meet(any: &AnyClient, tenant: &LocalTenant, params: &Params) {
    // What its document says of an app is more than what it says of itself.
    let describes_itself = |client_id: &&str| described::allowed(client_id, &tenant.items.tenant).is_some();
    if tenant.file.any_client()
        && let (Some(client_id), Some(redirect_uri)) =
            (params.get("client_id").filter(|id| !describes_itself(id)), params.get("redirect_uri"))
        && let Err(why) = take_in(&any.site, tenant, client_id, redirect_uri).await
    {
        tracing::warn!(tenant = tenant.file.id(), why, "an unregistered app could not be registered");
    }
}

/// Whatever an unregistered app proves itself with is not checked, and the code gets the verifier that the app has not got.
async fn token(any: &AnyClient, tenant: &LocalTenant, request: Request, next: Next) -> Response {
    let (mut parts, body) = match message::read(request).await {
        Ok(read) => read,
        Err(too_large) => return next.run(too_large).await,
    };
    let params = Params::parse(&body).unwrap_or_default();
    let claimed = client_id(&parts.headers, &params).filter(|id| tenant.file.any_client() && is_taken_in(tenant, id));
    let change = |pairs: Pairs| {
        let pairs = any.pkce.of_code(tenant.file.pkce(), pairs);
        match &claimed {
            Some(client_id) => unproven(pairs, client_id),
            None => pairs,
        }
    };
    let body = changed(&body, change);
    if claimed.is_some() {
        without_proof(&mut parts.headers);
    }
    parts.headers.remove(header::CONTENT_LENGTH);
    next.run(Request::from_parts(parts, Body::from(body))).await
}

fn is_taken_in(tenant: &LocalTenant, client_id: &str) -> bool {
    tenant.clients().iter().any(|client| client.client_id == client_id && is_unregistered(client))
}

fn unproven(mut pairs: Pairs, client_id: &str) -> Pairs {
    let proofs = ["client_id", "client_secret", "client_assertion", "client_assertion_type"];
    pairs.retain(|(name, _)| !proofs.contains(&name.as_str()));
    pairs.push(("client_id".to_owned(), client_id.to_owned()));
    pairs
}

fn without_proof(headers: &mut HeaderMap) {
    headers.remove(header::AUTHORIZATION);
}
