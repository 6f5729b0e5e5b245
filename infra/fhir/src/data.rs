//! The sample data: files in `data/`, one for each patient and one for what they share.

use std::fmt;

use rules::fhir_id::is_id;
use serde_json::Value;

use crate::elements::each;
use crate::store::Store;
use crate::validate::validate;
use crate::write::local_references;
use crate::{date, definitions};

/// When the files say nothing else, they were last changed then.
const LAST_UPDATED: &str = "2026-01-01T00:00:00Z";

macro_rules! files {
    ($($name:literal)*) => { &[$(($name, include_str!(concat!("../data/", $name)))),*] };
}

/// A new file in `data/` gets its line here; a test finds the one that was forgotten.
pub static FILES: &[(&str, &str)] = files! {
    "shared.json"
    "leo-shaw.json"
    "mia-rivera.json"
    "noah-kim.json"
    "jada-brown.json"
    "omar-haddad.json"
    "amy-shaw.json"
    "wei-chen.json"
    "ingrid-olsen.json"
    "samuel-okafor.json"
    "maria-santos.json"
    "walter-novak.json"
    "edith-clarke.json"
    "closed-records.json"
};

/// What is wrong with a data file.
#[derive(Debug)]
pub struct DataError {
    pub file: String,
    pub problem: String,
}

impl fmt::Display for DataError {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "{}: {}", self.file, self.problem)
    }
}

impl std::error::Error for DataError {}

pub fn load<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>, base: &str) -> Result<Store, DataError> {
    let mut store = Store::default();
    for (file, text) in files {
        let wrong = |problem: String| DataError { file: file.to_owned(), problem };
        let parsed: Value = serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
        let entries =
            parsed["entry"].as_array().map(|entries| entries.iter().map(|entry| &entry["resource"]).collect());
        let resources: Vec<&Value> = entries.unwrap_or_else(|| each(&parsed).iter().collect());
        for resource in resources {
            add(&mut store, resource.clone(), base).map_err(wrong)?;
        }
    }
    Ok(store)
}

fn add(store: &mut Store, mut resource: Value, base: &str) -> Result<(), String> {
    let text = |name: &str| resource[name].as_str().unwrap_or_default().to_owned();
    let (name, id) = (text("resourceType"), text("id"));
    let place = format!("{name}/{id}");
    let known = definitions::resource_type(&name).ok_or_else(|| format!("{place}: this type is not known"))?;
    if !is_id(&id) {
        return Err(format!("{place}: the id has not the form of one"));
    }
    if !store.versions(&name, &id).is_empty() {
        return Err(format!("{place} is there twice"));
    }
    validate(&resource, known.name).map_err(|problem| {
        let issues = problem
            .issues
            .iter()
            .map(|issue| format!("{}: {}", issue.expression.as_deref().unwrap_or_default(), issue.diagnostics));
        format!("{place}: {}", issues.collect::<Vec<_>>().join(" "))
    })?;
    local_references(&mut resource, base);
    let updated = resource["meta"]["lastUpdated"].as_str().unwrap_or(LAST_UPDATED);
    let at = date::parse(updated).map_or(0, |span| span.start);
    store.put(known.name, &id, resource, at);
    Ok(())
}
