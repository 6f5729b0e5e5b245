//! What an interaction came to, before it is a response of its own or an entry of a batch.

use serde_json::Value;

use crate::date;
use crate::problem::Problem;
use crate::request::{Request, Response};
use crate::store::Version;

#[derive(Debug, Default)]
pub struct Answer {
    pub status: u16,
    pub resource: Option<Value>,
    /// A Binary's own content and type.
    pub content: Option<(String, Vec<u8>)>,
    /// `meta.versionId`
    pub version: Option<String>,
    pub last_modified: Option<i64>,
    pub location: Option<String>,
}

impl Answer {
    pub fn ok(resource: Value) -> Answer {
        Answer { status: 200, resource: Some(resource), ..Answer::default() }
    }

    pub fn of_version(status: u16, version: &Version) -> Answer {
        let resource = version.content.as_deref().cloned();
        let (version, at) = (Some(version.number.to_string()), Some(version.at));
        Answer { status, resource, version, last_modified: at, ..Answer::default() }
    }

    /// With the version and the date that the resource itself says.
    pub fn of_resource(status: u16, resource: Value) -> Answer {
        let meta = &resource["meta"];
        let version = meta["versionId"].as_str().map(str::to_owned);
        let updated = meta["lastUpdated"].as_str().and_then(date::parse).map(|span| span.start);
        Answer { status, version, last_modified: updated, resource: Some(resource), ..Answer::default() }
    }

    pub fn etag(&self) -> Option<String> {
        self.version.as_ref().map(|version| format!("W/\"{version}\""))
    }

    pub fn into_response_to(self, request: &Request) -> Response {
        let mut headers = vec![];
        headers.extend(self.etag().map(|etag| ("etag", etag)));
        headers.extend(self.last_modified.map(|at| ("last-modified", date::http_date(at))));
        headers.extend(self.location.map(|location| ("location", location)));
        let body = match (self.content, self.resource) {
            (Some((content_type, bytes)), _) => {
                headers.push(("content-type", content_type));
                // Whatever a Binary contains, a browser must not run it as a page of this origin.
                headers.push(("content-security-policy", "sandbox".to_owned()));
                headers.push(("x-content-type-options", "nosniff".to_owned()));
                bytes
            }
            (None, Some(resource)) => {
                headers.push(("content-type", "application/fhir+json; charset=utf-8".to_owned()));
                resource.to_string().into_bytes()
            }
            (None, None) => vec![],
        };
        headers.push(("cache-control", "no-store".to_owned()));
        let body = if request.method == "HEAD" { vec![] } else { body };
        Response { status: self.status, headers, body }
    }
}

impl From<Problem> for Answer {
    fn from(problem: Problem) -> Answer {
        Answer { status: problem.status, resource: Some(problem.outcome()), ..Answer::default() }
    }
}
