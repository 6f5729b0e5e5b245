//! Sets of scopes as sets of rights: what one contains of another, what both grant, what either grants.

use super::{
    Scope, ScopeSet,
    resource::ResourceScope,
    rights::{self, Rights},
    set::Entry,
    shorten::without_redundant,
};

impl ScopeSet {
    /// Whether the set grants all that the scope says, in whatever words: `patient/*.read` contains
    /// `patient/Observation.r`.
    pub fn contains(&self, scope: &Scope) -> bool {
        match scope {
            Scope::Resource(asked) => rights::is_covered(asked, self.resources()),
            Scope::Launch(asked) => self.iter().filter_map(Scope::as_launch).any(|allowed| allowed.covers(asked)),
            _ => self.iter().any(|own| own == scope),
        }
    }

    /// Whether the set grants all that the other says.
    pub fn covers(&self, other: &ScopeSet) -> bool {
        let rights = Rights::of(self);
        other.iter().all(|scope| rights.contain(scope))
    }

    pub fn same_rights(&self, other: &ScopeSet) -> bool {
        self.covers(other) && other.covers(self)
    }

    /// What both grant, exactly, in this one's order and spelling. As long as the product of both in the worst case, so
    /// [`narrow`](super::narrow) is the one for what an app sent.
    pub fn intersect(&self, other: &ScopeSet) -> ScopeSet {
        let rights = Rights::of(other);
        let meets = |entry: &Entry| {
            let scopes = match rights.contain(&entry.scope) {
                true => vec![entry.scope.clone()],
                false => without_redundant(rights.meets(&entry.scope).collect()),
            };
            scopes.into_iter().map(|scope| Entry { scope, form: entry.form }).collect::<Vec<_>>()
        };
        self.entries.iter().flat_map(meets).collect()
    }

    /// What either grants: this set, then what the other adds in scopes not written here yet.
    pub fn union(&self, other: &ScopeSet) -> ScopeSet {
        self.entries.iter().chain(&other.entries).cloned().collect()
    }
}

impl Scope {
    /// Whether this scope alone grants all that the other says.
    pub fn covers(&self, other: &Scope) -> bool {
        match (self, other) {
            (Scope::Resource(own), Scope::Resource(other)) => rights::is_covered(other, std::iter::once(own)),
            (Scope::Launch(own), Scope::Launch(other)) => own.covers(other),
            _ => self == other,
        }
    }
}

impl From<ResourceScope> for Scope {
    fn from(resource: ResourceScope) -> Scope {
        Scope::Resource(resource)
    }
}
