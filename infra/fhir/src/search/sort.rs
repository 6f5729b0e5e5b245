//! `_sort` by the first value of each named parameter.

use std::cmp::Ordering;
use std::sync::Arc;

use serde_json::Value;

use crate::date;
use crate::definitions::{Kind, SearchParameter};

pub fn sort(resources: &mut [Arc<Value>], keys: &[(bool, &'static SearchParameter)]) {
    if keys.is_empty() {
        return;
    }
    resources.sort_by(|left, right| {
        let by_key = keys.iter().map(|(descending, parameter)| {
            let order = compare(parameter, left, right);
            if *descending { order.reverse() } else { order }
        });
        by_key.fold(Ordering::Equal, Ordering::then)
    });
}

fn compare(parameter: &SearchParameter, left: &Value, right: &Value) -> Ordering {
    let first = |resource| parameter.paths.iter().flat_map(|path| path.of(resource)).next();
    match parameter.kind {
        Kind::Date => first(left).map(start).cmp(&first(right).map(start)),
        Kind::Number | Kind::Quantity => {
            let number = |value: &Value| value.as_f64().or_else(|| value["value"].as_f64()).unwrap_or_default();
            let (left, right) = (first(left).map(number), first(right).map(number));
            left.partial_cmp(&right).unwrap_or(Ordering::Equal)
        }
        _ => first(left).map(text).cmp(&first(right).map(text)),
    }
}

fn start(value: &Value) -> i64 {
    let text = value.as_str().or_else(|| value["start"].as_str());
    text.and_then(date::parse).map_or(i64::MIN, |span| span.start)
}

fn text(value: &Value) -> String {
    let fields = [&value["family"], &value["coding"][0]["code"], &value["code"], &value["value"], &value["reference"]];
    let found = value.as_str().or_else(|| fields.into_iter().find_map(Value::as_str));
    found.unwrap_or_default().to_lowercase()
}
