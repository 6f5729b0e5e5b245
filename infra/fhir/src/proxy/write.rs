//! Writes are judged before they are sent: what is there now, fetched for that, and what will be there. They are sent on
//! the condition that nothing has changed since.

use serde_json::Value;

use super::one::{self, Current};
use super::upstream::{Outgoing, Reply};
use super::{Front, condition};
use crate::answer::Answer;
use crate::caller::Interaction;
use crate::definitions::ResourceType;
use crate::elements::{is_id, visit_references};
use crate::guard::Permission;
use crate::negotiate;
use crate::patch::apply;
use crate::problem::Problem;
use crate::read::{gone, outside};
use crate::routes::Asked;
use crate::write::{allowed, body, prepare};

/// A write that may be sent.
pub struct Judged {
    pub method: &'static str,
    /// `Type` or `Type/id`
    pub path: String,
    pub if_match: Option<String>,
    content_type: &'static str,
    body: Vec<u8>,
}

pub async fn create(front: &Front<'_>, of: &'static ResourceType, asked: &Asked<'_>) -> Result<Answer, Problem> {
    allowed(front.guard, Interaction::Create, of)?;
    no_query(asked)?;
    if let Some(query) = asked.request.header("if-none-exist")
        && let Some(there) = condition::one(front, of, query).await?
    {
        return Ok(one::shown(200, there));
    }
    send(front, of, judge_create(front, of, asked)?, asked).await
}

/// `PUT Type?query`: an update of what a search of the caller's own finds, or a create.
pub async fn update_where(front: &Front<'_>, of: &'static ResourceType, asked: &Asked<'_>) -> Result<Answer, Problem> {
    let judged = match condition::id(front, of, asked.request.query).await? {
        Some(id) => judge_update(front, (of, &id), asked).await?,
        None if body(asked)?["id"].is_null() => judge_create(front, of, asked)?,
        None => {
            return Err(Problem::invalid(
                "Nothing matches, and a resource that is created gets its id from the server.",
            ));
        }
    };
    send(front, of, judged, asked).await
}

pub async fn send(front: &Front<'_>, of: &ResourceType, judged: Judged, asked: &Asked<'_>) -> Result<Answer, Problem> {
    let method = judged.method;
    let reply = front.upstream.send(judged.outgoing(front)).await?;
    if !(200..300).contains(&reply.status) {
        return Err(reply.problem());
    }
    let answer = written(front, of, method, reply);
    Ok(if negotiate::prefers(asked.request, "return=minimal") { Answer { resource: None, ..answer } } else { answer })
}

pub fn judge_create(front: &Front<'_>, of: &'static ResourceType, asked: &Asked<'_>) -> Result<Judged, Problem> {
    let permission = allowed(front.guard, Interaction::Create, of)?;
    let content = content(front, of, asked)?;
    // The server behind chooses the id. This one is nobody's.
    let id = asked.assigned_id.as_deref().unwrap_or("admit-not-there-yet");
    fits(front, &permission, of, (&content, id), asked)?;
    Ok(Judged::new("POST", of.name.to_owned(), None, &content))
}

