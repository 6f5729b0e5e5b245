//! The page for app developers.

use super::Frame;
use crate::docs::{Document, Endpoint, Lifetime};
use askama::Template;
use rules::tenant::{FhirServer, ProtectedResource, docs::Docs};

#[derive(Template)]
#[template(path = "docs.html")]
pub struct DocsPage<'a> {
    pub frame: Frame<'a>,
    pub own_stylesheet: &'a str,
    pub docs: &'a Docs,
    pub issuer: &'a str,
    pub fhir_servers: &'a [FhirServer],
    pub resources: &'a [ProtectedResource],
    /// What people choose from; empty where they are not asked how long.
    pub durations: &'a str,
    /// The first of them, for the example.
    pub first_server: &'a str,
    pub first_server_encoded: &'a str,
    pub documents: &'a [Document],
    pub endpoints: &'a [Endpoint],
    pub scopes: &'a [(String, String)],
    pub errors: &'a [(&'static str, &'static str)],
    pub lifetimes: &'a [Lifetime],
    pub deviations: &'a [&'static str],
    /// How apps may authenticate.
    pub methods: &'a [(&'static str, &'static str)],
    pub brands: Option<&'a str>,
    pub launches: bool,
    pub refreshes: bool,
    pub works_alone: bool,
    pub has_documents: bool,
    pub access_token_alg: &'static str,
    pub assertion_algorithms: &'a str,
    /// The `aud` that is good at the token endpoint, whatever the tenant follows.
    pub assertion_audience: &'a str,
    pub binds: bool,
    pub refresh_life: &'a str,
    pub key_set_age: u32,
}
