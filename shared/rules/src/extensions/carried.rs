//! What of it was judged good, and goes into the access token as it came.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The objects by their names, never none: on the grant, in the token, at introspection. On the heap, since hardly any grant has some.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Extensions(Box<Map<String, Value>>);

impl Extensions {
    pub fn of(objects: Map<String, Value>) -> Option<Extensions> {
        (!objects.is_empty()).then(|| Extensions(Box::new(objects)))
    }

    pub fn object(&self, name: &str) -> Option<&Map<String, Value>> {
        self.0.get(name)?.as_object()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Of its JSON.
    pub fn bytes(&self) -> usize {
        self.json().len()
    }

    /// As one text of JSON, in ASCII alone: it may travel in a header.
    pub fn ascii(&self) -> String {
        let mut ascii = String::new();
        for c in self.json().chars() {
            match c.is_ascii() {
                true => ascii.push(c),
                false => c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| ascii.push_str(&format!("\\u{unit:04x}"))),
            }
        }
        ascii
    }

    fn json(&self) -> String {
        serde_json::to_string(&self.0).unwrap_or_default()
    }
}
