//! One search parameter with its values: `code=a,b`, `birthdate:missing=true`, `patient.name=Shaw`.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::value::{Test, split};
use crate::definitions::{self, Kind, ResourceType, SearchParameter};
use crate::elements::{each, local_reference};

const DEEPEST_CHAIN: usize = 3;
const MOST_VALUES: usize = 1000;

pub struct Criterion {
    pub parameter: &'static SearchParameter,
    condition: Condition,
}

enum Condition {
    /// `:missing`
    Missing(bool),
    /// Any of the values, comma being OR.
    Any(Vec<Test>),
    /// `:not`, true also where the element is missing.
    None(Vec<Test>),
    /// On the resource that the reference leads to; one criterion for each type that it may have.
    Chain(Vec<(&'static str, Criterion)>),
}

/// Why a parameter cannot be used.
#[derive(Debug)]
pub enum Unusable {
    /// Not a parameter of this type: passed over, or refused under `Prefer: handling=strict`.
    Unknown,
    /// Known, but with a modifier or a value that has no meaning here: always refused.
    Wrong(String),
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unusable::Unknown => f.write_str("This search parameter is not known."),
            Unusable::Wrong(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for Unusable {}

/// Follows a reference for a chained parameter, but only to what the caller may see.
pub trait Chains {
    fn follow(&self, resource_type: &str, id: &str) -> Option<Arc<Value>>;
}

pub struct NoChains;

impl Chains for NoChains {
    fn follow(&self, _: &str, _: &str) -> Option<Arc<Value>> {
        None
    }
}

impl Criterion {
    /// `key` is what stands before the `=`. `base` is this server's address, as it may stand in a reference.
    pub fn parse(of: &'static ResourceType, key: &str, value: &str, base: &str) -> Result<Criterion, Unusable> {
        Criterion::parse_at(of, key, value, base, 0)
    }

    /// For a scope's `?name=value`. Chains are refused there: they would judge a resource by another one.
    pub fn constraint(of: &'static ResourceType, key: &str, value: &str) -> Option<Criterion> {
        if key.contains('.') { None } else { Criterion::parse(of, key, value, "").ok() }
    }

    pub fn matches(&self, resource: &Value, chains: &dyn Chains) -> bool {
        match &self.condition {
            Condition::Missing(missing) => self.found(resource).is_empty() == *missing,
            Condition::Any(tests) => {
                self.found(resource).iter().any(|value| tests.iter().any(|test| test.holds(value)))
            }
            Condition::None(tests) => {
                !self.found(resource).iter().any(|value| tests.iter().any(|test| test.holds(value)))
            }
            Condition::Chain(criteria) => {
                let found = self.found(resource);
                let references =
                    found.iter().filter_map(|value| value["reference"].as_str()).filter_map(local_reference);
                references.into_iter().any(|(target, id)| {
                    let of_this_type = criteria.iter().filter(|(resource_type, _)| *resource_type == target);
                    of_this_type.into_iter().any(|(_, criterion)| {
                        chains.follow(target, id).is_some_and(|resource| criterion.matches(&resource, chains))
                    })
                })
            }
        }
    }

    /// The ids that a plain reference or `_id` parameter asks for, if it asks for nothing else.
    pub fn only_ids(&self, target: &str) -> Option<Vec<&str>> {
        let Condition::Any(tests) = &self.condition else { return None };
        tests.iter().map(|test| test.id_of(target)).collect()
    }

    fn found<'a>(&self, resource: &'a Value) -> Vec<&'a Value> {
        let found = self.parameter.paths.iter().flat_map(|path| path.of(resource)).flat_map(each);
        let targets = &self.parameter.targets;
        if self.parameter.kind != Kind::Reference || targets.is_empty() {
            return found.collect();
        }
        found
            .filter(|value| {
                // `Observation.patient` is `subject`, but only where that is a Patient.
                let target = value["reference"].as_str().and_then(local_reference).map(|(target, _)| target);
                target.is_none_or(|target| targets.contains(&target))
            })
            .collect()
    }

    fn parse_at(
        of: &'static ResourceType,
        key: &str,
        value: &str,
        base: &str,
        depth: usize,
    ) -> Result<Criterion, Unusable> {
        if let Some((reference, rest)) = key.split_once('.') {
            return Criterion::chain(of, reference, rest, value, base, depth);
        }
        let (name, modifier) = key.split_once(':').unwrap_or((key, ""));
        let parameter = definitions::search_parameter(of, name).ok_or(Unusable::Unknown)?;
        if modifier == "missing" {
            let missing = value.parse().map_err(|_| wrong(key, "takes true or false"))?;
            return Ok(Criterion { parameter, condition: Condition::Missing(missing) });
        }
        let values = split(value, ',');
        if values.iter().any(|value| value.is_empty()) || values.len() > MOST_VALUES {
            return Err(wrong(key, "has an empty value, or too many"));
        }
        let test_modifier = if modifier == "not" { "" } else { modifier };
        let tests: Option<Vec<Test>> =
            values.iter().map(|value| Test::parse(parameter.kind, test_modifier, value, base)).collect();
        match (tests, modifier) {
            (Some(tests), "not") if parameter.kind == Kind::Token => {
                Ok(Criterion { parameter, condition: Condition::None(tests) })
            }
            (Some(tests), modifier) if modifier != "not" => {
                Ok(Criterion { parameter, condition: Condition::Any(tests) })
            }
            _ => Err(wrong(key, "has a modifier or a value that this server does not understand")),
        }
    }

    fn chain(
        of: &'static ResourceType,
        reference: &str,
        key: &str,
        value: &str,
        base: &str,
        depth: usize,
    ) -> Result<Criterion, Unusable> {
        let (name, only) = match reference.split_once(':') {
            Some((name, only)) => (name, Some(only)),
            None => (reference, None),
        };
        let parameter = definitions::search_parameter(of, name).ok_or(Unusable::Unknown)?;
        if parameter.kind != Kind::Reference || depth >= DEEPEST_CHAIN {
            return Err(wrong(reference, "cannot be chained here"));
        }
        let possible = |target: &str| {
            (parameter.targets.is_empty() || parameter.targets.contains(&target))
                && only.is_none_or(|only| only == target)
        };
        let mut criteria = vec![];
        for target in definitions::resource_types().iter().filter(|target| possible(target.name)) {
            match Criterion::parse_at(target, key, value, base, depth + 1) {
                Ok(criterion) => criteria.push((target.name, criterion)),
                Err(Unusable::Unknown) => {}
                Err(wrong) => return Err(wrong),
            }
        }
        if criteria.is_empty() {
            Err(Unusable::Unknown)
        } else {
            Ok(Criterion { parameter, condition: Condition::Chain(criteria) })
        }
    }
}

fn wrong(key: &str, what: &str) -> Unusable {
    let key: String = key.chars().take(64).collect();
    Unusable::Wrong(format!("The search parameter {key:?} {what}."))
}
