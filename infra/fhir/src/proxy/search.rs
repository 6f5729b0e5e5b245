//! Search on the server behind. It finds; what may be shown, counted, included or gone through is decided here, by the
//! code that answers the sample server's searches.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use super::find::{unlimited, within_reach};
use super::{Front, one};
use crate::definitions;
use crate::guard::{Permission, Reach};
use crate::problem::Problem;
use crate::search::include::{self, Wanted};
use crate::search::query::Query;
use crate::search::{Context, Search, bundle, may_search, notice};
use crate::store::Store;

const MOST_BESIDE: usize = 500;
const MOST_CHAINED: usize = 3;

pub async fn search(front: &Front<'_>, search: &Search<'_>) -> Result<Value, Problem> {
    let permission = may_search(front.guard, search.of)?;
    let query = Query::parse(search.of, search.parameters, front.base, search.strict)?;
    let mut held = Store::default();
    let found = matches(front, &permission, search, &query, &mut held).await?;
    let included = beside(front, &query, &found.page, &mut held).await?;
    let notice = notice::notice(&permission, search, &query);
    Ok(bundle::searchset(front.base, search, &query, bundle::Found { included, notice, ..found }))
}

/// Those that a search of the caller's own finds, for the conditions of conditional writes.
pub async fn found(front: &Front<'_>, search: &Search<'_>) -> Result<Vec<Arc<Value>>, Problem> {
    let permission = may_search(front.guard, search.of)?;
    let query = Query::parse(search.of, search.parameters, front.base, true)?;
    Ok(matches(front, &permission, search, &query, &mut Store::default()).await?.page)
}

async fn matches(
    front: &Front<'_>,
    permission: &Permission,
    search: &Search<'_>,
    query: &Query,
    held: &mut Store,
) -> Result<bundle::Found, Problem> {
    let mut pairs: Vec<(String, String)> = query.used.iter().filter(|(name, _)| filters(name)).cloned().collect();
    let chained = query.criteria.iter().any(|criterion| criterion.is_chained());
    let sees_all = permission.grants.iter().any(|grant| grant.reach == Reach::Everything && grant.only.is_none());
    let end = query.offset.saturating_add(query.count);
    if sees_all && !chained && search.in_compartment_of.is_none() {
        let only_total = query.only_total || query.count == 0;
        pairs.extend(only_total.then(|| ("_summary".to_owned(), "count".to_owned())));
        let (all, total) = unlimited(front.upstream, search.of, &pairs, end.saturating_add(1)).await?;
        let more = all.len() > end;
        return Ok(cut(hold(all, held), query, total, more));
    }
    let asked = (pairs.as_slice(), search.in_compartment_of);
    let mut all = hold(within_reach(front.upstream, permission, search.of, asked).await?, held);
    all.retain(|resource| search.is_about(resource));
    if chained {
        fetch_chained(front, query, &all, held).await?;
        // The server behind has followed chains with its own eyes; here they are followed with the caller's.
        let context = Context::new(held, front.base, front.guard);
        let chains = || query.criteria.iter().filter(|criterion| criterion.is_chained());
        all.retain(|resource| chains().all(|criterion| criterion.matches(resource, &context)));
    }
    let total = all.len();
    Ok(cut(all, query, Some(total), total > end))
}

/// What filters and sorts; the rest is done here.
fn filters(name: &str) -> bool {
    let own = ["_summary", "_total", "_format", "_pretty", "_count", "_offset"];
    !own.contains(&name) && !name.starts_with("_include") && !name.starts_with("_revinclude")
}

fn hold(all: Vec<Value>, held: &mut Store) -> Vec<Arc<Value>> {
    all.into_iter().map(|resource| held.hold(resource)).collect()
}

fn cut(all: Vec<Arc<Value>>, query: &Query, total: Option<usize>, more: bool) -> bundle::Found {
    let page = all.into_iter().skip(query.offset).take(query.count).collect();
    bundle::Found { total, more, page, included: vec![], notice: None }
}

async fn fetch_chained(front: &Front<'_>, query: &Query, all: &[Arc<Value>], held: &mut Store) -> Result<(), Problem> {
    for _ in 0..MOST_CHAINED {
        let mut wanted = BTreeSet::new();
        for criterion in &query.criteria {
            all.iter().for_each(|resource| criterion.wants(resource, held, &mut wanted));
        }
        if wanted.is_empty() {
            break;
        }
        fetch_ones(front, wanted.into_iter().collect(), held).await?;
    }
    Ok(())
}

/// What the includes bring, each resource judged as if it had been asked for itself.
async fn beside(
    front: &Front<'_>,
    query: &Query,
    page: &[Arc<Value>],
    held: &mut Store,
) -> Result<Vec<Arc<Value>>, Problem> {
    let mut asked: BTreeSet<Wanted> = BTreeSet::new();
    let mut included = vec![];
    for _ in 0..include::MOST_ROUNDS {
        let all: Vec<Arc<Value>> = page.iter().chain(&included).cloned().collect();
        let from = |iterate: bool| if iterate { all.as_slice() } else { page };
        let wanted = query.includes.iter().flat_map(|include| include.wants(from(include.iterate), held));
        let new: Vec<Wanted> = wanted.filter(|wanted| asked.insert(wanted.clone())).collect();
        if new.is_empty() {
            break;
        }
        fetch(front, new, held).await?;
        included = include::included(&query.includes, page, &Context::new(held, front.base, front.guard));
    }
    Ok(included)
}

async fn fetch(front: &Front<'_>, wanted: Vec<Wanted>, held: &mut Store) -> Result<(), Problem> {
    let mut ones = vec![];
    for wanted in wanted {
        let (resource_type, pair) = match wanted {
            Wanted::One(resource_type, id) => {
                ones.push((resource_type, id));
                continue;
            }
            Wanted::Search(resource_type, name, value) => (resource_type, (name.to_owned(), value)),
        };
        let Some(of) = definitions::resource_type(resource_type) else { continue };
        let permission = front.guard.sight(of.name);
        if !permission.is_none() {
            let found = within_reach(front.upstream, &permission, of, (&[pair], None)).await?;
            hold(found, held);
        }
    }
    fetch_ones(front, ones, held).await
}

async fn fetch_ones(front: &Front<'_>, ones: Vec<(String, String)>, held: &mut Store) -> Result<(), Problem> {
    if ones.len() > MOST_BESIDE {
        return Err(Problem::new(403, "too-costly", "Too many other resources would have to be judged for this."));
    }
    for (resource_type, id) in ones {
        // What the caller may not see at all needs no look.
        let known = definitions::resource_type(&resource_type).filter(|of| !front.guard.sight(of.name).is_none());
        let Some(of) = known else { continue };
        if let Some(resource) = one::current(front.upstream, of, &id).await?.now {
            held.hold(resource);
        }
    }
    Ok(())
}
