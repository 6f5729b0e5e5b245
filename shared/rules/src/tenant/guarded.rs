//! What an access token can be for, besides this server itself: a FHIR server, or a resource that stands before one.

use super::{dpop::DpopUse, fhir_server::FhirServer};
use crate::{
    scope::{ScopeSet, narrow},
    secret::ChosenSecretHash,
};
use serde::{Deserialize, Serialize};

/// A protected resource that is no FHIR base (RFC 9728), such as an MCP server that reads from one. Its tokens are for it alone: at the
/// FHIR server they open nothing.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ProtectedResource {
    pub name: String,
    /// The audience of its tokens.
    pub url: String,
    /// The URL of the FHIR server whose people and records its tokens speak of.
    pub fhir_server: String,
    /// All that its tokens may hold of scopes for data and of scopes of its own.
    pub scope: ScopeSet,
    /// Live secrets for `introspect` by Basic.
    pub secrets: Vec<ChosenSecretHash>,
    /// Whether it verifies DPoP proofs.
    #[serde(default, skip_serializing_if = "DpopUse::is_off")]
    pub dpop: DpopUse,
}

#[derive(Clone, Copy, Debug)]
pub enum Guarded<'t> {
    FhirServer(&'t FhirServer),
    Resource(&'t ProtectedResource),
}

impl<'t> Guarded<'t> {
    pub fn name(self) -> &'t str {
        match self {
            Guarded::FhirServer(server) => &server.name,
            Guarded::Resource(resource) => &resource.name,
        }
    }

    pub fn url(self) -> &'t str {
        match self {
            Guarded::FhirServer(server) => &server.url,
            Guarded::Resource(resource) => &resource.url,
        }
    }

    /// The FHIR server whose people and records a token for it speaks of.
    pub fn fhir_server(self) -> &'t str {
        match self {
            Guarded::FhirServer(server) => &server.url,
            Guarded::Resource(resource) => &resource.fhir_server,
        }
    }

    pub fn secrets(self) -> &'t [ChosenSecretHash] {
        match self {
            Guarded::FhirServer(server) => &server.secrets,
            Guarded::Resource(resource) => &resource.secrets,
        }
    }

    pub fn dpop(self) -> DpopUse {
        match self {
            Guarded::FhirServer(server) => server.dpop,
            Guarded::Resource(resource) => resource.dpop,
        }
    }

    /// What of a scope a token for it may hold. Who somebody is, what is in view and how long access lasts is no data of its own.
    pub fn within(self, scope: ScopeSet) -> ScopeSet {
        match self {
            Guarded::FhirServer(_) => scope,
            Guarded::Resource(resource) => {
                let data = narrow(&scope.without(|scope| !scope.is_data()), &resource.scope).granted;
                scope.without(|scope| scope.is_data()).union(&data)
            }
        }
    }
}
