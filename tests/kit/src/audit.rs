//! What the audit trail of a test says.

use serde_json::Value;
use std::sync::{Arc, Mutex};

#[derive(Clone, Default)]
pub struct Audit(pub Arc<Mutex<Vec<Value>>>);

impl Audit {
    /// The events since the last time somebody took them.
    pub fn take(&self) -> Vec<Value> {
        std::mem::take(&mut *self.0.lock().expect("nobody panicked"))
    }

    /// The same, when there must be one of them alone with this code in its `subtype`.
    pub fn takes_one(&self, subtype: &str) -> Value {
        let events = self.take();
        let mut found = events.iter().filter(|event| event["subtype"][0]["code"] == subtype);
        match (found.next(), found.next()) {
            (Some(one), None) => one.clone(),
            _ => panic!("not one {subtype} in {events:#?}"),
        }
    }
}

/// The value of a detail of any of its entities.
pub fn detail<'a>(event: &'a Value, name: &str) -> Option<&'a str> {
    let entities = event["entity"].as_array()?.iter();
    let mut details = entities.filter_map(|entity| entity["detail"].as_array()).flatten();
    details.find(|detail| detail["type"] == name)?["valueString"].as_str()
}

/// The agent of this type.
pub fn agent<'a>(event: &'a Value, code: &str) -> Option<&'a Value> {
    event["agent"].as_array()?.iter().find(|agent| agent["type"]["coding"][0]["code"] == code)
}
