//! Whether the person whom a provider has signed in is the one whom the portal launched (HTI-10, HTI-11).

use super::HtiLaunch;
use crate::{
    identity_provider::{
        FhirUserFrom, IdentityProvider, PatientsFrom,
        lookup::{confirm, has_identifier},
        mapping::{At, NotMapped, Wanted, map},
    },
    user::FhirUserType,
};
use serde_json::Value;

/// What the provider's claims say of the person, by the identifier that the tenant lists for their kind, or else as the provider is
/// configured.
pub fn claimed(
    launch: &HtiLaunch,
    provider: &IdentityProvider,
    at: At<'_>,
    claims: &Value,
) -> Result<Wanted, NotMapped> {
    if provider.id != launch.way.provider {
        return Err(NotMapped("another identity provider answered than the one of the launch".into()));
    }
    let fhir_user = match &launch.way.identifier {
        Some(identifier) => FhirUserFrom::Identifier(identifier.clone()),
        None => provider.fhir_user.clone(),
    };
    let provider = IdentityProvider { fhir_user, patients: PatientsFrom::Nothing, ..provider.clone() };
    Ok(map(&provider, at, claims)?.fhir_user)
}

/// Holds that against the very resource that the portal named, and no other that may have the same identifier. `base` is the FHIR
/// server's.
pub fn is_them(resource: &Value, launch: &HtiLaunch, claimed: &Wanted, base: &str) -> Result<(), NotMapped> {
    confirm(resource, &launch.person)?;
    let same = match claimed {
        Wanted::Nothing => return Err(NotMapped("no claim says who this is".into())),
        Wanted::Named(person) => *person == launch.person,
        Wanted::ToFind(search) => has_identifier(resource, search),
    };
    if !same {
        return Err(NotMapped("somebody else signed in than the portal launched".into()));
    }
    let related = launch.person.resource == FhirUserType::RelatedPerson;
    if related && !names(&resource["patient"], launch.context.patient.as_deref(), base) {
        return Err(NotMapped("the RelatedPerson is another patient's".into()));
    }
    Ok(())
}

/// Whether a reference is to this resource of the same server.
fn names(reference: &Value, expected: Option<&str>, base: &str) -> bool {
    let Some(text) = reference["reference"].as_str() else { return false };
    let below = text.strip_prefix(base.trim_end_matches('/')).and_then(|rest| rest.strip_prefix('/'));
    Some(below.unwrap_or(text)) == expected
}
