//! Whether a token's scopes meet what a request needs, and by which of its levels.

use super::{FhirRequest, Need, Whose};
use crate::scope::{Access, FhirInteraction, Level, Query, ScopeSet};

/// What a token says of its bearer.
#[derive(Clone, Copy, Debug)]
pub struct Bearer<'a> {
    pub scope: &'a ScopeSet,
    /// The patient in context, a bare id.
    pub patient: Option<&'a str>,
    /// Whether a person stands behind it.
    pub is_user: bool,
}

/// The levels whose scopes allow it by themselves: the FHIR server bounds `patient` by the compartment and `user` by what that
/// person may. None: it is forbidden.
pub fn levels(bearer: &Bearer<'_>, need: &Need, request: &FhirRequest<'_>) -> Vec<Level> {
    [Level::Patient, Level::User, Level::System]
        .into_iter()
        .filter(|level| reaches(bearer, *level, need, request) && allows(bearer.scope, *level, need, request))
        .collect()
}

fn reaches(bearer: &Bearer<'_>, level: Level, need: &Need, request: &FhirRequest<'_>) -> bool {
    match level {
        Level::System => true,
        Level::User => bearer.is_user,
        Level::Patient => bearer.patient.is_some_and(|own| {
            let by_path = match &need.whose {
                Whose::Unknown => true,
                Whose::Patient(id) => id == own,
                Whose::Anybody => false,
            };
            by_path && asks_only_about(own, need, request)
        }),
    }
}

/// A search that names another patient is not for this token, whatever it would find.
fn asks_only_about(own: &str, need: &Need, request: &FhirRequest<'_>) -> bool {
    let of_patients = need.types.iter().any(|kind| kind == "Patient");
    let names_patients = |name: &str| match name {
        "patient" | "subject" | "patient:Patient" | "subject:Patient" => true,
        "_id" => of_patients && need.interactions.contains(&FhirInteraction::Search),
        _ => false,
    };
    let condition = request.condition();
    let named = request.query.iter().chain(&condition).filter(|(name, _)| names_patients(name));
    named.flat_map(|(_, value)| value.split(',')).all(|reference| {
        let (kind, id) = reference.rsplit_once('/').unwrap_or(("Patient", reference));
        !(kind == "Patient" || kind.ends_with("/Patient")) || id == own
    })
}

fn allows(scope: &ScopeSet, level: Level, need: &Need, request: &FhirRequest<'_>) -> bool {
    let keeps = |limit: &Query| request.if_none_exist.is_none() && limit.is_kept_by(request.query);
    let brings = |kind: &String| scope.allows(level, FhirInteraction::Read, kind) == Access::Everything;
    need.included.iter().all(brings)
        && need.types.iter().all(|kind| {
            need.interactions.iter().all(|interaction| match scope.allows(level, *interaction, kind) {
                Access::Everything => true,
                Access::Denied => false,
                // Only a search says by itself what it will find. "A server that can't evaluate a query must not serve by it".
                Access::Where(limits) => *interaction == FhirInteraction::Search && limits.iter().any(keeps),
            })
        })
}
