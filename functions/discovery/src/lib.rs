//! Discovery: what a tenant can do and with which keys it signs. Public, cacheable, without a call to anything once warm.

mod brands;
mod methods;

use axum::{
    Router,
    extract::Path,
    http::{HeaderMap, Method, Uri},
    response::Response,
    routing::{MethodRouter, any},
};
use brands::Bundles;
use methods::{preflight, read_only};
use rules::{
    oauth::{
        error::OAuthError,
        metadata::{authorization_server, openid_configuration, smart_configuration},
        protected_resource::{at, metadata},
    },
    signing_keys::JWKS_MAX_AGE,
    tenant::TenantRecord,
};
use serde_json::{Value, json};
use server::{
    Server,
    http::{
        paths,
        responses::{oauth_error, public_json, unknown_tenant},
    },
};
use std::{collections::HashMap, sync::Arc};

pub fn routes(server: Arc<Server>) -> Router {
    let document = |make: Make| document(server.clone(), make);
    let smart = || document(|tenant, _| Some(smart_configuration(tenant)));
    let openid = || document(|tenant, _| Some(openid_configuration(tenant)));
    let oauth = document(|tenant, _| Some(authorization_server(tenant)));
    let resource = document(|tenant, path| Some(metadata(tenant, at(tenant, path)?)));
    let bundles = Arc::new(Bundles::default());
    let jwks = document(|tenant, _| Some(json!(tenant.jwks())));
    let below = [
        ("/brands.json", bundle(server.clone(), bundles.clone())),
        ("/.well-known/smart-configuration", smart()),
        ("/.well-known/openid-configuration", openid()),
        ("/.well-known/jwks.json", jwks),
    ];
    let routes = below
        .into_iter()
        .fold(Router::new(), |router, (path, handler)| paths::route(router, path, handler))
        .route("/brands.json", bundle(server.clone(), bundles))
        // The FHIR base that this server hosts or fronts (DISC-1), and those of Koppeltaal's form.
        .route("/{tenant}/fhir/.well-known/smart-configuration", smart())
        .route("/api/v1/{tenant}/fhir/r4/.well-known/smart-configuration", smart())
        .route("/{tenant}/v2/.well-known/smart-configuration", smart())
        // Clients of the Model Context Protocol look for it there too (MCP-4).
        .route("/.well-known/openid-configuration/{tenant}", openid())
        .route("/.well-known/openid-configuration/api/v1/{tenant}/oauth2", openid())
        // RFC 8414 §3.1 puts the well-known part before the issuer's path, and RFC 9728 §3.1 before that of a FHIR base.
        .route("/.well-known/oauth-authorization-server/{tenant}", oauth.clone())
        .route("/.well-known/oauth-authorization-server/api/v1/{tenant}/oauth2", oauth)
        .route("/.well-known/oauth-protected-resource/{tenant}/{*rest}", resource);
    server::log::requests(&server, "discovery", routes)
}

/// A document about a tenant, by the path that was asked.
type Make = fn(&TenantRecord, &str) -> Option<Value>;

fn document(server: Arc<Server>, make: Make) -> MethodRouter {
    any(move |method: Method, headers: HeaderMap, uri: Uri, params: Path<HashMap<String, String>>| {
        let server = server.clone();
        async move {
            match method {
                Method::GET | Method::HEAD => {
                    answer(&server, &params["tenant"], |tenant| make(tenant, uri.path())).await
                }
                Method::OPTIONS => preflight(&headers),
                _ => read_only(),
            }
        }
    })
}

/// Brands of the tenant in the path; of all of them, where there is none.
fn bundle(server: Arc<Server>, bundles: Arc<Bundles>) -> MethodRouter {
    any(move |method: Method, headers: HeaderMap, params: Option<Path<HashMap<String, String>>>| {
        let (server, bundles) = (server.clone(), bundles.clone());
        async move {
            let tenant = params.as_ref().and_then(|params| params.get("tenant")).map(String::as_str);
            bundles.answer(&server, tenant, &method, &headers).await
        }
    })
}

async fn answer(server: &Server, tenant: &str, make: impl Fn(&TenantRecord) -> Option<Value>) -> Response {
    let tenant = match server.tenant(tenant, server.now()).await {
        Ok(Some(tenant)) => tenant,
        Ok(None) => return unknown_tenant(),
        Err(error) => return oauth_error(error.into()),
    };
    match make(&tenant) {
        Some(document) => public_json(&document, JWKS_MAX_AGE),
        None => oauth_error(OAuthError::invalid_request("there is no FHIR server at this address").with_status(404)),
    }
}
