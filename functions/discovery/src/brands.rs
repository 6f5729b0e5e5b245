//! Bundles of user-access brands (SMART App Launch 2.2): a tenant's own, and that of all tenants of the deployment that want to be in
//! it. Public, read by pages of any origin, and cheap to ask for again.

use super::methods::{preflight, read_only};
use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::Response,
};
use rules::{
    brands::{deployment_bundle, text_of},
    oauth::error::OAuthError,
    secret::SecretHash,
    tenant::{CONFIGURATION_AGE, TenantId},
    time::Timestamp,
};
use serde_json::Value;
use server::{Server, bounded::Bounded, http::responses::oauth_error, store::StoreError};
use std::sync::Arc;

/// SMART has no number; the change of a brand reaches apps within the hour.
const MAX_AGE: &str = "public, max-age=3600";

/// The text of a bundle and the name of this state of it.
struct Sent {
    text: String,
    etag: String,
}

/// Bundles in memory for a short time, so that a client that asks in a loop costs the table nothing. What was not there is
/// asked for again.
#[derive(Default)]
pub struct Bundles(Bounded<Option<TenantId>, Kept, MOST_KEPT>);

/// And since when.
type Kept = (Arc<Sent>, Timestamp);

/// A tenant's is 100 kB at most, and that of the deployment 5 MB.
const MOST_KEPT: usize = 200;

impl Bundles {
    /// Of this tenant; of the deployment, without one.
    pub async fn answer(
        &self,
        server: &Server,
        tenant: Option<&str>,
        method: &Method,
        headers: &HeaderMap,
    ) -> Response {
        let mut response = match *method {
            Method::GET | Method::HEAD => match self.found(server, tenant).await {
                Ok(sent) => fresh_or_same(&sent, headers),
                Err(error) => oauth_error(error),
            },
            Method::OPTIONS => preflight(headers),
            _ => read_only(),
        };
        // Refusals too, so that a page can tell "none" from "unreachable"; and whoever asks without an origin (BRAND-1).
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("ETag"));
        response
    }

    async fn found(&self, server: &Server, tenant: Option<&str>) -> Result<Arc<Sent>, OAuthError> {
        let now = server.now();
        let id = tenant.map(|name| TenantId::parse(name).ok_or_else(none)).transpose()?;
        if let Some(kept) = self.kept(&id, now) {
            return Ok(kept);
        }
        let bundle = read(server, id.as_ref(), now).await?;
        let text = bundle.as_ref().map(text_of).ok_or_else(none)?;
        // Weak: compression on the way changes bytes and not what they say (RFC 9110 §8.8.1).
        let sent = Arc::new(Sent { etag: format!("W/\"{}\"", SecretHash::of(&text).as_str()), text });
        self.keep(id, sent.clone(), now);
        Ok(sent)
    }

    fn kept(&self, id: &Option<TenantId>, now: Timestamp) -> Option<Arc<Sent>> {
        let fresh = |at: &Timestamp| (0..CONFIGURATION_AGE).contains(&now.since(*at));
        self.0.get(id).filter(|(_, at)| fresh(at)).map(|(sent, _)| sent)
    }

    fn keep(&self, id: Option<TenantId>, sent: Arc<Sent>, now: Timestamp) {
        self.0.put(id, (sent, now));
    }
}

async fn read(server: &Server, tenant: Option<&TenantId>, now: Timestamp) -> Result<Option<Value>, StoreError> {
    match tenant {
        Some(id) => Ok(server.store.published(id, now).await?.and_then(|published| published.bundle())),
        None => Ok(deployment_bundle(&server.store.all_published(now).await?)),
    }
}

fn none() -> OAuthError {
    OAuthError::invalid_request("no brands are published here").with_status(404)
}

fn fresh_or_same(sent: &Sent, request: &HeaderMap) -> Response {
    let is_same = knows(request, &sent.etag);
    let mut response = Response::new(if is_same { Body::empty() } else { Body::from(sent.text.clone()) });
    *response.status_mut() = if is_same { StatusCode::NOT_MODIFIED } else { StatusCode::OK };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(MAX_AGE));
    if let Ok(etag) = HeaderValue::from_str(&sent.etag) {
        headers.insert(header::ETAG, etag);
    }
    if !is_same {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/fhir+json"));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    }
    response
}

/// Whether the asker has this state already, by the weak comparison of `If-None-Match` (RFC 9110 §13.1.2).
fn knows(request: &HeaderMap, etag: &str) -> bool {
    let named = request.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    named.flat_map(|list| list.split(',')).any(|tag| tag.trim() == "*" || opaque(tag) == opaque(etag))
}
