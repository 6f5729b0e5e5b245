//! Finding the elements of a resource that a search parameter or a compartment speaks of.

use rules::fhir_id::{is_id, is_type};
use serde_json::Value;

/// A dotted path such as `name.family`; `telecom[phone]` keeps the contact points of that system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    segments: Vec<String>,
    system: Option<String>,
}

impl Path {
    pub fn parse(text: &str) -> Path {
        let (path, system) = match text.strip_suffix(']').and_then(|text| text.split_once('[')) {
            Some((path, system)) => (path, Some(system.to_owned())),
            None => (text, None),
        };
        Path { segments: path.split('.').map(str::to_owned).collect(), system }
    }

    /// All elements at the path; arrays on the way are gone through.
    pub fn of<'a>(&self, resource: &'a Value) -> Vec<&'a Value> {
        let mut found = vec![resource];
        for segment in &self.segments {
            found = found.into_iter().filter_map(|value| value.get(segment)).flat_map(each).collect();
        }
        if let Some(system) = &self.system {
            found.retain(|value| value["system"] == system.as_str());
        }
        found
    }
}

/// The values of an array, or the one value.
pub fn each(value: &Value) -> &[Value] {
    match value {
        Value::Array(values) => values,
        one => std::slice::from_ref(one),
    }
}

/// `Type/id` of a reference to a resource on this server, whatever version it names.
pub fn local_reference(reference: &str) -> Option<(&str, &str)> {
    let mut parts = reference.split('/');
    let (resource_type, id) = (parts.next()?, parts.next()?);
    let rest_is_a_version = match parts.next() {
        None => true,
        Some(history) => history == "_history" && parts.next().is_some() && parts.next().is_none(),
    };
    (is_type(resource_type) && rest_is_a_version && is_id(id)).then_some((resource_type, id))
}

/// Calls `visit` with every `reference` string in the resource, so that it can be rewritten.
pub fn visit_references(value: &mut Value, visit: &mut impl FnMut(&mut String)) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(|value| visit_references(value, visit)),
        Value::Object(fields) => fields.iter_mut().for_each(|(name, value)| match value {
            Value::String(text) if name == "reference" => visit(text),
            value => visit_references(value, visit),
        }),
        _ => {}
    }
}
