//! Histories of the server behind, without the versions that the caller may not see.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::upstream::{Upstream, query};
use super::{Front, one};
use crate::answer::Answer;
use crate::caller::Interaction;
use crate::definitions::ResourceType;
use crate::elements::is_id;
use crate::guard::Permission;
use crate::history::{MOST_ENTRIES, may_see_history};
use crate::problem::Problem;
use crate::routes::Asked;
use crate::search::bundle::bundle;

/// The newest content in a history: of a deleted resource what it was.
pub async fn last_content(upstream: &Upstream, of: &ResourceType, id: &str) -> Result<Option<Value>, Problem> {
    let found = upstream.gather(&format!("{}/{id}/_history", of.name), MOST_ENTRIES).await?;
    Ok(found.resources.into_iter().find(|content| content["resourceType"] == of.name && content["id"] == id))
}

pub async fn of_one(front: &Front<'_>, of: &ResourceType, id: &str, asked: &Asked<'_>) -> Result<Answer, Problem> {
    one::seen(front, of, id, Interaction::HistoryInstance).await?;
    let permission = front.guard.permission(&[Interaction::HistoryInstance], of.name);
    let entries = entries(front, &format!("{}/{id}/_history", of.name), asked).await?;
    let own = entries.into_iter().filter(|entry| names(entry, of).is_some_and(|named| named == id)).collect();
    Ok(history(front, of, &permission, own, asked))
}

pub async fn of_type(front: &Front<'_>, of: &ResourceType, asked: &Asked<'_>) -> Result<Answer, Problem> {
    let permission = may_see_history(front.guard, of)?;
    let mut entries = entries(front, &format!("{}/_history", of.name), asked).await?;
    // What the caller may not see now it may not see as it was. The newest content comes first.
    let mut seen: HashMap<String, bool> = HashMap::new();
    for entry in entries.iter().filter(|entry| entry["resource"].is_object()) {
        if let Some(id) = names(entry, of) {
            seen.entry(id).or_insert_with(|| permission.sees(&entry["resource"]));
        }
    }
    entries.retain(|entry| names(entry, of).is_some_and(|id| seen.get(&id) == Some(&true)));
    Ok(history(front, of, &permission, entries, asked))
}

async fn entries(front: &Front<'_>, path: &str, asked: &Asked<'_>) -> Result<Vec<Value>, Problem> {
    let mut pairs = vec![("_count", MOST_ENTRIES.to_string())];
    pairs.extend(asked.parameter("_since").map(|since| ("_since", since.to_owned())));
    let found = front.upstream.gather(&format!("{path}?{}", query(&pairs)), MOST_ENTRIES).await?;
    if found.complete { Ok(found.entries) } else { Err(too_long()) }
}

fn history(
    front: &Front<'_>,
    of: &ResourceType,
    permission: &Permission,
    mut entries: Vec<Value>,
    asked: &Asked<'_>,
) -> Answer {
    entries.retain(|entry| {
        let content = &entry["resource"];
        content.is_null() || (content["resourceType"] == of.name && permission.sees(content))
    });
    let total = entries.len();
    let count = asked.parameter("_count").and_then(|count| count.parse().ok()).unwrap_or(MOST_ENTRIES);
    entries.truncate(count);
    let link = json!({"relation": "self", "url": format!("{}/{}", front.base, asked.segments().join("/"))});
    Answer::ok(bundle("history", Some(total), vec![link], entries))
}

/// The id that an entry is about: its resource's, or after a deletion that of the request.
fn names(entry: &Value, of: &ResourceType) -> Option<String> {
    let content = &entry["resource"];
    if content.is_object() {
        return content["id"].as_str().map(str::to_owned);
    }
    let url = entry["request"]["url"].as_str().or(entry["fullUrl"].as_str())?;
    let (_, after) =
        url.rsplit_once(&format!("{}/", of.name)).filter(|(before, _)| !before.ends_with(char::is_alphanumeric))?;
    let id = after.split('/').next()?;
    is_id(id).then(|| id.to_owned())
}

fn too_long() -> Problem {
    Problem::new(403, "too-costly", "This history is too long to be judged here: ask for less with _since.")
}
