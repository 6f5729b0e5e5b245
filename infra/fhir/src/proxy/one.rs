//! One resource of the server behind, as it is now and, if it was deleted, as it was last.

use serde_json::Value;

use super::upstream::{Reply, Upstream};
use super::{Front, versions};
use crate::answer::Answer;
use crate::caller::Interaction;
use crate::date;
use crate::definitions::ResourceType;
use crate::elements::is_id;
use crate::problem::Problem;
use crate::read::{binary, gone, may_read, outside};
use crate::routes::Asked;

#[derive(Default)]
pub struct Current {
    pub now: Option<Value>,
    /// The content that decides whose it is: also after a deletion.
    pub last: Option<Value>,
    pub etag: Option<String>,
}

pub async fn current(upstream: &Upstream, of: &ResourceType, id: &str) -> Result<Current, Problem> {
    if !is_id(id) {
        return Ok(Current::default());
    }
    let reply = upstream.get(&format!("{}/{id}", of.name)).await?;
    match reply.status {
        404 => Ok(Current::default()),
        410 => Ok(Current { last: versions::last_content(upstream, of, id).await?, ..Current::default() }),
        _ => {
            let etag = etag(&reply);
            let resource = is_it(reply.good()?, of, id)?;
            Ok(Current { now: Some(resource.clone()), last: Some(resource), etag })
        }
    }
}

/// What the caller may see as it is now, or was before it was deleted.
pub async fn seen(
    front: &Front<'_>,
    of: &ResourceType,
    id: &str,
    interaction: Interaction,
) -> Result<Current, Problem> {
    let permission = may_read(front.guard, interaction, of)?;
    let current = current(front.upstream, of, id).await?;
    let last = current.last.as_ref().ok_or_else(|| Problem::not_found(of.name, id))?;
    if permission.sees(last) { Ok(current) } else { Err(outside(of)) }
}

pub async fn read(front: &Front<'_>, of: &ResourceType, id: &str, asked: &Asked<'_>) -> Result<Answer, Problem> {
    let current = seen(front, of, id, Interaction::Read).await?;
    let answer = shown(200, current.now.ok_or_else(|| gone(of, id))?);
    if asked.request.header("if-none-match").is_some_and(|known| Some(known) == answer.etag().as_deref()) {
        return Ok(Answer { status: 304, resource: None, ..answer });
    }
    if of.name == "Binary" { binary(answer, asked) } else { Ok(answer) }
}

/// Both that version and what the resource is now must be the caller's to see.
pub async fn vread(
    front: &Front<'_>,
    (of, id): (&ResourceType, &str),
    version: &str,
    asked: &Asked<'_>,
) -> Result<Answer, Problem> {
    seen(front, of, id, Interaction::VRead).await?;
    if !is_id(version) {
        return Err(Problem::not_found(of.name, &format!("{id}/_history")));
    }
    let reply = front.upstream.get(&format!("{}/{id}/_history/{version}", of.name)).await?;
    let answer = match reply.status {
        404 => return Err(Problem::not_found(of.name, &format!("{id}/_history/{version}"))),
        410 => return Err(gone(of, id)),
        _ => shown(200, is_it(reply.good()?, of, id)?),
    };
    let content = answer.resource.as_ref();
    if !content.is_some_and(|content| front.guard.permission(&[Interaction::VRead], of.name).sees(content)) {
        return Err(outside(of));
    }
    if of.name == "Binary" { binary(answer, asked) } else { Ok(answer) }
}

/// A resource as an answer, with the version and the date that it says itself.
pub fn shown(status: u16, resource: Value) -> Answer {
    let version = resource["meta"]["versionId"].as_str().map(str::to_owned);
    let updated = resource["meta"]["lastUpdated"].as_str().and_then(date::parse);
    Answer {
        status,
        version,
        last_modified: updated.map(|span| span.start),
        resource: Some(resource),
        ..Answer::default()
    }
}

fn etag(reply: &Reply) -> Option<String> {
    let version = reply.body["meta"]["versionId"].as_str().map(|version| format!("W/\"{version}\""));
    reply.etag.clone().or(version)
}

/// What is judged is what was asked for.
fn is_it(resource: Value, of: &ResourceType, id: &str) -> Result<Value, Problem> {
    if resource["resourceType"] == of.name && resource["id"] == id {
        return Ok(resource);
    }
    Err(Problem::new(502, "transient", "The FHIR server behind this one answered with another resource."))
}
