//! The shortest way to say the same rights, for tokens that travel in headers.

use super::{
    Scope, ScopeSet,
    resource::{Level, ResourceScope, ResourceType},
    rights::is_covered,
    set::Entry,
};
use std::collections::HashMap;

/// With more limited scopes of one type than this, limits are no longer compared with each other: the result is then
/// longer than it could be and still right, and nobody can buy a second of work with a long list.
const MOST_COMPARED: usize = 128;

impl ScopeSet {
    /// Scopes that differ only in their letters become one (`.r` and `.s` become `.rs`), and what another scope grants
    /// already is left out. Launch scopes stay as they are: each is a wish of its own, not a right.
    pub fn shorten(&self) -> ScopeSet {
        let merged = merge(&self.entries);
        let redundant = redundant(&merged);
        merged.into_iter().zip(redundant).filter(|(_, redundant)| !redundant).map(|(entry, _)| entry).collect()
    }
}

/// The same for the pieces that are left of one scope.
pub(super) fn without_redundant(scopes: Vec<Scope>) -> Vec<Scope> {
    let set: ScopeSet = scopes.into_iter().collect();
    set.shorten().entries.into_iter().map(|entry| entry.scope).collect()
}

fn merge(entries: &[Entry]) -> Vec<Entry> {
    let mut merged: Vec<Entry> = Vec::with_capacity(entries.len());
    let mut places = HashMap::new();
    for entry in entries {
        let Scope::Resource(resource) = &entry.scope else {
            merged.push(entry.clone());
            continue;
        };
        let place = *places.entry((resource.level, &resource.resource, resource.query.key())).or_insert(merged.len());
        match merged.get_mut(place) {
            Some(Entry { scope: Scope::Resource(first), .. }) => {
                first.permissions = first.permissions.or(resource.permissions);
                first.spelling = first.truthful_spelling();
            }
            _ => merged.push(entry.clone()),
        }
    }
    merged
}

/// Looks from the end, so that of two that say the same the first one stays.
fn redundant(entries: &[Entry]) -> Vec<bool> {
    let mut of_type: HashMap<(Level, &ResourceType), Vec<(usize, &ResourceScope)>> = HashMap::new();
    for (index, entry) in entries.iter().enumerate() {
        if let Scope::Resource(resource) = &entry.scope {
            of_type.entry((resource.level, &resource.resource)).or_default().push((index, resource));
        }
    }
    for scopes in of_type.values_mut().filter(|scopes| scopes.len() > MOST_COMPARED) {
        scopes.retain(|(_, scope)| scope.query.is_unlimited());
    }

    let mut redundant = vec![false; entries.len()];
    for (index, entry) in entries.iter().enumerate().rev() {
        let Scope::Resource(resource) = &entry.scope else { continue };
        let wildcard = (resource.resource != ResourceType::Any).then_some(&ResourceType::Any);
        let types = std::iter::once(&resource.resource).chain(wildcard);
        let others = types
            .filter_map(|of| of_type.get(&(resource.level, of)))
            .flatten()
            .filter(|(other, _)| *other != index && !redundant[*other])
            .map(|(_, other)| *other);
        redundant[index] = is_covered(resource, others);
    }
    redundant
}
