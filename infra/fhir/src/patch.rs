//! JSON Patch (RFC 6902) on a resource.

use json_patch::PatchOperation;
use rules::scope::FhirInteraction;
use serde_json::Value;

use crate::answer::Answer;
use crate::definitions::ResourceType;
use crate::negotiate;
use crate::parsed_request::ParsedRequest;
use crate::problem::Problem;
use crate::read::gone;
use crate::store::current_version;
use crate::validate::validate;
use crate::workspace::Workspace;
use crate::write::{if_match, may_change_old, parse, put};

const MOST_OPERATIONS: usize = 200;
const LARGEST_RESULT: usize = 1024 * 1024;
const DEEPEST_RESULT: usize = 100;

pub fn patch(
    workspace: &mut Workspace,
    of: &'static ResourceType,
    id: &str,
    asked: &ParsedRequest,
) -> Result<Answer, Problem> {
    let permission = workspace.guard.permits(FhirInteraction::Patch, of.name)?;
    let versions = workspace.store.versions(of.name, id);
    if versions.is_empty() {
        return Err(Problem::not_found(of.name, id));
    }
    may_change_old(&permission, of, versions)?;
    if_match(asked, current_version(versions).as_deref())?;
    let current = versions.last().and_then(|version| version.content.as_deref()).ok_or_else(|| gone(of, id))?;
    let content = apply(current, operations(asked)?)?;
    validate(&content, of.name)?;
    if content["id"] != id {
        return Err(Problem::invalid("A patch cannot change the id."));
    }
    let answer = put(workspace, &permission, id, content, asked)?;
    // The result holds what the caller did not send, so it is shown to those only who may read it.
    let may_read = workspace.guard.permission(&[FhirInteraction::Read], of.name);
    Ok(Answer { resource: answer.resource.filter(|content| may_read.sees(content)), ..answer })
}

/// The body of a patch.
pub fn operations(asked: &ParsedRequest) -> Result<Value, Problem> {
    if !negotiate::is_json_patch(asked.request) {
        return Err(Problem::new(415, "not-supported", "A patch has to be application/json-patch+json."));
    }
    parse(asked.request.body)
}

/// Operation by operation, so that a few `copy`s cannot grow a resource beyond what memory and stack can bear.
pub fn apply(current: &Value, operations: Value) -> Result<Value, Problem> {
    let operations: Vec<PatchOperation> = serde_json::from_value(operations)
        .map_err(|_| Problem::new(400, "structure", "The body is not a JSON Patch: an array of operations."))?;
    if operations.len() > MOST_OPERATIONS {
        return Err(Problem::new(400, "too-costly", format!("More than {MOST_OPERATIONS} operations.")));
    }
    let mut content = current.clone();
    for (index, operation) in operations.into_iter().enumerate() {
        json_patch::patch(&mut content, &[operation]).map_err(|_| {
            Problem::new(422, "processing", format!("Operation {index} of the patch cannot be applied."))
        })?;
        if !is_shallow(&content, DEEPEST_RESULT) || content.to_string().len() > LARGEST_RESULT {
            return Err(Problem::new(422, "too-costly", format!("Operation {index} makes the resource too large.")));
        }
    }
    Ok(content)
}

fn is_shallow(value: &Value, depth: usize) -> bool {
    match value {
        Value::Array(_) | Value::Object(_) if depth == 0 => false,
        Value::Array(values) => values.iter().all(|value| is_shallow(value, depth - 1)),
        Value::Object(fields) => fields.values().all(|value| is_shallow(value, depth - 1)),
        _ => true,
    }
}
