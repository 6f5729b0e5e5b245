//! Scopes: section 7 of the requirements, SMART App Launch 2.2.

mod access;
mod algebra;
mod grammar;
mod koppeltaal;
mod launch;
mod many;
mod narrowing;
mod properties;
mod queries;
mod set;
mod shorten;
mod unusable;

use rules::scope::{Scope, ScopeSet};

/// A set in which every piece is a scope.
fn scopes(text: &str) -> ScopeSet {
    let parsed = ScopeSet::parse(text);
    assert!(parsed.unusable.is_empty(), "not a scope: {:?}", parsed.unusable);
    parsed.set
}

fn scope(text: &str) -> Scope {
    let set = scopes(text);
    let mut scopes = set.iter().cloned();
    let (first, none) = (scopes.next(), scopes.next());
    assert!(none.is_none(), "more than one scope: {text}");
    first.unwrap_or(Scope::OpenId)
}

fn printed(text: &str) -> String {
    ScopeSet::parse(text).set.to_string()
}
