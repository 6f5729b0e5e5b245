//! The `searchset` Bundle of a search: matches, what was included, what was passed over or limited, and the links.

use std::sync::Arc;

use serde_json::{Value, json};
use url::form_urlencoded;

use super::context::Search;
use super::query::Query;
use crate::problem::{Issue, outcome};

pub struct SearchResult {
    /// Unknown, when that would take reading everything.
    pub total: Option<usize>,
    /// Whether there is another page.
    pub more: bool,
    pub page: Vec<Arc<Value>>,
    pub included: Vec<Arc<Value>>,
    pub notice: Option<Issue>,
}

pub fn searchset(base: &str, search: &Search, query: &Query, result: SearchResult) -> Value {
    let link = |relation: &str, offset: usize| json!({"relation": relation, "url": url(base, search, query, offset)});
    let mut links = vec![link("self", query.offset)];
    if query.only_total || query.count == 0 {
        return bundle("searchset", result.total, links, vec![]);
    }
    if query.offset > 0 {
        links.push(link("first", 0));
        links.push(link("previous", query.offset.saturating_sub(query.count)));
    }
    if result.more {
        links.push(link("next", query.offset.saturating_add(query.count)));
    }
    let mut entries: Vec<Value> = result.page.iter().map(|resource| entry(base, resource, "match")).collect();
    entries.extend(result.included.iter().map(|resource| entry(base, resource, "include")));
    let issues: Vec<Issue> = result.notice.into_iter().chain(query.warnings.iter().cloned()).collect();
    if !issues.is_empty() {
        entries.push(json!({"resource": outcome(&issues), "search": {"mode": "outcome"}}));
    }
    bundle("searchset", result.total, links, entries)
}

/// A Bundle; FHIR knows no empty arrays, so `entry` is left out when there is none.
pub fn bundle(kind: &str, total: Option<usize>, links: Vec<Value>, entries: Vec<Value>) -> Value {
    let mut bundle = json!({"resourceType": "Bundle", "type": kind});
    if let Some(total) = total {
        bundle["total"] = json!(total);
    }
    if !links.is_empty() {
        bundle["link"] = Value::Array(links);
    }
    if !entries.is_empty() {
        bundle["entry"] = Value::Array(entries);
    }
    bundle
}

pub fn entry(base: &str, resource: &Value, mode: &str) -> Value {
    json!({"fullUrl": full_url(base, resource), "resource": resource, "search": {"mode": mode}})
}

pub fn full_url(base: &str, resource: &Value) -> String {
    let text = |name: &str| resource[name].as_str().unwrap_or_default();
    format!("{base}/{}/{}", text("resourceType"), text("id"))
}

fn url(base: &str, search: &Search, query: &Query, offset: usize) -> String {
    let mut pairs = form_urlencoded::Serializer::new(String::new());
    pairs.extend_pairs(&query.used);
    if offset > 0 {
        pairs.append_pair("_offset", &offset.to_string());
    }
    let path = match search.in_compartment_of {
        Some(patient) => format!("{base}/Patient/{patient}/{}", search.of.name),
        None => format!("{base}/{}", search.of.name),
    };
    let pairs = pairs.finish();
    if pairs.is_empty() { path } else { format!("{path}?{pairs}") }
}
