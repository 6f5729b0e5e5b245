//! Batch and transaction: each entry is judged as a request of its own (<https://hl7.org/fhir/R4/http.html#transaction>).

use std::collections::{HashMap, HashSet};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rules::enforcement::Need;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::date;
use crate::definitions;
use crate::elements::visit_references;
use crate::negotiate;
use crate::parsed_request::ParsedRequest;
use crate::problem::{Issue, Problem};
use crate::request::Request;
use crate::routes;
use crate::store::Store;
use crate::workspace::Workspace;
use crate::write::parse;

const MOST_ENTRIES: usize = 200;

struct Entry {
    method: String,
    /// As `Type/id?query`, without this server's address.
    url: String,
    content_type: &'static str,
    body: Vec<u8>,
    if_match: Option<String>,
    if_none_match: Option<String>,
    if_none_exist: Option<String>,
    assigned_id: Option<String>,
}

pub fn answer(workspace: &mut Workspace, asked: &ParsedRequest) -> Result<Answer, Problem> {
    negotiate::takes_json(asked.request, asked.format())?;
    negotiate::body_is_json(asked.request)?;
    let bundle = parse(asked.request.body)?;
    if bundle["resourceType"] != "Bundle" {
        return Err(Problem::invalid("The base takes a Bundle."));
    }
    let entries = entries(&bundle, workspace.base)?;
    match bundle["type"].as_str() {
        Some("transaction") => transaction(workspace, asked, entries, &bundle),
        Some("batch") => Ok(batch(workspace, asked, &entries)),
        _ => Err(Problem::invalid("The type of the Bundle has to be batch or transaction.")),
    }
}

fn entries(bundle: &Value, base: &str) -> Result<Vec<Entry>, Problem> {
    let entries = bundle["entry"].as_array().map_or(&[][..], Vec::as_slice);
    if entries.len() > MOST_ENTRIES {
        return Err(Problem::new(413, "too-costly", format!("More than {MOST_ENTRIES} entries.")));
    }
    let parse = |(index, entry)| Entry::parse(entry, base).map_err(|problem| in_entry(index, problem));
    entries.iter().enumerate().map(parse).collect()
}

fn none_twice(entries: &[Entry]) -> Result<(), Problem> {
    let mut changed: HashSet<&str> = HashSet::new();
    for (index, entry) in entries.iter().enumerate() {
        if ["PUT", "PATCH", "DELETE"].contains(&entry.method.as_str()) && !changed.insert(&entry.url) {
            return Err(in_entry(index, Problem::invalid("The transaction changes this resource twice.")));
        }
    }
    Ok(())
}

fn batch(workspace: &mut Workspace, asked: &ParsedRequest, entries: &[Entry]) -> Answer {
    let answers = entries.iter().map(|entry| entry.answer(workspace, asked).unwrap_or_else(Answer::from));
    Answer::ok(response_bundle("batch-response", answers.map(response).collect()))
}

/// On a copy of the store, which takes the store's place when every entry went well.
fn transaction(
    workspace: &mut Workspace,
    asked: &ParsedRequest,
    mut entries: Vec<Entry>,
    bundle: &Value,
) -> Result<Answer, Problem> {
    none_twice(&entries)?;
    let mut copy = workspace.store.clone();
    assign_ids(&mut entries, bundle, &mut copy)?;
    let mut order: Vec<usize> = (0..entries.len()).collect();
    order.sort_by_key(|index| entries.get(*index).map(|entry| entry.place()));
    let mut answers: Vec<Value> = vec![Value::Null; entries.len()];
    let mut on_copy = Workspace { store: &mut copy, ..*workspace };
    for index in order {
        let (Some(entry), Some(slot)) = (entries.get(index), answers.get_mut(index)) else { continue };
        *slot = response(entry.answer(&mut on_copy, asked).map_err(|problem| in_entry(index, problem))?);
    }
    *workspace.store = copy;
    Ok(Answer::ok(response_bundle("transaction-response", answers)))
}

/// A resource that is to be created gets its id beforehand, and the others' references to its `fullUrl` become this id.
fn assign_ids(entries: &mut [Entry], bundle: &Value, store: &mut Store) -> Result<(), Problem> {
    let mut ids: HashMap<&str, String> = HashMap::new();
    for (index, entry) in entries.iter_mut().enumerate() {
        let Some(full_url) = bundle["entry"][index]["fullUrl"].as_str() else { continue };
        let local = match entry.method.as_str() {
            "POST" => {
                let Some(of) = definitions::resource_type(&entry.url) else { continue };
                let id = store.new_id(of.name);
                entry.assigned_id = Some(id.clone());
                format!("{}/{id}", of.name)
            }
            "PUT" => entry.url.clone(),
            _ => continue,
        };
        if ids.insert(full_url, local).is_some() {
            return Err(in_entry(index, Problem::invalid("Two entries have the same fullUrl.")));
        }
    }
    for entry in entries.iter_mut().filter(|entry| ["POST", "PUT"].contains(&entry.method.as_str())) {
        let Ok(mut resource) = parse(&entry.body) else { continue };
        visit_references(&mut resource, &mut |reference| {
            if let Some(local) = ids.get(reference.as_str()) {
                *reference = local.clone();
            }
        });
        entry.body = resource.to_string().into_bytes();
    }
    Ok(())
}

