//! Batch and transaction: each entry is judged as a request of its own (<https://hl7.org/fhir/R4/http.html#transaction>).

use std::collections::{HashMap, HashSet};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::date;
use crate::definitions;
use crate::elements::visit_references;
use crate::guard::Guard;
use crate::negotiate;
use crate::problem::{Issue, Problem};
use crate::request::Request;
use crate::routes::{self, Asked};
use crate::store::Store;
use crate::write::parse;

const MOST_ENTRIES: usize = 200;

pub struct Entry {
    pub method: String,
    /// As `Type/id?query`, without this server's address.
    pub url: String,
    content_type: &'static str,
    pub body: Vec<u8>,
    if_match: Option<String>,
    if_none_match: Option<String>,
    if_none_exist: Option<String>,
    pub assigned_id: Option<String>,
}

/// A Bundle that was sent to the base, taken apart.
pub struct Taken {
    pub is_transaction: bool,
    pub entries: Vec<Entry>,
    pub bundle: Value,
}

pub fn answer(store: &mut Store, base: &str, guard: &Guard, asked: &Asked) -> Result<Answer, Problem> {
    let taken = take(asked, base)?;
    match taken.is_transaction {
        true => transaction(store, base, guard, asked, taken),
        false => Ok(batch(store, base, guard, asked, &taken.entries)),
    }
}

pub fn take(asked: &Asked, base: &str) -> Result<Taken, Problem> {
    if asked.is_entry {
        return Err(Problem::invalid("A batch cannot contain a batch."));
    }
    negotiate::body_is_json(asked.request)?;
    let bundle = parse(asked.request.body)?;
    if bundle["resourceType"] != "Bundle" {
        return Err(Problem::invalid("The base takes a Bundle."));
    }
    let none = vec![];
    let entries = bundle["entry"].as_array().unwrap_or(&none);
    if entries.len() > MOST_ENTRIES {
        return Err(Problem::new(413, "too-costly", format!("More than {MOST_ENTRIES} entries.")));
    }
    let entries: Result<Vec<Entry>, Problem> = entries
        .iter()
        .enumerate()
        .map(|(index, entry)| Entry::parse(entry, base).map_err(|problem| in_entry(index, problem)))
        .collect();
    let is_transaction = bundle["type"] == "transaction";
    if !is_transaction && bundle["type"] != "batch" {
        return Err(Problem::invalid("The type of the Bundle has to be batch or transaction."));
    }
    let entries = entries?;
    if is_transaction {
        none_twice(&entries)?;
    }
    Ok(Taken { is_transaction, entries, bundle })
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

fn batch(store: &mut Store, base: &str, guard: &Guard, asked: &Asked, entries: &[Entry]) -> Answer {
    let answers: Vec<Value> = entries
        .iter()
        .map(|entry| entry.answer(store, base, guard, asked).unwrap_or_else(Answer::from))
        .map(response)
        .collect();
    Answer::ok(response_bundle("batch-response", answers))
}

/// On a copy of the store, which takes the store's place when every entry went well.
fn transaction(
    store: &mut Store,
    base: &str,
    guard: &Guard,
    asked: &Asked,
    Taken { mut entries, bundle, .. }: Taken,
) -> Result<Answer, Problem> {
    let mut copy = store.clone();
    assign_ids(&mut entries, &bundle, |resource_type| copy.new_id(resource_type))?;
    let mut order: Vec<usize> = (0..entries.len()).collect();
    order.sort_by_key(|index| entries.get(*index).map(|entry| entry.place()));
    let mut answers: Vec<Value> = vec![Value::Null; entries.len()];
    for index in order {
        let (Some(entry), Some(slot)) = (entries.get(index), answers.get_mut(index)) else { continue };
        let answer = entry.answer(&mut copy, base, guard, asked).map_err(|problem| in_entry(index, problem))?;
        *slot = response(answer);
    }
    *store = copy;
    Ok(Answer::ok(response_bundle("transaction-response", answers)))
}

/// A resource that is to be created gets its id beforehand, and the others' references to its `fullUrl` become this id.
pub fn assign_ids(
    entries: &mut [Entry],
    bundle: &Value,
    mut new_id: impl FnMut(&str) -> String,
) -> Result<(), Problem> {
    let mut ids: HashMap<&str, String> = HashMap::new();
    for (index, entry) in entries.iter_mut().enumerate() {
        let Some(full_url) = bundle["entry"][index]["fullUrl"].as_str() else { continue };
        let local = match entry.method.as_str() {
            "POST" => {
                let Some(of) = definitions::resource_type(&entry.url) else { continue };
                let id = new_id(of.name);
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

    fn answer(&self, store: &mut Store, base: &str, guard: &Guard, asked: &Asked) -> Result<Answer, Problem> {
        let headers = self.headers(asked.request);
        let request = self.request(&headers, asked.request);
        routes::answer(store, base, guard, &self.asked(&request)?)
    }

    pub fn headers<'a>(&'a self, around: &Request<'a>) -> Vec<(&'a str, &'a str)> {
        let mut headers = vec![("content-type", self.content_type)];
        headers.extend(around.header("prefer").map(|prefer| ("prefer", prefer)));
        headers.extend(self.if_match.as_deref().map(|value| ("if-match", value)));
        headers.extend(self.if_none_match.as_deref().map(|value| ("if-none-match", value)));
        headers.extend(self.if_none_exist.as_deref().map(|value| ("if-none-exist", value)));
        headers
    }

    /// The entry as a request of its own.
    pub fn request<'a>(&'a self, headers: &'a [(&'a str, &'a str)], around: &Request) -> Request<'a> {
        let (path, query) = self.url.split_once('?').unwrap_or((&self.url, ""));
        Request { method: &self.method, path, query, headers, body: &self.body, now: around.now }
    }

    pub fn asked<'a>(&self, request: &'a Request<'a>) -> Result<Asked<'a>, Problem> {
        let mut asked = Asked::of(request)?;
        asked.is_entry = true;
        asked.assigned_id.clone_from(&self.assigned_id);
        Ok(asked)
    }
}

pub fn response(answer: Answer) -> Value {
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

pub fn response_bundle(kind: &str, entries: Vec<Value>) -> Value {
    let mut bundle = json!({"resourceType": "Bundle", "type": kind});
    if !entries.is_empty() {
        bundle["entry"] = Value::Array(entries);
    }
    bundle
}

pub fn in_entry(index: usize, problem: Problem) -> Problem {
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
