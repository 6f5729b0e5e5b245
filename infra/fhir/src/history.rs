//! The versions of one resource, or of all resources of a type; only those that the caller may see.

use rules::scope::FhirInteraction;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::date;
use crate::definitions::ResourceType;
use crate::guard::Permission;
use crate::parsed_request::ParsedRequest;
use crate::problem::Problem;
use crate::read;
use crate::search::bundle::bundle;
use crate::search::context::Context;
use crate::store::{Change, Version, last_content};

const MOST_ENTRIES: usize = 1000;

pub fn of_one(context: &Context, of: &ResourceType, id: &str, asked: &ParsedRequest) -> Result<Answer, Problem> {
    let versions = read::seen(context, of, id, FhirInteraction::HistoryInstance)?;
    let permission = context.guard.permission(&[FhirInteraction::HistoryInstance], of.name);
    let all = versions.iter().map(|version| (id, version)).collect();
    Ok(Answer::ok(history(context, of, &permission, all, asked)))
}

pub fn of_type(context: &Context, of: &ResourceType, asked: &ParsedRequest) -> Result<Answer, Problem> {
    let permission = context.guard.permits(FhirInteraction::HistoryType, of.name)?;
    let seen = context.store.histories(of.name).filter(|(_, versions)| {
        // What the caller may not see now it may not see as it was.
        last_content(versions).is_some_and(|content| permission.sees(content))
    });
    let all = seen.flat_map(|(id, versions)| versions.iter().map(move |version| (id.as_str(), version))).collect();
    Ok(Answer::ok(history(context, of, &permission, all, asked)))
}

fn history(
    context: &Context,
    of: &ResourceType,
    permission: &Permission,
    mut versions: Vec<(&str, &Version)>,
    asked: &ParsedRequest,
) -> Value {
    let since = asked.parameter("_since").and_then(date::parse).map_or(i64::MIN, |span| span.start);
    versions.retain(|(_, version)| version.at >= since);
    versions.retain(|(_, version)| version.content.as_deref().is_none_or(|content| permission.sees(content)));
    versions.sort_by_key(|(_, version)| std::cmp::Reverse((version.at, version.number)));
    let total = versions.len();
    let count =
        asked.parameter("_count").and_then(|count| count.parse().ok()).unwrap_or(MOST_ENTRIES).min(MOST_ENTRIES);
    let entries = versions.into_iter().take(count).map(|(id, version)| entry(context.base, of, id, version)).collect();
    let link = json!({"relation": "self", "url": format!("{}/{}", context.base, asked.segments().join("/"))});
    bundle("history", Some(total), vec![link], entries)
}

fn entry(base: &str, of: &ResourceType, id: &str, version: &Version) -> Value {
    let (method, status) = match version.change {
        Change::Create => ("PUT", "201"),
        Change::Update => ("PUT", "200"),
        Change::Delete => ("DELETE", "204"),
    };
    let url = format!("{}/{id}", of.name);
    let mut entry = json!({
        "fullUrl": format!("{base}/{url}"),
        "request": {"method": method, "url": url},
        "response": {
            "status": status,
            "etag": format!("W/\"{}\"", version.number),
            "lastModified": date::instant(version.at),
        },
    });
    if let Some(content) = &version.content {
        entry["resource"] = (**content).clone();
    }
    entry
}
