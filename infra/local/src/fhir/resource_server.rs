//! The FHIR server that tokens give access to: the sample server in this process, or an external one. The same code decides
//! about access to both.

use super::transport::transport;
use crate::failure::Failure;
use rules::secret::Secret;
use sample_fhir::{Caller, OAuthUris, Proxy, Request, Response, Server};
use serde_json::Value;
use std::sync::{Arc, LazyLock};

/// A FHIR server of a tenant, and what it identifies itself with at the introspection endpoint.
#[derive(Clone)]
pub struct LocalFhir {
    pub server: ResourceServer,
    pub name: String,
    pub secret: Secret,
}

/// The data of each tenant takes some megabytes, and a while to read: that waits until somebody asks.
type LoadSample = Box<dyn FnOnce() -> Server + Send>;

#[derive(Clone)]
pub enum ResourceServer {
    Sample(Arc<LazyLock<Server, LoadSample>>),
    External(Arc<Proxy>),
}

/// An external server may have millions of resources, and the launcher lists them.
const MOST_LISTED: usize = 200;

impl ResourceServer {
    /// The sample server, unless there is the address of an external one.
    pub fn at(base: &str, external_url: Option<&str>, oauth: OAuthUris) -> Result<ResourceServer, Failure> {
        match external_url {
            Some(url) => Ok(ResourceServer::External(Arc::new(Proxy::new(base, url, oauth, transport()?)))),
            None => {
                let base = base.to_owned();
                Ok(ResourceServer::Sample(Arc::new(LazyLock::new(Box::new(move || sample(&base, oauth))))))
            }
        }
    }

    pub fn base(&self) -> &str {
        match self {
            ResourceServer::Sample(server) => server.base(),
            ResourceServer::External(proxy) => proxy.base(),
        }
    }

    pub async fn handle(&self, caller: &Caller, request: &Request<'_>) -> Response {
        match self {
            ResourceServer::Sample(server) => server.handle(caller, request),
            ResourceServer::External(proxy) => proxy.handle(caller, request).await,
        }
    }

    pub async fn metadata(&self, request: &Request<'_>) -> Response {
        match self {
            ResourceServer::Sample(server) => server.metadata(request),
            ResourceServer::External(proxy) => proxy.metadata(request).await,
        }
    }

    /// For the launcher, which needs no token.
    pub async fn resources(&self, resource_type: &str) -> Vec<Value> {
        match self {
            ResourceServer::Sample(server) => server.resources(resource_type),
            ResourceServer::External(proxy) => proxy.resources(resource_type, MOST_LISTED).await,
        }
    }
}

#[expect(clippy::expect_used, reason = "the data is compiled in, and tests read it")]
fn sample(base: &str, oauth: OAuthUris) -> Server {
    Server::sample(base, oauth).expect("the sample data is good")
}
