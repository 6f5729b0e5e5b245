//! A search is narrowed to what the caller may see before it is asked, so that neither counts nor pages tell of anything else.
//! Each match is judged again by its content.

use std::collections::BTreeSet;
use std::sync::Arc;

use rules::enforcement::{ScopeGrant, ScopeReach, is_shared};
use rules::scope::{FhirInteraction, Parameter};
use serde_json::Value;

use super::upstream::Upstream;
use crate::answer::Answer;
use crate::definitions::ResourceType;
use crate::guard::{Guard, Permission};
use crate::problem::Problem;
use crate::search::bundle::{SearchResult, searchset};
use crate::search::context::Search;
use crate::search::notice::notice;
use crate::search::query::Query;
use crate::search::sort::sort;

type Pairs = Vec<(String, String)>;

/// So much is read for one search of a caller who may not see everything, in so many questions.
const MOST_FOUND: usize = 2000;
const MOST_QUESTIONS: usize = 50;

pub async fn search(upstream: &Upstream, guard: &Guard<'_>, wanted: &Search<'_>) -> Result<Answer, Problem> {
    let permission = guard.permits(FhirInteraction::Search, wanted.of.name)?;
    let query = Query::parse(wanted.of, wanted.parameters, &upstream.base, wanted.strict)?;
    let end = query.offset.saturating_add(query.count);
    let sees_all = permission.grants().any(ScopeGrant::is_unlimited);
    let questions = if sees_all { vec![vec![]] } else { narrowed(&permission, wanted.of) };
    let most = if sees_all { end.saturating_add(1) } else { MOST_FOUND };
    if questions.len() > MOST_QUESTIONS {
        return Err(too_costly());
    }
    let made_here = ["_summary", "_total", "_format", "_pretty", "_count"];
    let filters = query.used.iter().filter(|(name, _)| !made_here.contains(&name.as_str()));
    let filters: Pairs = filters.cloned().collect();
    let (mut all, mut total, mut known) = (vec![], None, BTreeSet::new());
    for question in questions {
        let found = upstream.search(wanted.of, &[filters.as_slice(), &question].concat(), most).await?;
        if !sees_all && !found.complete {
            return Err(too_costly());
        }
        let new = |resource: &Value| permission.sees(resource) && known.insert(resource["id"].to_string());
        all.extend(found.resources.into_iter().filter(new).map(Arc::new));
        total = found.total;
    }
    if !sees_all {
        all.sort_by_cached_key(|resource| resource["id"].to_string());
        sort(&mut all, &query.sort);
        total = Some(all.len());
    }
    let more = all.len() > end;
    let page = all.into_iter().skip(query.offset).take(query.count).collect();
    let result = SearchResult { total, more, page, included: vec![], notice: notice(&permission, wanted, &query) };
    Ok(Answer::ok(searchset(&upstream.base, wanted, &query, result)))
}

/// What is asked beside the filters, for each grant: its limit, and what keeps to its patients.
fn narrowed(permission: &Permission, of: &ResourceType) -> Vec<Pairs> {
    let mut questions = vec![];
    for ScopeGrant { reach, limit } in permission.grants() {
        let pair = |parameter: &Parameter| (parameter.key(), parameter.value().to_owned());
        let question = |narrowing| limit.parameters().iter().map(pair).chain(narrowing).collect();
        questions.extend(narrowings(reach, of).into_iter().map(question));
    }
    questions
}

/// One for each parameter that can put a resource into a compartment.
fn narrowings(reach: &ScopeReach, of: &ResourceType) -> Vec<Option<(String, String)>> {
    let parameters = &of.compartment_parameters;
    match reach {
        ScopeReach::Patients(patients) if of.name == "Patient" => vec![Some(("_id".to_owned(), patients.join(",")))],
        // A Binary is in a compartment, and has no parameter for it.
        ScopeReach::Patients(_) if parameters.is_empty() && !of.compartment.is_empty() => vec![None],
        ScopeReach::Patients(patients) if !is_shared(of.name) => {
            let theirs = patients.iter().map(|id| format!("Patient/{id}")).collect::<Vec<_>>().join(",");
            parameters.iter().map(|name| Some(((*name).to_owned(), theirs.clone()))).collect()
        }
        _ => vec![None],
    }
}

fn too_costly() -> Problem {
    Problem::new(403, "too-costly", format!("More than {MOST_FOUND} resources would have to be judged: ask for less."))
}
