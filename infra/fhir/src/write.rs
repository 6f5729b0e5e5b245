//! Create, update and delete. Both what was there and what will be there must be the caller's to change.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::caller::Interaction;
use crate::date;
use crate::definitions::ResourceType;
use crate::elements::{is_id, visit_references};
use crate::guard::{Guard, Permission};
use crate::negotiate;
use crate::problem::Problem;
use crate::read::outside;
use crate::routes::Asked;
use crate::store::{Store, Version, last_content};
use crate::validate::validate;

pub fn create(
    store: &mut Store,
    base: &str,
    guard: &Guard,
    of: &'static ResourceType,
    asked: &Asked,
) -> Result<Answer, Problem> {
    let permission = allowed(guard, Interaction::Create, of)?;
    no_conditions(asked, &["if-none-exist"])?;
    let mut content = body(asked)?;
    validate(&content, of.name)?;
    let id = asked.assigned_id.clone().unwrap_or_else(|| store.new_id(of.name));
    prepare(&mut content, &id, base, asked.request.now);
    if !permission.changes(&content) {
        return Err(outside(of));
    }
    let version = store.put(of.name, &id, content, asked.request.now);
    Ok(written(201, &version, base, (of, &id), asked))
}

pub fn update(
    store: &mut Store,
    base: &str,
    guard: &Guard,
    (of, id): (&'static ResourceType, &str),
    asked: &Asked,
) -> Result<Answer, Problem> {
    let permission = allowed(guard, Interaction::Update, of)?;
    if !is_id(id) {
        return Err(Problem::invalid("An id is 1 to 64 letters, digits, `-` or `.`."));
    }
    no_conditions(asked, &["if-none-match"])?;
    let versions = store.versions(of.name, id);
    may_change_old(&permission, of, versions)?;
    if_match(asked, versions)?;
    let exists = versions.last().is_some_and(|version| version.content.is_some());
    let mut content = body(asked)?;
    validate(&content, of.name)?;
    if content["id"] != id {
        return Err(Problem::invalid("The id in the body is not the id in the address."));
    }
    prepare(&mut content, id, base, asked.request.now);
    if !permission.changes(&content) {
        return Err(outside(of));
    }
    let version = store.put(of.name, id, content, asked.request.now);
    Ok(written(if exists { 200 } else { 201 }, &version, base, (of, id), asked))
}

pub fn delete(
    store: &mut Store,
    guard: &Guard,
    (of, id): (&'static ResourceType, &str),
    asked: &Asked,
) -> Result<Answer, Problem> {
    let permission = allowed(guard, Interaction::Delete, of)?;
    let versions = store.versions(of.name, id);
    if versions.is_empty() {
        return Err(Problem::not_found(of.name, id));
    }
    may_change_old(&permission, of, versions)?;
    if_match(asked, versions)?;
    if versions.last().is_some_and(|version| version.content.is_some()) {
        store.delete(of.name, id, asked.request.now);
    }
    Ok(Answer { status: 204, ..Answer::default() })
}

pub fn allowed(guard: &Guard, interaction: Interaction, of: &ResourceType) -> Result<Permission, Problem> {
    let permission = guard.permission(&[interaction], of.name);
    if permission.is_none() {
        let verb = match interaction {
            Interaction::Create => "create",
            Interaction::Delete => "delete",
            _ => "update",
        };
        return Err(Problem::forbidden(format!("The access token does not allow to {verb} {}.", of.name)));
    }
    Ok(permission)
}

/// Also of a deleted resource: nobody takes over the id of somebody else's.
pub fn may_change_old(permission: &Permission, of: &ResourceType, versions: &[Version]) -> Result<(), Problem> {
    match last_content(versions) {
        Some(old) if !permission.changes(old) => Err(outside(of)),
        _ => Ok(()),
    }
}

pub fn if_match(asked: &Asked, versions: &[Version]) -> Result<(), Problem> {
    let Some(expected) = asked.request.header("if-match") else { return Ok(()) };
    let current = versions.last().filter(|version| version.content.is_some());
    let matches = current.is_some_and(|version| {
        let number = version.number.to_string();
        expected.trim() == "*" || expected.trim().trim_start_matches("W/").trim_matches('"') == number
    });
    if matches { Ok(()) } else { Err(Problem::new(412, "conflict", "The resource has another version now.")) }
}

/// The id, and what the server itself says in `meta`, so that a constraint is judged on the truth.
pub fn prepare(content: &mut Value, id: &str, base: &str, now: i64) {
    if let Some(fields) = content.as_object_mut() {
        fields.insert("id".to_owned(), json!(id));
        let mut meta = fields.remove("meta").filter(Value::is_object).unwrap_or_else(|| json!({}));
        meta["lastUpdated"] = json!(date::instant(now));
        fields.insert("meta".to_owned(), meta);
    }
    local_references(content, base);
}

/// References to this server lose its address: `https://here/fhir/Patient/a` is kept as `Patient/a`, and is judged so.
pub fn local_references(content: &mut Value, base: &str) {
    visit_references(content, &mut |reference| {
        if let Some(local) = reference.strip_prefix(base).and_then(|rest| rest.strip_prefix('/')) {
            *reference = local.to_owned();
        }
    });
}

pub fn written(status: u16, version: &Version, base: &str, (of, id): (&ResourceType, &str), asked: &Asked) -> Answer {
    let location = Some(format!("{base}/{}/{id}/_history/{}", of.name, version.number));
    let answer = Answer { location, ..Answer::of_version(status, version) };
    if negotiate::prefers(asked.request, "return=minimal") { Answer { resource: None, ..answer } } else { answer }
}

pub fn body(asked: &Asked) -> Result<Value, Problem> {
    negotiate::body_is_json(asked.request)?;
    parse(asked.request.body)
}

pub fn parse(body: &[u8]) -> Result<Value, Problem> {
    serde_json::from_slice(body).map_err(|error| {
        let place = format!("line {}, column {}", error.line(), error.column());
        Problem::new(400, "structure", format!("The body is not JSON that can be read: {place}."))
    })
}

/// A condition that was passed over would do what the client wanted to prevent.
fn no_conditions(asked: &Asked, names: &[&str]) -> Result<(), Problem> {
    if names.iter().any(|name| asked.request.header(name).is_some()) || !asked.only_general_parameters() {
        return Err(Problem::new(400, "not-supported", "Conditional creates and updates are not supported."));
    }
    Ok(())
}
