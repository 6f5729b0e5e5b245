//! The caller, as the bearer token describes it. The code that builds a `Caller` has checked the token; this crate never sees
//! one.

use rules::scope::{Access, FhirInteraction, Level, ScopeSet};

/// What the scopes of one level allow for an interaction on a resource type.
pub type Rights = Box<dyn Fn(Level, FhirInteraction, &str) -> Access + Send + Sync>;

pub struct Caller {
    /// The patient in context, a bare id.
    pub patient: Option<String>,
    /// The user's own resource, `Practitioner/hannah-patel`.
    pub fhir_user: Option<String>,
    pub rights: Rights,
}

/// The rights of a token's scopes.
pub fn rights_of(scope: ScopeSet) -> Rights {
    Box::new(move |level, interaction, resource_type| scope.allows(level, interaction, resource_type))
}
