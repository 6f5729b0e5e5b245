//! Where a tenant's endpoints lie: below its id, or as Koppeltaal has it (TOP-KT-018).

use super::{Issuer, Tenant, TenantId};

/// What stands before the name of an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathForm {
    /// `/{tenant}/token`
    Own,
    /// `/api/v1/{tenant}/oauth2/token`
    Koppeltaal,
}

impl PathForm {
    pub const ALL: [PathForm; 2] = [PathForm::Own, PathForm::Koppeltaal];

    /// As a route has it.
    pub fn prefix(self) -> &'static str {
        match self {
            PathForm::Own => "/{tenant}",
            PathForm::Koppeltaal => "/api/v1/{tenant}/oauth2",
        }
    }

    /// The form of a route. Discovery below a FHIR base of Koppeltaal's is of that form too.
    pub fn of_route(route: &str) -> PathForm {
        let is_koppeltaals = route.contains("/api/v1/{tenant}/") || route.starts_with("/{tenant}/v2/");
        if is_koppeltaals { PathForm::Koppeltaal } else { PathForm::Own }
    }
}

impl Tenant {
    /// The form of its endpoints, which its issuer decides.
    pub fn path_form(&self) -> PathForm {
        match self.issuer.is_koppeltaals(&self.id) {
            true => PathForm::Koppeltaal,
            false => PathForm::Own,
        }
    }
}

impl Tenant {
    pub fn introspection_endpoint(&self) -> String {
        self.issuer.endpoint(self.policy.introspection_path.as_str())
    }
}

impl Issuer {
    fn is_koppeltaals(&self, id: &TenantId) -> bool {
        self.as_str().ends_with(&format!("/api/v1/{}/oauth2", id.as_str()))
    }
}
