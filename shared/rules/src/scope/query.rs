//! The `?param=value&…` part of a resource scope: FHIR search parameters that must all hold.

use super::{grammar, unusable::Reason};
use std::{collections::HashSet, fmt};

/// No parameters means no limit. Keeps the text it was read from; `%7C` stays `%7C` when it is printed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Query {
    parameters: Vec<Parameter>,
}

/// One search parameter, decoded for a resource server.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Parameter {
    raw: String,
    name: String,
    modifier: Option<String>,
    value: String,
}

impl Query {
    /// More would only slow the comparison of scopes down; the longest in use have three.
    const MOST_PARAMETERS: usize = 16;

    pub fn unlimited() -> Query {
        Query::default()
    }

    /// Reads what stands after the `?`.
    pub fn parse(text: &str) -> Result<Query, Reason> {
        if text.split('&').count() > Self::MOST_PARAMETERS {
            return Err(Reason::TooManyParameters);
        }
        Ok(Query { parameters: text.split('&').map(Parameter::parse).collect::<Result<_, _>>()? })
    }

    pub fn is_unlimited(&self) -> bool {
        self.parameters.is_empty()
    }

    /// All of these must hold.
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// The text after the `?`, as it was written.
    pub fn raw(&self) -> String {
        self.to_string()
    }

    pub fn is_experimental(&self) -> bool {
        self.parameters.iter().any(Parameter::is_experimental)
    }

    /// Whether whatever matches `narrower` also matches this. Parameters are compared, never guessed at, so `false` can
    /// also mean "nobody can tell from the text".
    pub fn covers(&self, narrower: &Query) -> bool {
        self.parameters.iter().all(|limit| narrower.parameters.iter().any(|other| other.implies(limit)))
    }

    /// Whether a search has each of these parameters, word for word, and so finds nothing outside of this limit.
    pub fn is_kept_by(&self, search: &[(String, String)]) -> bool {
        self.parameters
            .iter()
            .all(|limit| search.iter().any(|(name, value)| *name == limit.key() && *value == limit.value))
    }

    /// Both limits, said once: what one side's parameter implies already is left out.
    pub fn and(&self, other: &Query) -> Query {
        let mut parameters: Vec<Parameter> = Vec::with_capacity(self.parameters.len() + other.parameters.len());
        for parameter in self.parameters.iter().chain(&other.parameters) {
            if !parameters.iter().any(|kept| kept.implies(parameter)) {
                parameters.retain(|kept| !parameter.implies(kept));
                parameters.push(parameter.clone());
            }
        }
        Query { parameters }
    }

    /// Equal for queries that differ only in order, repetition and percent-encoding.
    pub(super) fn key(&self) -> Vec<(&str, Option<&str>, &str)> {
        let mut key: Vec<_> =
            self.parameters.iter().map(|p| (p.name.as_str(), p.modifier.as_deref(), p.value.as_str())).collect();
        key.sort_unstable();
        key.dedup();
        key
    }
}

impl Parameter {
    fn parse(raw: &str) -> Result<Parameter, Reason> {
        let (name, value) = raw.split_once('=').ok_or(Reason::Query)?;
        let (name, modifier) = grammar::parameter_name(name).ok_or(Reason::Query)?;
        if grammar::NOT_FILTERS.contains(&name) {
            return Err(Reason::NotAFilter);
        }
        let value = grammar::percent_decoded(value).ok_or(Reason::PercentEncoding)?;
        // FHIR servers ignore an empty value: such a scope would be unlimited and not look it.
        if grammar::alternatives(&value).any(str::is_empty) {
            return Err(Reason::Query);
        }
        Ok(Parameter { raw: raw.to_owned(), name: name.to_owned(), modifier: modifier.map(str::to_owned), value })
    }

    /// With its chain, if it has one: `subject:Patient.name`.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn modifier(&self) -> Option<&str> {
        self.modifier.as_deref()
    }

    /// What stands before the `=` of a search: the name, and its modifier if it has one.
    pub fn key(&self) -> String {
        self.modifier.iter().fold(self.name.clone(), |name, modifier| format!("{name}:{modifier}"))
    }

    /// Percent-decoded, with the commas that separate alternatives.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// One of these must match. FHIR's own escapes (`\,` `\|` `\$`) are still in place.
    pub fn alternatives(&self) -> impl Iterator<Item = &str> {
        grammar::alternatives(&self.value)
    }

    /// SMART App Launch, "Finer-grained resource constraints": modifiers, chaining and `_filter` are experimental.
    pub fn is_experimental(&self) -> bool {
        let rare = self.name.starts_with('_') && !grammar::PLAIN_COMMON_PARAMETERS.contains(&self.name.as_str());
        self.modifier.is_some() || rare || self.name.contains(['.', ':'])
    }

    /// Fewer alternatives are a tighter limit, but only where a value is nothing but its alternatives: `:not=a` is
    /// wider than `:not=a,b`, and `_filter` has a grammar of its own.
    fn implies(&self, wider: &Parameter) -> bool {
        if self.name != wider.name || self.modifier != wider.modifier {
            return false;
        }
        if self.value == wider.value {
            return true;
        }
        if self.is_experimental() || !wider.value.contains(',') {
            return false;
        }
        let wider: HashSet<&str> = wider.alternatives().collect();
        self.alternatives().all(|alternative| wider.contains(alternative))
    }
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, parameter) in self.parameters.iter().enumerate() {
            write!(f, "{}{}", if index == 0 { "" } else { "&" }, parameter.raw)?;
        }
        Ok(())
    }
}
