//! What a FHIR API lets a token do.

mod levels;
mod needs;
mod resources;

use rules::enforcement::{FhirRequest, Seen};

/// A request as it is written down: `GET Observation?code=x`. Its parameters are decoded.
struct Asked<'a> {
    method: &'a str,
    path: &'a str,
    query: Vec<(String, String)>,
}

impl<'a> Asked<'a> {
    fn read(line: &'a str) -> Asked<'a> {
        let (method, target) = line.split_once(' ').unwrap();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let pair = |pair: &str| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (name.to_owned(), value.to_owned())
        };
        Asked { method, path, query: query.split('&').filter(|text| !text.is_empty()).map(pair).collect() }
    }

    fn request(&self) -> FhirRequest<'_> {
        FhirRequest { method: self.method, path: self.path, query: &self.query, if_none_exist: None, seen: Seen::All }
    }
}
