//! `Patient/$everything`: the record of a patient, as far as the caller could have gathered it by single requests.

use std::collections::BTreeSet;
use std::sync::Arc;

use rules::enforcement::is_shared;
use rules::scope::FhirInteraction;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::compartment;
use crate::date;
use crate::definitions::{known, resource_types};
use crate::elements::{local_reference, visit_references};
use crate::parsed_request::ParsedRequest;
use crate::problem::Problem;
use crate::read;
use crate::search::bundle::{bundle, entry};
use crate::search::context::Context;

pub fn of_one(context: &Context, id: &str, asked: &ParsedRequest) -> Result<Answer, Problem> {
    let patient = known("Patient")?;
    let versions = read::seen(context, patient, id, FhirInteraction::Read)?;
    if versions.last().is_none_or(|version| version.content.is_none()) {
        return Err(read::gone(patient, id));
    }
    Ok(Answer::ok(everything(context, &[id.to_owned()], asked)))
}

pub fn of_all(context: &Context, asked: &ParsedRequest) -> Result<Answer, Problem> {
    let permission = context.guard.permits(FhirInteraction::Read, "Patient")?;
    let seen = context.store.all("Patient").filter(|patient| permission.sees(patient));
    let ids: Vec<String> = seen.filter_map(|patient| patient["id"].as_str()).map(str::to_owned).collect();
    Ok(Answer::ok(everything(context, &ids, asked)))
}

fn everything(context: &Context, patients: &[String], asked: &ParsedRequest) -> Value {
    let mut all: Vec<Arc<Value>> = vec![];
    for resource_type in resource_types() {
        let theirs = |id: &&str| patients.iter().any(|patient| patient == id);
        let own =
            |resource: &&Arc<Value>| compartment::patients_of(resource).iter().any(theirs) && context.sees(resource);
        all.extend(context.store.all(resource_type.name).filter(own).cloned());
    }
    let referenced: BTreeSet<(String, String)> = all.iter().flat_map(|resource| shared(resource)).collect();
    let referenced = referenced.iter().filter_map(|(target, id)| context.store.current(target, id));
    all.extend(referenced.filter(|resource| context.sees(resource)).collect::<Vec<_>>());

    if let Some(types) = asked.parameter("_type") {
        all.retain(|resource| types.split(',').any(|name| resource["resourceType"] == name));
    }
    if let Some(since) = asked.parameter("_since").and_then(date::parse) {
        let updated = |resource: &Value| resource["meta"]["lastUpdated"].as_str().and_then(date::parse);
        all.retain(|resource| updated(resource).is_none_or(|updated| updated.start >= since.start));
    }
    let entries: Vec<Value> = all.iter().map(|resource| entry(context.base, resource, "match")).collect();
    let link = json!({"relation": "self", "url": format!("{}/{}", context.base, asked.segments().join("/"))});
    bundle("searchset", Some(entries.len()), vec![link], entries)
}

/// The practitioners, organizations and places that a resource speaks of.
fn shared(resource: &Value) -> Vec<(String, String)> {
    let mut found = vec![];
    let mut resource = resource.clone();
    visit_references(&mut resource, &mut |reference| {
        let local = local_reference(reference).filter(|(target, _)| is_shared(target));
        found.extend(local.map(|(target, id)| (target.to_owned(), id.to_owned())));
    });
    found
}
