//! Whether a resource is one: its elements, how often they come, their types and codes. Profiles and terminology are
//! not checked.

mod primitive;

use serde_json::{Map, Value};

use crate::definitions::{self, Element};
use crate::problem::{Issue, Problem};

const MOST_ISSUES: usize = 50;

/// 400 for what is no resource of this type at all, 422 for one that breaks the rules of its type.
pub fn validate(resource: &Value, resource_type: &str) -> Result<(), Problem> {
    let Some(fields) = resource.as_object() else {
        return Err(Problem::new(400, "structure", "The body is not a JSON object."));
    };
    match fields.get("resourceType").and_then(Value::as_str) {
        Some(found) if found == resource_type => {}
        Some(_) => return Err(Problem::invalid(format!("The resourceType in the body is not {resource_type}."))),
        None => return Err(Problem::new(400, "structure", "The body has no resourceType.")),
    }
    let mut issues = Issues(vec![]);
    issues.object(fields, resource_type, resource_type, true);
    let mut issues = issues.0;
    issues.truncate(MOST_ISSUES);
    if issues.is_empty() { Ok(()) } else { Err(Problem { status: 422, issues }) }
}

struct Issues(Vec<Issue>);

impl Issues {
    fn object(&mut self, fields: &Map<String, Value>, of: &str, path: &str, is_resource: bool) {
        // A type without a table (an Extension's value, a contained Parameters) is taken as it is.
        let Some(elements) = definitions::elements(of) else { return };
        if self.0.len() > MOST_ISSUES {
            return;
        }
        let mut present: Vec<&str> = vec![];
        for (name, value) in fields {
            if is_resource && name == "resourceType" {
                continue;
            }
            let plain = name.strip_prefix('_').unwrap_or(name);
            let Some((element, element_type)) = find(elements, plain) else {
                let shown: String = name.chars().take(64).collect();
                self.add("structure", path, format!("{of} has no element {shown:?}."));
                continue;
            };
            if plain == name && present.contains(&element.name) {
                self.add("structure", path, format!("{} can have one type only.", element.name));
            }
            if plain == name || !fields.contains_key(plain) {
                present.push(element.name);
            }
            let path = format!("{path}.{plain}");
            if plain == name {
                self.element(value, element, element_type, &path)
            } else {
                self.extensions(value, &path)
            }
        }
        for element in elements.iter().filter(|element| element.required && !present.contains(&element.name)) {
            self.add("required", path, format!("{of} needs {}.", element.name));
        }
    }

    fn element(&mut self, value: &Value, element: &Element, element_type: &str, path: &str) {
        match (value, element.many) {
            (Value::Array(values), true) if values.is_empty() => {
                self.add("structure", path, "An array is never empty.")
            }
            (Value::Array(values), true) => {
                for (index, value) in values.iter().enumerate() {
                    self.value(value, element, element_type, &format!("{path}[{index}]"));
                }
            }
            (_, true) => self.add("structure", path, "This element is an array."),
            (Value::Array(_), false) => self.add("structure", path, "This element is not an array."),
            (value, false) => self.value(value, element, element_type, path),
        }
    }

    fn value(&mut self, value: &Value, element: &Element, element_type: &str, path: &str) {
        if element_type == "Resource" {
            return self.contained(value, path);
        }
        if let Some(fine) = primitive::check(element_type, value) {
            if !fine {
                self.add("value", path, format!("This is not a {element_type}."));
            } else if !element.codes.is_empty() && !element.codes.iter().any(|code| value == code) {
                self.add("code-invalid", path, format!("One of {} is expected.", element.codes.join(", ")));
            }
            return;
        }
        match value.as_object() {
            _ if element_type == "*" => {}
            Some(fields) if !fields.is_empty() => {
                self.object(fields, element_type, path, false);
                if element_type == "Reference" {
                    self.reference(fields, path);
                }
            }
            _ => self.add("structure", path, format!("A {element_type} is expected.")),
        }
    }

    fn contained(&mut self, value: &Value, path: &str) {
        match (value.as_object(), value["resourceType"].as_str()) {
            (Some(fields), Some(of)) => self.object(fields, of, path, true),
            _ => self.add("structure", path, "A resource is expected."),
        }
    }

    fn reference(&mut self, fields: &Map<String, Value>, path: &str) {
        let Some(reference) = fields.get("reference").and_then(Value::as_str) else { return };
        if !primitive::is_reference(reference) {
            self.add("value", &format!("{path}.reference"), "Type/id, #id or an absolute URL is expected.");
        }
    }

    /// `_birthDate` and its like: an object, or an array of objects and nulls.
    fn extensions(&mut self, value: &Value, path: &str) {
        let fine = match value {
            Value::Array(values) => values.iter().all(|value| value.is_object() || value.is_null()),
            value => value.is_object(),
        };
        if !fine {
            self.add("structure", path, "Extensions of a primitive are an object.");
        }
    }

    fn add(&mut self, code: &'static str, path: &str, diagnostics: impl Into<String>) {
        self.0.push(Issue::error(code, diagnostics).at(path));
    }
}

/// The element and the type that it has under this name: `valueQuantity` is `value[x]` as a Quantity.
fn find<'a>(elements: &'a [Element], name: &str) -> Option<(&'a Element, &'static str)> {
    elements.iter().find_map(|element| match element.name.strip_suffix("[x]") {
        None if element.name == name => element.types.first().map(|first| (element, *first)),
        None => None,
        Some(stem) => {
            let suffix = name
                .strip_prefix(stem)
                .filter(|suffix| suffix.starts_with(|first: char| first.is_ascii_uppercase()))?;
            let fits = |known: &&&str| **known == "*" || known.eq_ignore_ascii_case(suffix);
            element.types.iter().find(fits).map(|found| (element, *found))
        }
    })
}
