//! Create, update and delete. Both what was there and what will be there must be the caller's to change.

use rules::fhir_id::is_id;
use rules::scope::FhirInteraction;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::date;
use crate::definitions::{ResourceType, known};
use crate::elements::visit_references;
use crate::guard::Permission;
use crate::negotiate;
use crate::parsed_request::ParsedRequest;
use crate::problem::Problem;
use crate::read::outside;
use crate::store::{Change, Version, current_version, last_content};
use crate::validate::validate;
use crate::workspace::Workspace;

pub fn create(workspace: &mut Workspace, of: &'static ResourceType, asked: &ParsedRequest) -> Result<Answer, Problem> {
    let permission = workspace.guard.permits(FhirInteraction::Create, of.name)?;
    no_conditions(asked, "if-none-exist")?;
    let content = body(asked)?;
    validate(&content, of.name)?;
    let id = asked.assigned_id.clone().unwrap_or_else(|| workspace.store.new_id(of.name));
    put(workspace, &permission, &id, content, asked)
}

pub fn update(
    workspace: &mut Workspace,
    of: &'static ResourceType,
    id: &str,
    asked: &ParsedRequest,
) -> Result<Answer, Problem> {
    let permission = workspace.guard.permits(FhirInteraction::Update, of.name)?;
    if !is_id(id) {
        return Err(Problem::invalid("An id is 1 to 64 letters, digits, `-` or `.`."));
    }
    no_conditions(asked, "if-none-match")?;
    let versions = workspace.store.versions(of.name, id);
    may_change_old(&permission, of, versions)?;
    if_match(asked, current_version(versions).as_deref())?;
    let content = body(asked)?;
    validate(&content, of.name)?;
    if content["id"] != id {
        return Err(Problem::invalid("The id in the body is not the id in the address."));
    }
    put(workspace, &permission, id, content, asked)
}

pub fn delete(
    workspace: &mut Workspace,
    of: &'static ResourceType,
    id: &str,
    asked: &ParsedRequest,
) -> Result<Answer, Problem> {
    let permission = workspace.guard.permits(FhirInteraction::Delete, of.name)?;
    let versions = workspace.store.versions(of.name, id);
    if versions.is_empty() {
        return Err(Problem::not_found(of.name, id));
    }
    may_change_old(&permission, of, versions)?;
    if_match(asked, current_version(versions).as_deref())?;
    if versions.last().is_some_and(|version| version.content.is_some()) {
        workspace.store.delete(of.name, id, asked.request.now);
    }
    Ok(Answer { status: 204, ..Answer::default() })
}

/// Stores the next version, if it may be there.
pub fn put(
    workspace: &mut Workspace,
    permission: &Permission,
    id: &str,
    mut content: Value,
    asked: &ParsedRequest,
) -> Result<Answer, Problem> {
    let of = known(content["resourceType"].as_str().unwrap_or_default())?;
    prepare(&mut content, id, workspace.base, asked.request.now);
    if !permission.changes(&content) {
        return Err(outside(of));
    }
    let version = workspace.store.put(of.name, id, content, asked.request.now);
    let status = if version.change == Change::Create { 201 } else { 200 };
    let location = Some(format!("{}/{}/{id}/_history/{}", workspace.base, of.name, version.number));
    let answer = Answer { location, ..Answer::of_version(status, &version) };
    Ok(if negotiate::wants_no_content(asked.request) { Answer { resource: None, ..answer } } else { answer })
}

/// Also of a deleted resource: nobody takes over the id of somebody else's.
pub fn may_change_old(permission: &Permission, of: &ResourceType, versions: &[Version]) -> Result<(), Problem> {
    match last_content(versions) {
        Some(old) if !permission.changes(old) => Err(outside(of)),
        _ => Ok(()),
    }
}

/// `version` is that of what is there now.
pub fn if_match(asked: &ParsedRequest, version: Option<&str>) -> Result<(), Problem> {
    let Some(expected) = asked.request.header("if-match").map(str::trim) else { return Ok(()) };
    let expected = expected.trim_start_matches("W/").trim_matches('"');
    let matches = version.is_some_and(|version| expected == "*" || expected == version);
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

pub fn body(asked: &ParsedRequest) -> Result<Value, Problem> {
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
pub fn no_conditions(asked: &ParsedRequest, header: &str) -> Result<(), Problem> {
    if asked.request.header(header).is_some() || !asked.only_general_parameters() {
        return Err(Problem::new(400, "not-supported", "Conditional creates and updates are not supported."));
    }
    Ok(())
}
