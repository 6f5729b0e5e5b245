//! What is behind the door: the sample server in this process, or a real one elsewhere. Both are judged by the same code.

use super::behind;
use crate::failure::Failure;
use rules::secret::Secret;
use sample_fhir::{Caller, OAuthUris, Proxy, Request, Response, Server};
use serde_json::Value;
use std::sync::Arc;

/// A FHIR server of a tenant, and what it identifies itself with at the introspection endpoint.
#[derive(Clone)]
pub struct LocalFhir {
    pub server: Served,
    pub name: String,
    pub secret: Secret,
}

#[derive(Clone)]
pub enum Served {
    Sample(Arc<Server>),
    Behind(Arc<Proxy>),
}

/// For the launcher's lists; a real server may have millions.
const MOST_LISTED: usize = 200;

impl Served {
    /// `behind` is the address of the real one, if there is one.
    pub fn at(base: &str, behind: Option<&str>, oauth: OAuthUris) -> Result<Served, Failure> {
        match behind {
            Some(url) => Ok(Served::Behind(Arc::new(Proxy::new(base, url, oauth, behind::sender()?)))),
            None => match Server::sample(base, oauth) {
                Ok(server) => Ok(Served::Sample(Arc::new(server))),
                Err(error) => Err(format!("the sample data is broken: {error:?}").into()),
            },
        }
    }

    pub fn base(&self) -> &str {
        match self {
            Served::Sample(server) => server.base(),
            Served::Behind(proxy) => proxy.base(),
        }
    }

    pub async fn handle(&self, caller: &Caller, request: &Request<'_>) -> Response {
        match self {
            Served::Sample(server) => server.handle(caller, request),
            Served::Behind(proxy) => proxy.handle(caller, request).await,
        }
    }

    pub async fn metadata(&self, request: &Request<'_>) -> Response {
        match self {
            Served::Sample(server) => server.metadata(request),
            Served::Behind(proxy) => proxy.metadata(request).await,
        }
    }

    /// For whoever runs the server: no token, no judgement.
    pub async fn resources(&self, resource_type: &str) -> Vec<Value> {
        match self {
            Served::Sample(server) => server.resources(resource_type),
            Served::Behind(proxy) => proxy.resources(resource_type, MOST_LISTED).await,
        }
    }
}
