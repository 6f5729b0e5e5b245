//! Which FHIR servers a brand and its portals stand for, and where a tenant's bundle is.

use crate::tenant::{
    FhirServer, Tenant,
    user_access::{Brand, Identifier, Portal},
};

/// Those that the brand names; else all, unless another brand gives its people access.
pub fn servers_of<'t>(brand: &Brand, all: &'t [FhirServer]) -> Vec<&'t FhirServer> {
    match (&brand.fhir_servers, &brand.part_of) {
        (Some(names), _) => named(all, names),
        (None, None) => all.iter().collect(),
        (None, Some(_)) => Vec::new(),
    }
}

/// Those that the portal names; else all of its brand.
pub fn servers_of_portal<'t>(portal: &Portal, brand: &Brand, all: &'t [FhirServer]) -> Vec<&'t FhirServer> {
    match &portal.fhir_servers {
        Some(names) => named(all, names),
        None => servers_of(brand, all),
    }
}

fn named<'t>(all: &'t [FhirServer], names: &[String]) -> Vec<&'t FhirServer> {
    all.iter().filter(|server| names.contains(&server.name)).collect()
}

/// Where a tenant's own bundle lies, and by which identifier its primary brand is known there. A policy may name a bundle elsewhere.
pub fn hosted(tenant: &Tenant) -> Option<(String, Option<&Identifier>)> {
    let access = tenant.user_access.as_ref().filter(|_| tenant.policy.brand_bundle.is_none())?;
    let primary = match access.brands.as_slice() {
        [only] => only.identifiers.first(),
        _ => None,
    };
    Some((tenant.issuer.endpoint("brands.json"), primary))
}
