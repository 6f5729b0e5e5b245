//! Read and vread.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rules::scope::FhirInteraction;
use serde_json::Value;

use crate::answer::Answer;
use crate::definitions::ResourceType;
use crate::negotiate;
use crate::parsed_request::ParsedRequest;
use crate::problem::Problem;
use crate::search::context::Context;
use crate::store::{Version, last_content};

pub fn read(context: &Context, of: &ResourceType, id: &str, asked: &ParsedRequest) -> Result<Answer, Problem> {
    let versions = seen(context, of, id, FhirInteraction::Read)?;
    let version = versions.last().filter(|version| version.content.is_some()).ok_or_else(|| gone(of, id))?;
    let answer = Answer::of_version(200, version);
    shown(answer, asked)
}

/// Both that version and what the resource is now must be the caller's to see: a resource that was corrected away from
/// a patient is not this patient's any more.
pub fn vread(
    context: &Context,
    of: &ResourceType,
    id: &str,
    version: &str,
    asked: &ParsedRequest,
) -> Result<Answer, Problem> {
    let versions = seen(context, of, id, FhirInteraction::VRead)?;
    let found = versions.iter().find(|found| found.number.to_string() == version);
    let found = found.ok_or_else(|| Problem::not_found(of.name, &format!("{id}/_history/{version}")))?;
    let content = found.content.as_ref().ok_or_else(|| gone(of, id))?;
    if !context.guard.permission(&[FhirInteraction::VRead], of.name).sees(content) {
        return Err(outside(of));
    }
    binary(Answer::of_version(200, found), asked)
}

/// The versions of a resource that the caller may see as it is now, or was before it was deleted.
pub fn seen<'a>(
    context: &'a Context,
    of: &ResourceType,
    id: &str,
    interaction: FhirInteraction,
) -> Result<&'a [Version], Problem> {
    let permission = context.guard.permits(interaction, of.name)?;
    let versions = context.store.versions(of.name, id);
    let content = last_content(versions).ok_or_else(|| Problem::not_found(of.name, id))?;
    if permission.sees(content) { Ok(versions) } else { Err(outside(of)) }
}

pub fn outside(of: &ResourceType) -> Problem {
    Problem::forbidden(format!("This {} is outside of what the access token allows.", of.name))
}

pub fn gone(of: &ResourceType, id: &str) -> Problem {
    Problem::new(410, "deleted", format!("{}/{id} was deleted.", of.name))
}

/// Not again, if the client has this version.
pub fn shown(answer: Answer, asked: &ParsedRequest) -> Result<Answer, Problem> {
    if asked.request.header("if-none-match").is_some_and(|known| Some(known) == answer.etag().as_deref()) {
        return Ok(Answer { status: 304, resource: None, ..answer });
    }
    binary(answer, asked)
}

/// A Binary is sent in its own content type, unless FHIR was asked for (<https://hl7.org/fhir/R4/binary.html#rest>).
fn binary(answer: Answer, asked: &ParsedRequest) -> Result<Answer, Problem> {
    let binary = |resource: &&Value| resource["resourceType"] == "Binary";
    let Some(resource) = answer.resource.as_ref().filter(binary) else { return Ok(answer) };
    let content_type = resource["contentType"].as_str().unwrap_or("application/octet-stream");
    // Only a plain media type may become a header.
    let is_plain = content_type.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    if asked.is_entry || negotiate::wants_resource(asked.request, asked.format()) || !is_plain {
        return Ok(answer);
    }
    if !negotiate::accepts(asked.request, content_type) {
        return Err(Problem::new(406, "not-supported", format!("This Binary is {content_type} or FHIR JSON.")));
    }
    let data = resource["data"].as_str().map(|data| BASE64_STANDARD.decode(data)).and_then(Result::ok);
    let content = Some((content_type.to_owned(), data.unwrap_or_default()));
    Ok(Answer { content, ..answer })
}
