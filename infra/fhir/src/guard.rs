//! What the caller may see and change: the scopes' answer, bounded by the patient and by the user.

use serde_json::Value;

use crate::caller::{Access, Caller, Interaction, Level};
use crate::compartment;
use crate::definitions::{self, is_reference_data};
use crate::search::criterion::{Criterion, NoChains};
use crate::store::Store;

pub struct Guard<'a> {
    caller: &'a Caller,
    /// Taken once per request: a transaction cannot widen the reach of its own later entries.
    user: Reach,
}

/// How far a level goes, whatever its scopes say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    Everything,
    Patients(Vec<String>),
}

/// What a caller may do with an interaction on a resource type. Nothing, when there are no grants.
pub struct Permission {
    pub grants: Vec<Grant>,
}

pub struct Grant {
    pub reach: Reach,
    pub only: Option<Vec<Criterion>>,
    /// The same constraint as the scope writes it.
    pub asked: Option<Vec<(String, String)>>,
}

impl<'a> Guard<'a> {
    pub fn new(caller: &'a Caller, store: &Store) -> Guard<'a> {
        Guard { caller, user: reach_of_user(caller.fhir_user.as_deref(), store) }
    }

    /// The union of what the three levels allow for any of these interactions.
    pub fn permission(&self, interactions: &[Interaction], resource_type: &str) -> Permission {
        let mut grants = vec![];
        for level in [Level::Patient, Level::User, Level::System] {
            let reach = self.reach(level);
            if reach == Reach::Patients(vec![]) {
                continue;
            }
            for interaction in interactions {
                let access = (self.caller.rights)(level, *interaction, resource_type);
                grants.extend(grants_of(access, &reach, resource_type));
            }
        }
        Permission { grants }
    }

    /// Reading and searching alike: the two ways in which a resource can come before the caller's eyes.
    pub fn sight(&self, resource_type: &str) -> Permission {
        self.permission(&[Interaction::Read, Interaction::Search], resource_type)
    }

    fn reach(&self, level: Level) -> Reach {
        match level {
            Level::Patient => Reach::Patients(self.caller.patient.iter().cloned().collect()),
            Level::User => self.user.clone(),
            Level::System => Reach::Everything,
        }
    }
}

impl Permission {
    pub fn is_none(&self) -> bool {
        self.grants.is_empty()
    }

    pub fn sees(&self, resource: &Value) -> bool {
        self.grants.iter().any(|grant| grant.sees(resource))
    }

    /// A write needs this of the content before it and of the content after it.
    pub fn changes(&self, resource: &Value) -> bool {
        self.grants.iter().any(|grant| grant.changes(resource))
    }
}

impl Grant {
    fn sees(&self, resource: &Value) -> bool {
        let within = match &self.reach {
            Reach::Everything => true,
            Reach::Patients(patients) => is_reference(resource) || compartment::contains(patients, resource),
        };
        within && self.meets_constraint(resource)
    }

    fn changes(&self, resource: &Value) -> bool {
        let within = match &self.reach {
            Reach::Everything => true,
            Reach::Patients(patients) => compartment::contains_all(patients, resource),
        };
        within && self.meets_constraint(resource)
    }

    fn meets_constraint(&self, resource: &Value) -> bool {
        let Some(criteria) = &self.only else { return true };
        criteria.iter().all(|criterion| criterion.matches(resource, &NoChains))
    }
}

fn is_reference(resource: &Value) -> bool {
    resource["resourceType"].as_str().is_some_and(is_reference_data)
}

/// One grant per conjunction. A conjunction that cannot be evaluated here grants nothing.
fn grants_of(access: Access, reach: &Reach, resource_type: &str) -> Vec<Grant> {
    match access {
        Access::Denied => vec![],
        Access::Everything => vec![Grant { reach: reach.clone(), only: None, asked: None }],
        Access::Where(conjunctions) => conjunctions
            .iter()
            .filter_map(|conjunction| {
                let resource_type = definitions::resource_type(resource_type)?;
                let criteria =
                    conjunction.iter().map(|(name, value)| Criterion::constraint(resource_type, name, value));
                let only = Some(criteria.collect::<Option<Vec<_>>>()?);
                Some(Grant { reach: reach.clone(), only, asked: Some(conjunction.clone()) })
            })
            .collect(),
    }
}

/// SMART leaves the user's own rights to the server. Here staff see every record, a patient their own, a related
/// person that of their patient, and a Person those of the patients it is linked to.
fn reach_of_user(fhir_user: Option<&str>, store: &Store) -> Reach {
    let Some((resource_type, id)) = fhir_user.and_then(|user| user.split_once('/')) else {
        return Reach::Patients(vec![]);
    };
    match resource_type {
        "Practitioner" | "PractitionerRole" => Reach::Everything,
        "Patient" => Reach::Patients(vec![id.to_owned()]),
        "RelatedPerson" | "Person" => {
            let resource = store.current(resource_type, id).filter(|resource| resource["active"] != false);
            let patients = resource.iter().flat_map(|resource| compartment::patients_of(resource));
            Reach::Patients(patients.map(str::to_owned).collect())
        }
        _ => Reach::Patients(vec![]),
    }
}
