//! How lines are written: as JSON, and the line of a request with its metrics in it, in CloudWatch's embedded metric format.

use serde_json::{Map, Value, json};
use std::fmt;
use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    fmt::{
        FmtContext, FormatEvent, FormatFields,
        format::{self, Format, Json, Writer},
    },
    registry::LookupSpan,
};

/// The target of the line that every request has.
pub const REQUEST: &str = "admit::request";

pub struct Lines {
    others: Format<Json>,
    /// Of the metrics in CloudWatch, so that one stack's alarms do not count another's.
    namespace: String,
}

impl Lines {
    pub fn with_metrics_in(namespace: String) -> Lines {
        Lines { others: format::format().json().with_current_span(false), namespace }
    }
}

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        if event.metadata().target() != REQUEST {
            return self.others.format_event(context, writer, event);
        }
        let mut fields = Fields::default();
        event.record(&mut fields);
        writeln!(writer, "{}", line(fields.0, *event.metadata().level(), &self.namespace))
    }
}

/// The fields lie where those of every other line lie; the metrics beside them, where CloudWatch looks for them.
fn line(mut fields: Map<String, Value>, level: Level, namespace: &str) -> Value {
    let at = fields.remove("at").unwrap_or_default();
    let number = |name: &str| fields.get(name).and_then(Value::as_u64).unwrap_or_default();
    let refusals = u64::from(fields.contains_key("refusal"));
    let cold = u64::from(fields.get("cold") == Some(&json!(true)));
    let always = [("Requests", 1), ("Milliseconds", number("milliseconds")), ("AwsCalls", number("aws_calls"))];
    // A metric that is nearly always 0 is written when it is not.
    let sometimes = [("Refusals", refusals), ("ColdStarts", cold)];
    let alarming = [
        ("SignInsLockedOut", number("locked_out")),
        ("ReplaysRefused", number("replays")),
        ("AuditEventsLost", number("lost")),
        ("ItemsUnreadable", number("unreadable")),
    ];
    let counted =
        |metrics: &[(&'static str, u64)]| metrics.iter().filter(|(_, value)| *value > 0).copied().collect::<Vec<_>>();
    let alarming = counted(&alarming);
    let mut metrics = always.to_vec();
    metrics.extend(counted(&sometimes));
    let mut directives = vec![directive(namespace, &metrics, json!([["function"]]))];
    if !alarming.is_empty() {
        // Also over all functions, for alarms that ask for one number.
        directives.push(directive(namespace, &alarming, json!([["function"], []])));
    }
    let mut line = json!({
        "timestamp": at,
        "level": level.as_str(),
        "function": fields.get("function"),
        "_aws": { "Timestamp": at, "CloudWatchMetrics": directives },
    });
    for (name, value) in metrics.into_iter().chain(alarming) {
        line[name] = json!(value);
    }
    line["fields"] = Value::Object(fields);
    line
}

fn directive(namespace: &str, metrics: &[(&'static str, u64)], dimensions: Value) -> Value {
    let unit = |name| if name == "Milliseconds" { "Milliseconds" } else { "Count" };
    let metrics: Vec<Value> = metrics.iter().map(|(name, _)| json!({ "Name": name, "Unit": unit(*name) })).collect();
    json!({ "Namespace": namespace, "Dimensions": dimensions, "Metrics": metrics })
}

/// An empty field is left out.
#[derive(Default)]
struct Fields(Map<String, Value>);

impl Fields {
    fn put(&mut self, field: &Field, value: Value) {
        let is_empty = value.as_str() == Some("");
        if !is_empty {
            self.0.insert(field.name().to_owned(), value);
        }
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, json!(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, json!(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, json!(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, json!(value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, json!(format!("{value:?}")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(value: Value) -> Map<String, Value> {
        match value {
            Value::Object(fields) => fields,
            _ => Map::new(),
        }
    }

    #[test]
    fn a_line_is_a_log_line_and_its_metrics() {
        let of = json!({ "at": 1_800_000_000_000_u64, "function": "admit-token", "tenant": "clinic", "milliseconds": 12,
            "aws_calls": 3, "cold": true, "refusal": "abcd", "replays": 1, "locked_out": 0 });
        let line = line(fields(of), Level::WARN, "Admit/admit-dev");
        assert_eq!(line["fields"]["refusal"], "abcd");
        assert_eq!(
            [&line["Requests"], &line["Milliseconds"], &line["AwsCalls"], &line["Refusals"], &line["ColdStarts"]],
            [1, 12, 3, 1, 1]
        );
        assert_eq!((&line["ReplaysRefused"], &line["SignInsLockedOut"]), (&json!(1), &Value::Null));
        let directives = line["_aws"]["CloudWatchMetrics"].as_array().unwrap();
        assert_eq!(line["_aws"]["Timestamp"], 1_800_000_000_000_u64);
        for directive in directives {
            assert_eq!(directive["Namespace"], "Admit/admit-dev");
            for metric in directive["Metrics"].as_array().unwrap() {
                assert!(line[metric["Name"].as_str().unwrap()].is_u64(), "{metric}");
            }
        }
        // A dimension is a member of the line; one of a person or a tenant would make a metric each.
        assert_eq!(directives[0]["Dimensions"], json!([["function"]]));
        assert_eq!(line["function"], "admit-token");
    }
}
