//! JSON or nothing: `Accept`, `_format`, `Content-Type` and `Prefer`.

use crate::problem::Problem;
use crate::request::Request;

const JSON: [&str; 4] = ["application/fhir+json", "application/json", "text/json", "json"];
const ANYTHING: [&str; 4] = ["*/*", "application/*", "text/*", ""];

/// 406, when JSON is not among what the client takes; `_format` outweighs `Accept`.
pub fn takes_json(request: &Request, format: Option<&str>) -> Result<(), Problem> {
    let taken = match format {
        Some(format) => is_json(format),
        None => accepted(request).any(|media_type| is_json(&media_type) || ANYTHING.contains(&media_type.as_str())),
    };
    if taken {
        Ok(())
    } else {
        Err(Problem::new(406, "not-supported", "This server speaks application/fhir+json only."))
    }
}

/// A Binary is sent as such, unless the client asks for FHIR.
pub fn wants_resource(request: &Request, format: Option<&str>) -> bool {
    format.is_some_and(is_json) || accepted(request).any(|media_type| is_json(&media_type))
}

pub fn accepts(request: &Request, media_type: &str) -> bool {
    accepted(request).any(|accepted| accepted == media_type || accepted == "*/*" || accepted.is_empty())
}

pub fn body_is_json(request: &Request) -> Result<(), Problem> {
    match request.header("content-type") {
        Some(given) if !is_json(given) => {
            Err(Problem::new(415, "not-supported", "The body has to be application/fhir+json."))
        }
        _ => Ok(()),
    }
}

pub fn is_json_patch(request: &Request) -> bool {
    request.header("content-type").is_some_and(|given| media_type(given) == "application/json-patch+json")
}

/// `Prefer: handling=strict`, `Prefer: return=minimal`
pub fn prefers(request: &Request, preference: &str) -> bool {
    let prefer = request.header("prefer").unwrap_or_default();
    prefer.split([',', ';']).any(|given| given.trim().eq_ignore_ascii_case(preference))
}

pub fn wants_no_content(request: &Request) -> bool {
    prefers(request, "return=minimal")
}

fn accepted(request: &Request) -> impl Iterator<Item = String> {
    request.header("accept").unwrap_or_default().split(',').map(media_type)
}

fn is_json(given: &str) -> bool {
    // A `+` in `_format=application/fhir+json` that was sent unencoded has arrived as a space.
    JSON.contains(&media_type(given).replace(' ', "+").as_str())
}

fn media_type(given: &str) -> String {
    given.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}
