//! `_include` and `_revinclude`: resources beside the matches, each judged as if it had been asked for itself.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use super::context::Context;
use super::criterion::Unusable;
use crate::definitions::{self, Kind, ResourceType, SearchParameter};
use crate::elements::{each, local_reference};

const MOST_ROUNDS: usize = 4;
const MOST_INCLUDED: usize = 2000;

pub struct Include {
    reverse: bool,
    iterate: bool,
    source: &'static ResourceType,
    parameters: Vec<&'static SearchParameter>,
    target: Option<String>,
}

impl Include {
    pub fn forward(name: &str, value: &str) -> Result<Include, Unusable> {
        Include::parse(name, value, false)
    }

    pub fn reverse(name: &str, value: &str) -> Result<Include, Unusable> {
        Include::parse(name, value, true)
    }

    /// `Observation:subject`, `Observation:subject:Patient` or `Observation:*`
    fn parse(name: &str, value: &str, reverse: bool) -> Result<Include, Unusable> {
        let mut parts = value.split(':');
        let source = parts.next().and_then(definitions::resource_type).ok_or(Unusable::Unknown)?;
        let parameter = parts.next().ok_or(Unusable::Unknown)?;
        let references = source.parameters.iter().filter(|known| known.kind == Kind::Reference);
        let parameters: Vec<_> = references.filter(|known| parameter == "*" || known.name == parameter).collect();
        if parameters.is_empty() {
            return Err(Unusable::Unknown);
        }
        let iterate = name.ends_with(":iterate");
        Ok(Include { reverse, iterate, source, parameters, target: parts.next().map(str::to_owned) })
    }

    fn found(&self, from: &[Arc<Value>], context: &Context) -> Vec<Arc<Value>> {
        if self.reverse {
            let here: BTreeSet<(String, String)> = from.iter().map(|resource| key(resource)).collect();
            let named = |(target, id): (&str, &str)| here.contains(&(target.to_owned(), id.to_owned()));
            let sources = context.store.all(self.source.name);
            return sources.filter(|resource| self.leads_to(resource).any(named)).cloned().collect();
        }
        let from = from.iter().filter(|resource| resource["resourceType"] == self.source.name);
        let targets = from.flat_map(|resource| self.leads_to(resource));
        targets.filter_map(|(target, id)| context.store.current(target, id)).collect()
    }

    fn leads_to<'a>(&'a self, resource: &'a Value) -> impl Iterator<Item = (&'a str, &'a str)> {
        let paths =
            self.parameters.iter().flat_map(|parameter| parameter.paths.iter().map(move |path| (parameter, path)));
        paths.flat_map(move |(parameter, path)| {
            let references =
                path.of(resource).into_iter().flat_map(each).filter_map(|value| value["reference"].as_str());
            references.filter_map(local_reference).filter(move |(target, _)| {
                (parameter.targets.is_empty() || parameter.targets.contains(target))
                    && self.target.as_deref().is_none_or(|only| only == *target)
            })
        })
    }
}

/// What the includes bring to these matches, without what the caller may not see.
pub fn included(includes: &[Include], matches: &[Arc<Value>], context: &Context) -> Vec<Arc<Value>> {
    let mut known: BTreeSet<(String, String)> = matches.iter().map(|resource| key(resource)).collect();
    let mut all = vec![];
    let mut from: Vec<Arc<Value>> = matches.to_vec();
    for round in 0..MOST_ROUNDS {
        let mut new = vec![];
        for include in includes.iter().filter(|include| round == 0 || include.iterate) {
            for resource in include.found(&from, context) {
                if context.sees(&resource) && known.insert(key(&resource)) {
                    new.push(resource);
                }
            }
        }
        all.extend(new.iter().cloned());
        if new.is_empty() || all.len() > MOST_INCLUDED {
            break;
        }
        from = new;
    }
    all
}

fn key(resource: &Value) -> (String, String) {
    let text = |name: &str| resource[name].as_str().unwrap_or_default().to_owned();
    (text("resourceType"), text("id"))
}
