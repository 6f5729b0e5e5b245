//! The condition of a conditional write, looked up as a search of the caller's own: it finds what the caller could have
//! found, and so it neither touches nor betrays anything else (<https://hl7.org/fhir/R4/http.html#cond-update>).

use serde_json::Value;
use url::form_urlencoded;

use super::{Front, search};
use crate::definitions::ResourceType;
use crate::problem::Problem;
use crate::search::Search;

pub async fn one(front: &Front<'_>, of: &'static ResourceType, query: &str) -> Result<Option<Value>, Problem> {
    let query = query.split_once('?').map_or(query, |(_, query)| query);
    let parameters: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let filters =
        |name: &str| !["_format", "_pretty", "_count", "_offset", "_sort", "_summary", "_total"].contains(&name);
    if !parameters.iter().any(|(name, _)| filters(name)) || !parameters.iter().all(|(name, _)| filters(name)) {
        return Err(Problem::invalid("A condition has search parameters, and nothing else."));
    }
    let wanted = Search { of, parameters: &parameters, in_compartment_of: None, strict: true };
    match search::found(front, &wanted).await?.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some((**one).clone())),
        _ => Err(Problem::new(412, "multiple-matches", "The condition matches more than one resource.")),
    }
}

pub async fn id(front: &Front<'_>, of: &'static ResourceType, query: &str) -> Result<Option<String>, Problem> {
    Ok(one(front, of, query).await?.and_then(|found| found["id"].as_str().map(str::to_owned)))
}

/// For what needs something to be there.
pub async fn that_id(front: &Front<'_>, of: &'static ResourceType, query: &str) -> Result<String, Problem> {
    id(front, of, query).await?.ok_or_else(|| Problem::new(404, "not-found", "Nothing matches the condition."))
}
