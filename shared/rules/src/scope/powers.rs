//! Powers over this server itself. They are for no FHIR server: a server that is shown a token can use it, so one that is shown
//! to a FHIR server must hold none of them, and one that holds them is addressed to this server alone (RFC 8707 §2; RFC 9700
//! §2.3).

use super::{Scope, ScopeSet};

/// To ask about every client's tokens (SMART App Launch 2.2, token introspection: "an appropriately scoped" app).
pub const INTROSPECT: &str = "__introspect";
/// To hand over the context of a launch (LCTX-6).
pub const CREATE_LAUNCHES: &str = "__launch.create";

pub const POWERS: [&str; 2] = [INTROSPECT, CREATE_LAUNCHES];

impl Scope {
    pub fn is_power(&self) -> bool {
        matches!(self, Scope::Extension(name) if POWERS.contains(&name.as_str()))
    }
}

impl ScopeSet {
    /// What of it may be in a token that is addressed to this server.
    pub fn powers(&self) -> ScopeSet {
        self.without(|scope| !scope.is_power())
    }

    /// What of it may be in a token that is addressed to a FHIR server, and in any token that a person's yes stands behind: an app's
    /// user is no EHR.
    pub fn without_powers(&self) -> ScopeSet {
        self.without(Scope::is_power)
    }

    pub fn has_extension(&self, name: &str) -> bool {
        self.iter().any(|scope| matches!(scope, Scope::Extension(extension) if extension == name))
    }
}