impl Entry {
    fn parse(entry: &Value, base: &str) -> Result<Entry, Problem> {
        let request = &entry["request"];
        let text = |name: &str| request[name].as_str().map(str::to_owned);
        let method = text("method").ok_or_else(|| Problem::new(400, "required", "request.method is missing."))?;
        let url = request["url"].as_str().ok_or_else(|| Problem::new(400, "required", "request.url is missing."))?;
        let url = url.strip_prefix(base).unwrap_or(url).trim_start_matches('/').to_owned();
        let resource = &entry["resource"];
        let (content_type, body) = match method.as_str() {
            "PATCH" if resource["resourceType"] == "Binary" => {
                let data = resource["data"].as_str().map(|data| BASE64_STANDARD.decode(data));
                let data = data.and_then(Result::ok).ok_or_else(|| Problem::invalid("The patch is not base64."))?;
                ("application/json-patch+json", data)
            }
            _ if resource.is_null() => ("application/fhir+json", vec![]),
            _ => ("application/fhir+json", resource.to_string().into_bytes()),
        };
        Ok(Entry {
            method,
            url,
            content_type,
            body,
            if_match: text("ifMatch"),
            if_none_match: text("ifNoneMatch"),
            if_none_exist: text("ifNoneExist"),
            assigned_id: None,
        })
    }

    /// Deletes first, then creates, then changes, then reads.
    fn place(&self) -> u8 {
        match self.method.as_str() {
            "DELETE" => 0,
            "POST" => 1,
            "PUT" | "PATCH" => 2,
            _ => 3,
        }
    }

    /// Answers the entry as a request of its own.
    fn answer(&self, workspace: &mut Workspace, around: &ParsedRequest) -> Result<Answer, Problem> {
        let headers = self.headers(around.request);
        let request = self.request(&headers, around.request.now);
        let asked = ParsedRequest::of_entry(&request, self.assigned_id.clone())?;
        routes::answer(workspace, &asked)
    }

    fn headers<'e>(&'e self, around: &Request<'e>) -> Vec<(&'e str, &'e str)> {
        let mut headers = vec![("content-type", self.content_type)];
        headers.extend(around.header("prefer").map(|prefer| ("prefer", prefer)));
        headers.extend(self.if_match.as_deref().map(|value| ("if-match", value)));
        headers.extend(self.if_none_match.as_deref().map(|value| ("if-none-match", value)));
        headers.extend(self.if_none_exist.as_deref().map(|value| ("if-none-exist", value)));
        headers
    }

    fn request<'e>(&'e self, headers: &'e [(&'e str, &'e str)], now: i64) -> Request<'e> {
        let (path, query) = self.url.split_once('?').unwrap_or((&self.url, ""));
        Request { method: &self.method, path, query, headers, body: &self.body, now }
    }

    fn need(&self, around: &Request<'_>) -> Option<Need> {
        let headers = self.headers(around);
        let request = self.request(&headers, around.now);
        let asked = ParsedRequest::of(&request).ok()?;
        asked.need(&asked.search_parameters().ok()?)
    }
}

/// What each entry needs.
pub fn needs(asked: &ParsedRequest, base: &str) -> Vec<Need> {
    let entries = parse(asked.request.body).and_then(|bundle| entries(&bundle, base)).unwrap_or_default();
    entries.iter().filter_map(|entry| entry.need(asked.request)).collect()
}

fn response(answer: Answer) -> Value {
    let mut response = json!({"status": status_line(answer.status)});
    if let Some(etag) = answer.etag() {
        response["etag"] = json!(etag);
    }
    if let Some(at) = answer.last_modified {
        response["lastModified"] = json!(date::instant(at));
    }
    if let Some(location) = answer.location {
        response["location"] = json!(location);
    }
    match answer.resource {
        Some(outcome) if answer.status >= 400 => {
            response["outcome"] = outcome;
            json!({"response": response})
        }
        Some(resource) => json!({"resource": resource, "response": response}),
        None => json!({"response": response}),
    }
}

fn response_bundle(kind: &str, entries: Vec<Value>) -> Value {
    let mut bundle = json!({"resourceType": "Bundle", "type": kind});
    if !entries.is_empty() {
        bundle["entry"] = Value::Array(entries);
    }
    bundle
}

fn in_entry(index: usize, problem: Problem) -> Problem {
    let issues = problem.issues.into_iter().map(|issue| {
        let expression = Some(issue.expression.unwrap_or_else(|| format!("Bundle.entry[{index}]")));
        Issue { diagnostics: format!("Entry {index}: {}", issue.diagnostics), expression, ..issue }
    });
    Problem { status: problem.status, issues: issues.collect() }
}

fn status_line(status: u16) -> String {
    let reason = match status {
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        304 => "Not Modified",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        410 => "Gone",
        412 => "Precondition Failed",
        415 => "Unsupported Media Type",
        422 => "Unprocessable Entity",
        _ => return status.to_string(),
    };
    format!("{status} {reason}")
}
