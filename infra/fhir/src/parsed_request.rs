//! A request taken apart: its path, its parameters, and what it says of how it is to be answered.

use percent_encoding::percent_decode_str;
use rules::enforcement::{FhirRequest, Need, Seen, need};
use url::form_urlencoded;

use crate::negotiate;
use crate::problem::Problem;
use crate::request::Request;

const LARGEST_BODY: usize = 4 * 1024 * 1024;

/// A single request, or an entry of a batch.
pub struct ParsedRequest<'a> {
    pub request: &'a Request<'a>,
    segments: Vec<String>,
    parameters: Vec<(String, String)>,
    pub is_entry: bool,
    /// The id that a transaction has promised to a resource it creates.
    pub assigned_id: Option<String>,
}

impl<'a> ParsedRequest<'a> {
    pub fn of(request: &'a Request<'a>) -> Result<ParsedRequest<'a>, Problem> {
        if request.body.len() > LARGEST_BODY {
            return Err(Problem::new(413, "too-long", format!("The body is larger than {LARGEST_BODY} bytes.")));
        }
        let path = request.path.trim_matches('/');
        let segments: Result<Vec<String>, _> = path
            .split('/')
            .filter(|_| !path.is_empty())
            .map(|segment| percent_decode_str(segment).decode_utf8().map(String::from))
            .collect();
        let segments = segments.map_err(|_| Problem::invalid("The address is not UTF-8."))?;
        let parameters = parameters(request.query.as_bytes());
        Ok(ParsedRequest { request, segments, parameters, is_entry: false, assigned_id: None })
    }

    pub fn of_entry(request: &'a Request<'a>, assigned_id: Option<String>) -> Result<ParsedRequest<'a>, Problem> {
        Ok(ParsedRequest { is_entry: true, assigned_id, ..ParsedRequest::of(request)? })
    }

    /// The method; `HEAD` is a `GET` without its body.
    pub fn method(&self) -> &'a str {
        if self.request.method == "HEAD" { "GET" } else { self.request.method }
    }

    pub fn segments(&self) -> Vec<&str> {
        self.segments.iter().map(String::as_str).collect()
    }

    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn format(&self) -> Option<&str> {
        self.parameter("_format")
    }

    pub fn only_general_parameters(&self) -> bool {
        self.parameters.iter().all(|(name, _)| name == "_format" || name == "_pretty")
    }

    pub fn strict(&self) -> bool {
        negotiate::prefers(self.request, "handling=strict")
    }

    /// What it needs by its address and these parameters. None for what is no request of FHIR's RESTful API.
    pub fn need(&self, parameters: &[(String, String)]) -> Option<Need> {
        need(&FhirRequest {
            method: self.request.method,
            path: self.request.path,
            query: parameters,
            if_none_exist: self.request.header("if-none-exist"),
            seen: Seen::All,
        })
    }

    /// Those of the address, and of a POST to `_search` those of the form too.
    pub fn search_parameters(&self) -> Result<Vec<(String, String)>, Problem> {
        if self.method() != "POST" || self.segments.last().is_none_or(|last| last != "_search") {
            return Ok(self.parameters.clone());
        }
        let content_type = self.request.header("content-type").unwrap_or_default();
        if !self.request.body.is_empty() && !content_type.starts_with("application/x-www-form-urlencoded") {
            return Err(Problem::new(415, "not-supported", "_search takes application/x-www-form-urlencoded."));
        }
        Ok(self.parameters.iter().cloned().chain(parameters(self.request.body)).collect())
    }
}

fn parameters(form: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(form).into_owned().filter(|(name, _)| !name.is_empty()).collect()
}
