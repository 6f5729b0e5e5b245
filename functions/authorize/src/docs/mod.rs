//! `/{tenant}/docs`: what an app developer must know (45 CFR 170.315(g)(10)(viii), 170.404), made of the tenant's own
//! configuration, so that it always agrees with it. In English: it is read by developers, as the errors are that
//! go to their apps.

mod endpoints;
mod errors;
mod facts;
mod members;

pub use endpoints::Endpoint;
pub use facts::Lifetime;
pub use members::Document;

use crate::{
    http::responses::{PageContext, tenant_of},
    pages::docs::DocsPage,
    texts::Texts,
};
use axum::{
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use rules::{
    brands::hosted,
    secret::SecretHash,
    signing_keys::JWKS_MAX_AGE,
    tenant::{AssertionAudience, AuthenticationMethod, GrantType, Language, TenantRecord, docs::Docs},
};
use server::Server;
use std::sync::Arc;
use url::form_urlencoded::byte_serialize;

const STYLESHEET: &str = include_str!("../../pages/docs.css");

pub async fn page(State(server): State<Arc<Server>>, Path(tenant): Path<String>, headers: HeaderMap) -> Response {
    let tenant = match tenant_of(&server, &tenant, &headers, server.now()).await {
        Ok(tenant) => tenant,
        Err(error) => return error.into_response(),
    };
    let context = PageContext::of(&tenant).with(Texts::of(Language::En));
    match &tenant.docs {
        Some(docs) => draw(&tenant, docs, &context),
        None => context
            .error(StatusCode::NOT_FOUND, Texts::error_no_docs, "this tenant publishes no documentation")
            .into_response(),
    }
}

fn draw(tenant: &TenantRecord, docs: &Docs, context: &PageContext<'_>) -> Response {
    let offers = |grant: GrantType| tenant.policy.grant_types.contains(&grant);
    let stylesheet = context.stylesheet();
    let first_server = tenant.fhir_servers.first().map_or("", |server| &server.url);
    let encoded: String = byte_serialize(first_server.as_bytes()).collect();
    let own_stylesheet = format!("{}?v={}", context.path_of("docs/style.css"), version());
    context.page(&DocsPage {
        frame: context.frame(&stylesheet),
        own_stylesheet: &own_stylesheet,
        docs,
        issuer: tenant.issuer.as_str(),
        fhir_servers: &tenant.fhir_servers,
        resources: &tenant.resources,
        durations: &durations(tenant),
        documents: &members::documents(tenant),
        endpoints: &endpoints::of(tenant),
        scopes: &facts::scopes(tenant),
        errors: &errors::all(),
        lifetimes: &facts::lifetimes(tenant),
        deviations: &facts::deviations(tenant),
        methods: &methods(tenant),
        brands: hosted(tenant).map(|(url, _)| url).or_else(|| tenant.policy.brand_bundle.clone()).as_deref(),
        launches: offers(GrantType::AuthorizationCode),
        refreshes: offers(GrantType::RefreshToken),
        works_alone: offers(GrantType::ClientCredentials),
        has_documents: tenant.client_documents.is_some(),
        access_token_alg: tenant.policy.access_token_alg.as_str(),
        assertion_algorithms: &tenant.policy.profile.assertion_algorithms().join(", "),
        assertion_audience: &assertion_audience(tenant),
        binds: tenant.takes_dpop(),
        refresh_life: &facts::words(tenant.policy.refresh_idle_seconds),
        key_set_age: JWKS_MAX_AGE,
        first_server,
        first_server_encoded: &encoded,
    })
}

fn assertion_audience(tenant: &TenantRecord) -> String {
    let is_issuer = tenant.policy.assertion_audience == AssertionAudience::Rfc7523bisStrict;
    match is_issuer || !tenant.policy.profile.is_smart() {
        true => tenant.issuer.as_str().to_owned(),
        false => tenant.issuer.endpoint("token"),
    }
}

fn methods(tenant: &TenantRecord) -> Vec<(&'static str, &'static str)> {
    let what = |method: AuthenticationMethod| match method {
        AuthenticationMethod::None => {
            "Public app: it can keep no secret. It sends client_id in the form, and PKCE protects its code."
        }
        AuthenticationMethod::ClientSecretBasic => {
            "Confidential app with a secret, sent as HTTP Basic: Authorization: Basic base64(client_id:client_secret), each form-encoded first."
        }
        AuthenticationMethod::ClientSecretPost => {
            "Confidential app with a secret, sent as client_id and client_secret in the form."
        }
        AuthenticationMethod::PrivateKeyJwt => {
            "Confidential app with a key of its own: a signed JWT in client_assertion (SMART 2.2, asymmetric). The public key is registered, as a key set or by its address."
        }
    };
    tenant.policy.authentication_methods().map(|method| (method.as_str(), what(method))).collect()
}

/// What people can choose from, where they are asked how long.
fn durations(tenant: &TenantRecord) -> String {
    let texts: Vec<String> = tenant.policy.access_durations.iter().map(ToString::to_string).collect();
    texts.join(", ")
}

fn version() -> String {
    SecretHash::of(STYLESHEET).as_str().chars().take(12).collect()
}

/// What this one page needs beside the stylesheet of all: long tables.
pub async fn stylesheet() -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    (headers, STYLESHEET).into_response()
}
