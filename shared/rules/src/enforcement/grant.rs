//! What a bearer may do to a resource whose content is known: what the scopes allow, within the reach of their level.

use crate::scope::{Access, FhirInteraction, Level, Query};

/// How far a level reaches, whatever its scopes say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScopeReach {
    Everything,
    /// The records of these patients, by their ids.
    Patients(Vec<String>),
}

/// One reason to let a request through: the resource is within the reach and matches the limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeGrant {
    pub reach: ScopeReach,
    /// "A server that can't evaluate a query must not serve by it."
    pub limit: Query,
}

/// Where a resource belongs.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    pub resource_type: &'a str,
    /// The patients in whose compartments the resource is.
    pub patients: &'a [&'a str],
}

/// Types that belong to no patient's record: who and where.
const SHARED: [&str; 8] = [
    "Practitioner",
    "PractitionerRole",
    "Organization",
    "Location",
    "Endpoint",
    "HealthcareService",
    "Medication",
    "Questionnaire",
];

/// Whether a `patient/` scope that names the type may read all of its resources.
pub fn is_shared(resource_type: &str) -> bool {
    SHARED.contains(&resource_type)
}

/// What the three levels allow together, for any of these interactions on one type. No grants mean: forbidden.
pub fn grants(
    interactions: &[FhirInteraction],
    reach: impl Fn(Level) -> ScopeReach,
    allows: impl Fn(Level, FhirInteraction) -> Access,
) -> Vec<ScopeGrant> {
    let mut grants = Vec::new();
    for level in [Level::Patient, Level::User, Level::System] {
        let reach = reach(level);
        if reach == ScopeReach::Patients(Vec::new()) {
            continue;
        }
        let limits = interactions.iter().flat_map(|interaction| match allows(level, *interaction) {
            Access::Denied => Vec::new(),
            Access::Everything => vec![Query::unlimited()],
            Access::Where(limits) => limits,
        });
        grants.extend(limits.map(|limit| ScopeGrant { reach: reach.clone(), limit }));
    }
    grants
}

impl ScopeReach {
    /// Whether the bearer may see what is at this place.
    pub fn sees(&self, place: Place<'_>) -> bool {
        match self {
            ScopeReach::Everything => true,
            ScopeReach::Patients(_) => is_shared(place.resource_type) || place.patients.iter().any(|id| self.holds(id)),
        }
    }

    /// Whether the bearer may change what is at this place. A resource in the records of two patients is not for one of them
    /// to change: that would write into the record of the other.
    pub fn changes(&self, place: Place<'_>) -> bool {
        match self {
            ScopeReach::Everything => true,
            ScopeReach::Patients(_) => !place.patients.is_empty() && place.patients.iter().all(|id| self.holds(id)),
        }
    }

    /// Whether it reaches the whole record of this patient.
    pub fn holds(&self, id: &str) -> bool {
        match self {
            ScopeReach::Everything => true,
            ScopeReach::Patients(patients) => patients.iter().any(|patient| patient == id),
        }
    }
}

impl ScopeGrant {
    /// Whether it lets everything through.
    pub fn is_unlimited(&self) -> bool {
        self.reach == ScopeReach::Everything && self.limit.is_unlimited()
    }
}

#[cfg(test)]
mod tests {
    use super::{Place, ScopeGrant, ScopeReach, grants};
    use crate::scope::{FhirInteraction, Level, Query, ScopeSet};

    fn of_amy(scopes: &str, interactions: &[FhirInteraction]) -> Vec<ScopeGrant> {
        let scope = ScopeSet::parse(scopes).set;
        let reach = |level| match level {
            Level::Patient => ScopeReach::Patients(vec!["amy".to_owned()]),
            Level::User => ScopeReach::Patients(Vec::new()),
            Level::System => ScopeReach::Everything,
        };
        grants(interactions, reach, |level, interaction| scope.allows(level, interaction, "Observation"))
    }

    #[test]
    fn the_levels_add_up_each_with_its_reach() {
        let found = of_amy("patient/Observation.r system/Observation.r?category=laboratory", &[FhirInteraction::Read]);
        let patients = ScopeReach::Patients(vec!["amy".to_owned()]);
        let limit = Query::parse("category=laboratory").expect("a query");
        assert_eq!(
            found,
            [
                ScopeGrant { reach: patients, limit: Query::unlimited() },
                ScopeGrant { reach: ScopeReach::Everything, limit }
            ]
        );
        assert!(!found.iter().any(ScopeGrant::is_unlimited));
    }

    #[test]
    fn a_level_without_reach_and_another_letter_grant_nothing() {
        assert_eq!(of_amy("user/Observation.rs patient/Observation.s", &[FhirInteraction::Read]), []);
        assert_eq!(of_amy("patient/Observation.s", &[FhirInteraction::Read, FhirInteraction::Search]).len(), 1);
    }

    #[test]
    fn who_and_where_is_seen_and_not_changed() {
        let amy = ScopeReach::Patients(vec!["amy".to_owned()]);
        let practitioner = Place { resource_type: "Practitioner", patients: &[] };
        assert!(amy.sees(practitioner) && !amy.changes(practitioner));
    }

    #[test]
    fn what_is_in_two_records_is_seen_by_each_patient_and_changed_by_neither() {
        let amy = ScopeReach::Patients(vec!["amy".to_owned()]);
        let of = |patients| Place { resource_type: "Observation", patients };
        assert!(amy.sees(of(&["amy", "wei"])) && !amy.changes(of(&["amy", "wei"])));
        assert!(amy.changes(of(&["amy"])) && !amy.sees(of(&["wei"])) && !amy.sees(of(&[])));
    }
}
