//! A small truthful FHIR R4 server, in memory, for tests and first steps with SMART apps. No more than that.
//!
//! The code that mounts it checks the bearer token and says in a [`Caller`] what the token allows; every answer is judged by
//! that.

mod answer;
mod batch;
mod caller;
mod capability;
mod compartment;
mod data;
mod date;
mod definitions;
mod elements;
mod everything;
mod guard;
mod history;
mod negotiate;
mod parsed_request;
mod patch;
mod problem;
mod proxy;
mod read;
mod request;
mod routes;
mod search;
mod server;
mod store;
mod validate;
mod workspace;
mod write;

pub use caller::{Caller, Rights, rights_of};
pub use capability::OAuthUris;
pub use data::DataError;
pub use proxy::{Incoming, Outgoing, Proxy, Transport};
pub use request::{Request, Response};
pub use rules::scope::{Access, FhirInteraction, Level};
pub use server::Server;

/// What a request needs, each entry of a Bundle for itself; nothing where that can't be told. `base` is the FHIR base URL.
pub fn needs(base: &str, request: &Request<'_>) -> Vec<rules::enforcement::Need> {
    let Ok(asked) = parsed_request::ParsedRequest::of(request) else { return vec![] };
    match (asked.method(), asked.segments().as_slice()) {
        ("POST", []) => batch::needs(&asked, base),
        _ => asked.search_parameters().ok().and_then(|parameters| asked.need(&parameters)).into_iter().collect(),
    }
}

/// What of a resource breaks the rules of its type, if this crate has a table for it: elements, how often they come, types and
/// required codes.
pub fn mistakes(resource: &serde_json::Value) -> Vec<String> {
    let of = resource["resourceType"].as_str().unwrap_or_default();
    let issues = validate::validate(resource, of).err().map(|problem| problem.issues).unwrap_or_default();
    let told = |issue: problem::Issue| format!("{}: {}", issue.expression.unwrap_or_default(), issue.diagnostics);
    issues.into_iter().map(told).collect()
}
