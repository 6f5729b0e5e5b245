//! An index over a set, so that comparing two sets of thousands of scopes looks only at scopes of the same level and
//! type.

use super::{
    Scope, ScopeSet,
    launch::LaunchScope,
    resource::{Level, ResourceScope, ResourceType},
};
use std::collections::{HashMap, HashSet};

pub(super) struct Rights<'a> {
    scopes: HashSet<&'a Scope>,
    of_type: HashMap<(Level, &'a ResourceType), Vec<&'a ResourceScope>>,
    of_level: HashMap<Level, Vec<&'a ResourceScope>>,
    launches: HashMap<&'a str, Vec<&'a LaunchScope>>,
}

impl<'a> Rights<'a> {
    pub(super) fn of(set: &'a ScopeSet) -> Rights<'a> {
        let mut rights = Rights {
            scopes: set.iter().collect(),
            of_type: HashMap::new(),
            of_level: HashMap::new(),
            launches: HashMap::new(),
        };
        for resource in set.resources() {
            rights.of_type.entry((resource.level, &resource.resource)).or_default().push(resource);
            rights.of_level.entry(resource.level).or_default().push(resource);
        }
        for launch in set.launch_contexts() {
            rights.launches.entry(launch.resource().unwrap_or_default()).or_default().push(launch);
        }
        rights
    }

    pub(super) fn contain(&self, scope: &Scope) -> bool {
        self.scopes.contains(scope)
            || match scope {
                Scope::Resource(asked) => is_covered(asked, self.about(asked)),
                Scope::Launch(asked) => self.launches_like(asked).any(|allowed| allowed.covers(asked)),
                _ => false,
            }
    }

    /// What of a scope that isn't contained whole is left, scope by scope.
    pub(super) fn meets(&self, scope: &'a Scope) -> impl Iterator<Item = Scope> {
        let resources = scope.as_resource().into_iter().flat_map(|asked| {
            let everything = (asked.resource == ResourceType::Any).then(|| self.of_level.get(&asked.level));
            let candidates = everything.flatten().into_iter().flatten().copied();
            let same_type = (asked.resource != ResourceType::Any).then(|| self.about(asked));
            candidates
                .chain(same_type.into_iter().flatten())
                .filter_map(|allowed| asked.meet(allowed))
                .map(Scope::Resource)
        });
        let launches = scope.as_launch().into_iter().flat_map(|asked| {
            self.launches_like(asked).filter(|allowed| asked.covers(allowed)).cloned().map(Scope::Launch)
        });
        resources.chain(launches)
    }

    /// The scopes of the same type, then those of `*`.
    fn about(&self, asked: &'a ResourceScope) -> impl Iterator<Item = &'a ResourceScope> {
        let wildcard = (asked.resource != ResourceType::Any).then_some(&ResourceType::Any);
        let types = std::iter::once(&asked.resource).chain(wildcard);
        types.filter_map(|resource| self.of_type.get(&(asked.level, resource))).flatten().copied()
    }

    fn launches_like(&self, asked: &LaunchScope) -> impl Iterator<Item = &'a LaunchScope> {
        asked.resource().and_then(|resource| self.launches.get(resource)).into_iter().flatten().copied()
    }
}

/// Scopes add up (SMART App Launch: a set grants the union): `.r` and `.s` together cover `.rs`.
pub(super) fn is_covered<'a>(scope: &ResourceScope, others: impl Iterator<Item = &'a ResourceScope>) -> bool {
    let mut missing = scope.permissions;
    for other in others.filter(|other| other.reaches(scope)) {
        match missing.minus(other.permissions) {
            None => return true,
            Some(rest) => missing = rest,
        }
    }
    false
}
