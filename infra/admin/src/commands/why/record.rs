//! A line of the log that names a reference, as its parts.

use super::meaning::meaning;
use serde::Serialize;
use serde_json::{Map, Value};
use std::fmt::Write as _;

#[derive(Clone, Debug, Serialize)]
pub struct Record {
    pub at: Option<String>,
    pub method: Option<String>,
    pub route: Option<String>,
    pub tenant: Option<String>,
    pub client_id: Option<String>,
    pub status: Option<u64>,
    /// The error code of OAuth, for a refusal.
    pub code: Option<String>,
    /// For the app.
    pub description: Option<String>,
    /// For the operator alone: what was expected, and what came.
    pub detail: Option<String>,
    /// For less than was asked: each scope, and by which rule.
    pub reasons: Vec<String>,
    /// Ties it to the log of the gateway and of the app.
    pub trace: Option<String>,
    /// An explanation of such a refusal, with what helps.
    pub meaning: Option<&'static str>,
}

/// The lines that are about this reference, the refusals before what merely mentions it. Lines that are not JSON are passed
/// over: Lambda writes some of its own.
pub fn records(log: &str, id: &str) -> Vec<Record> {
    let lines = log.lines().filter(|line| line.contains(id));
    let json = lines.filter_map(|line| serde_json::from_str::<Value>(&line[line.find('{')?..]).ok());
    json.filter_map(|line| record(&line, id)).collect()
}

/// `tracing` puts fields into `fields`; other formats have them beside the rest.
fn record(line: &Value, id: &str) -> Option<Record> {
    let mut all: Map<String, Value> = line.as_object()?.clone();
    if let Some(Value::Object(fields)) = all.remove("fields") {
        all.extend(fields);
    }
    if !["refusal", "explanation"].iter().any(|name| all.get(*name).is_some_and(|named| named == id)) {
        return None;
    }
    let text = |name: &str| all.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
    let reasons = text("lines").map(|lines| lines.split("; ").map(str::to_owned).collect()).unwrap_or_default();
    let (code, detail, route) = (text("code"), text("detail"), text("route"));
    let meaning = code.as_deref().and_then(|code| meaning(code, route.as_deref().unwrap_or_default()));
    Some(Record {
        at: text("timestamp").or_else(|| milliseconds(all.get("timestamp").or(all.get("at"))?)),
        method: text("method"),
        route,
        tenant: text("tenant"),
        client_id: text("client_id"),
        status: all.get("status").and_then(Value::as_u64),
        description: text("description"),
        trace: text("trace"),
        code,
        detail,
        reasons,
        meaning,
    })
}

/// The line of a request counts milliseconds.
fn milliseconds(at: &Value) -> Option<String> {
    Some(crate::out::moment(rules::time::Timestamp(at.as_i64()? / 1000)))
}

impl Record {
    pub fn lines(&self) -> String {
        let mut text = String::new();
        let mut row = |name: &str, value: Option<String>| {
            if let Some(value) = value.filter(|value| !value.trim().is_empty()) {
                let _ = writeln!(text, "{name:<9} {value}");
            }
        };
        row("when", self.at.clone());
        let request = [self.method.as_deref(), self.route.as_deref()];
        row("request", Some(request.into_iter().flatten().collect::<Vec<_>>().join(" ")));
        row("tenant", self.tenant.clone());
        row("client", self.client_id.clone());
        let status = self.status.map(|status| status.to_string());
        let answer = [status, self.code.clone()];
        row("answer", Some(answer.into_iter().flatten().collect::<Vec<_>>().join(" ")));
        row("told", self.description.clone());
        row("because", self.detail.clone());
        for (index, reason) in self.reasons.iter().enumerate() {
            row(if index == 0 { "less" } else { "" }, Some(reason.clone()));
        }
        row("trace", self.trace.clone());
        row("meaning", self.meaning.map(str::to_owned));
        text.trim_end().to_owned()
    }
}
