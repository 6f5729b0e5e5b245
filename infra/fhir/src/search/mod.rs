//! Search: filtered by what was asked and, before that, by what the caller may see.

pub mod bundle;
mod compare;
pub mod context;
pub mod criterion;
mod include;
pub mod notice;
pub mod query;
pub mod sort;
mod value;

use std::sync::Arc;

use rules::scope::FhirInteraction;
use serde_json::Value;

use crate::problem::Problem;
use bundle::SearchResult;
use context::{Context, Search};
use query::Query;

pub fn search(context: &Context, search: &Search) -> Result<Value, Problem> {
    let permission = context.guard.permits(FhirInteraction::Search, search.of.name)?;
    let query = Query::parse(search.of, search.parameters, context.base, search.strict)?;
    let mut matches: Vec<Arc<Value>> = context
        .store
        .all(search.of.name)
        .filter(|resource| permission.sees(resource) && search.is_about(resource))
        .filter(|resource| query.criteria.iter().all(|criterion| criterion.matches(resource, context)))
        .cloned()
        .collect();
    sort::sort(&mut matches, &query.sort);
    let (total, more) = (Some(matches.len()), query.offset.saturating_add(query.count) < matches.len());
    let page: Vec<Arc<Value>> = matches.into_iter().skip(query.offset).take(query.count).collect();
    let included = include::included(&query.includes, &page, context);
    let notice = notice::notice(&permission, search, &query);
    Ok(bundle::searchset(context.base, search, &query, SearchResult { total, more, page, included, notice }))
}