pub async fn judge_update(
    front: &Front<'_>,
    (of, id): (&'static ResourceType, &str),
    asked: &Asked<'_>,
) -> Result<Judged, Problem> {
    let permission = allowed(front.guard, Interaction::Update, of)?;
    if !is_id(id) {
        return Err(Problem::invalid("An id is 1 to 64 letters, digits, `-` or `.`."));
    }
    let current = may_change(front, &permission, (of, id), asked).await?;
    let mut content = content(front, of, asked)?;
    if content["id"].is_null() && !asked.request.query.is_empty() {
        content["id"] = Value::from(id);
    }
    if content["id"] != id {
        return Err(Problem::invalid("The id in the body is not the id in the address."));
    }
    fits(front, &permission, of, (&content, id), asked)?;
    Ok(Judged::new("PUT", format!("{}/{id}", of.name), current.etag, &content))
}

pub async fn judge_patch(
    front: &Front<'_>,
    (of, id): (&'static ResourceType, &str),
    asked: &Asked<'_>,
) -> Result<Judged, Problem> {
    let permission = allowed(front.guard, Interaction::Patch, of)?;
    if !negotiate::is_json_patch(asked.request) {
        return Err(Problem::new(415, "not-supported", "A patch has to be application/json-patch+json."));
    }
    let current = may_change(front, &permission, (of, id), asked).await?;
    if current.last.is_none() {
        return Err(Problem::not_found(of.name, id));
    }
    let now = current.now.as_ref().ok_or_else(|| gone(of, id))?;
    let content = apply(now, asked.request.body)?;
    if content["id"] != id || content["resourceType"] != of.name {
        return Err(Problem::invalid("A patch cannot change the id or the type."));
    }
    no_questions(&content)?;
    fits(front, &permission, of, (&content, id), asked)?;
    let body = asked.request.body.to_vec();
    let judged = Judged::new("PATCH", format!("{}/{id}", of.name), current.etag, &Value::Null);
    Ok(Judged { content_type: "application/json-patch+json", body, ..judged })
}

pub async fn judge_delete(
    front: &Front<'_>,
    (of, id): (&'static ResourceType, &str),
    asked: &Asked<'_>,
) -> Result<Judged, Problem> {
    let permission = allowed(front.guard, Interaction::Delete, of)?;
    let current = may_change(front, &permission, (of, id), asked).await?;
    if current.last.is_none() {
        return Err(Problem::not_found(of.name, id));
    }
    Ok(Judged::new("DELETE", format!("{}/{id}", of.name), current.etag, &Value::Null))
}

/// What came of a write, as far as the caller may see it.
pub fn written(front: &Front<'_>, of: &ResourceType, method: &str, reply: Reply) -> Answer {
    let Reply { status, etag, location, body } = reply;
    let shown = body["resourceType"] == of.name && shows(front, of, method, &body);
    let version = etag.map(|etag| etag.trim_start_matches("W/").trim_matches('"').to_owned());
    let location = location.filter(|location| location.starts_with(front.base));
    let answer = if shown { one::shown(status, body) } else { Answer { status, ..Answer::default() } };
    Answer { location, version: answer.version.clone().or(version), ..answer }
}

/// The result of a patch holds what the caller did not send, so it is shown to those only who may read it.
pub fn shows(front: &Front<'_>, of: &ResourceType, method: &str, content: &Value) -> bool {
    let sent = match method {
        "POST" => front.guard.permission(&[Interaction::Create], of.name).changes(content),
        "PUT" => front.guard.permission(&[Interaction::Update], of.name).changes(content),
        _ => false,
    };
    sent || front.guard.permission(&[Interaction::Read], of.name).sees(content)
}

/// A condition that was passed over would do what the client wanted to prevent.
pub fn no_query(asked: &Asked<'_>) -> Result<(), Problem> {
    let text = "Search parameters have no meaning in this write.";
    if asked.only_general_parameters() { Ok(()) } else { Err(Problem::new(400, "not-supported", text)) }
}

async fn may_change(
    front: &Front<'_>,
    permission: &Permission,
    (of, id): (&ResourceType, &str),
    asked: &Asked<'_>,
) -> Result<Current, Problem> {
    if asked.request.header("if-none-match").is_some() {
        return Err(Problem::new(400, "not-supported", "If-None-Match is for reads here."));
    }
    let current = one::current(front.upstream, of, id).await?;
    if current.last.as_ref().is_some_and(|old| !permission.changes(old)) {
        return Err(outside(of));
    }
    let plain = |etag: &str| etag.trim().trim_start_matches("W/").trim_matches('"').to_owned();
    let there = current.now.as_ref().and(current.etag.as_deref()).map(plain);
    match asked.request.header("if-match").map(plain) {
        Some(expected) if there.is_none_or(|there| expected != "*" && expected != there) => {
            Err(Problem::new(412, "conflict", "The resource has another version now."))
        }
        _ => Ok(current),
    }
}

fn content(front: &Front<'_>, of: &ResourceType, asked: &Asked<'_>) -> Result<Value, Problem> {
    let mut content = body(asked)?;
    if content["resourceType"] != of.name {
        return Err(Problem::invalid(format!("The body is not a {}.", of.name)));
    }
    no_questions(&content)?;
    front.upstream.rewrite(&mut content);
    Ok(content)
}

/// A conditional reference, `Patient?identifier=1`, becomes a reference only on the server behind.
fn no_questions(content: &Value) -> Result<(), Problem> {
    let mut asks = false;
    visit_references(&mut content.clone(), &mut |reference| asks |= reference.contains('?'));
    if asks {
        Err(Problem::new(400, "not-supported", "A conditional reference cannot be judged here."))
    } else {
        Ok(())
    }
}

fn fits(
    front: &Front<'_>,
    permission: &Permission,
    of: &ResourceType,
    (content, id): (&Value, &str),
    asked: &Asked<'_>,
) -> Result<(), Problem> {
    let mut content = content.clone();
    front.upstream.rewrite(&mut content);
    prepare(&mut content, id, front.base, asked.request.now);
    if permission.changes(&content) { Ok(()) } else { Err(outside(of)) }
}

impl Judged {
    fn new(method: &'static str, path: String, if_match: Option<String>, content: &Value) -> Judged {
        let body = if content.is_null() { vec![] } else { content.to_string().into_bytes() };
        Judged { method, path, if_match, content_type: "application/fhir+json", body }
    }

    fn outgoing(self, front: &Front<'_>) -> Outgoing {
        let mut headers = vec![];
        headers.extend((!self.body.is_empty()).then(|| ("content-type", self.content_type.to_owned())));
        headers.extend(self.if_match.map(|etag| ("if-match", etag)));
        Outgoing { method: self.method, url: front.upstream.at(&self.path), headers, body: self.body }
    }
}
