//! The resource server's question: does this set allow this interaction on this type of resource?

use super::{
    ScopeSet,
    permissions::Permissions,
    query::Query,
    resource::{Level, ResourceType},
};

/// A FHIR interaction. A batch or transaction has none: each of its entries is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FhirInteraction {
    Create,
    Read,
    VRead,
    HistoryInstance,
    /// Also the update that creates.
    Update,
    Patch,
    Delete,
    Search,
    HistoryType,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    Denied,
    Everything,
    /// Resources that match any of these. A server that can't evaluate a query must not serve by it.
    Where(Vec<Query>),
}

/// As in shortening: beyond this many limits they are listed without looking whether one implies another.
const MOST_COMPARED: usize = 128;

impl FhirInteraction {
    /// SMART App Launch, "Scopes for requesting FHIR Resources", the table of interactions.
    pub fn permission(self) -> Permissions {
        match self {
            FhirInteraction::Create => Permissions::CREATE,
            FhirInteraction::Read | FhirInteraction::VRead | FhirInteraction::HistoryInstance => Permissions::READ,
            FhirInteraction::Update | FhirInteraction::Patch => Permissions::UPDATE,
            FhirInteraction::Delete => Permissions::DELETE,
            FhirInteraction::Search | FhirInteraction::HistoryType => Permissions::SEARCH,
        }
    }
}

impl ScopeSet {
    /// For an interaction on the whole system the type is `*`, which only wildcards allow.
    pub fn allows(&self, level: Level, interaction: FhirInteraction, resource_type: &str) -> Access {
        let mut limits: Vec<&Query> = vec![];
        for scope in self.resources() {
            let about = scope.resource == ResourceType::Any || scope.resource.as_str() == resource_type;
            if scope.level == level && about && scope.permissions.contains(interaction.permission()) {
                limits.push(&scope.query);
            }
        }
        if limits.is_empty() {
            Access::Denied
        } else if limits.iter().any(|limit| limit.is_unlimited()) {
            Access::Everything
        } else {
            Access::Where(widest(&limits))
        }
    }
}

fn widest(limits: &[&Query]) -> Vec<Query> {
    if limits.len() > MOST_COMPARED {
        return limits.iter().copied().cloned().collect();
    }
    let mut widest: Vec<&Query> = vec![];
    for limit in limits {
        if !widest.iter().any(|kept| kept.covers(limit)) {
            widest.retain(|kept| !limit.covers(kept));
            widest.push(limit);
        }
    }
    widest.into_iter().cloned().collect()
}
