//! What the caller may see and change: the grants of its scopes, judged on the content of resources.

use rules::enforcement::{Grant, Need, Place, Reach, grants};
use rules::fhir_id::is_id;
use rules::scope::{Interaction, Level, Parameter};
use serde_json::Value;

use crate::caller::Caller;
use crate::compartment;
use crate::definitions;
use crate::problem::Problem;
use crate::search::criterion::{Criterion, NoChains};

pub struct Guard<'a> {
    caller: &'a Caller,
    /// Taken once per request: a transaction cannot widen the reach of its own later entries.
    user: Reach,
}

/// What a caller may do with an interaction on a resource type. Nothing, when there are no grants.
pub struct Permission {
    grants: Vec<Judge>,
}

/// A grant whose limit can be judged here.
struct Judge {
    grant: Grant,
    limit: Vec<Criterion>,
}

impl<'a> Guard<'a> {
    /// `own` is the resource that [`decisive_user`] names.
    pub fn new(caller: &'a Caller, own: Option<&Value>) -> Guard<'a> {
        Guard { caller, user: reach_of_user(caller, own) }
    }

    /// What the three levels together allow for any of these interactions.
    pub fn permission(&self, interactions: &[Interaction], resource_type: &str) -> Permission {
        let allows = |level, interaction| (self.caller.rights)(level, interaction, resource_type);
        let grants = grants(interactions, |level| self.reach(level), allows);
        Permission { grants: grants.into_iter().filter_map(|grant| Judge::of(grant, resource_type)).collect() }
    }

    /// The permission, if there is one; otherwise what is forbidden.
    pub fn permits(&self, interaction: Interaction, resource_type: &str) -> Result<Permission, Problem> {
        let permission = self.permission(&[interaction], resource_type);
        if permission.is_none() {
            let what = match interaction {
                Interaction::Create => "to create",
                Interaction::Read | Interaction::VRead | Interaction::HistoryInstance => "to read",
                Interaction::Update | Interaction::Patch => "to update",
                Interaction::Delete => "to delete",
                Interaction::Search => "to search",
                Interaction::HistoryType => "the history of",
            };
            return Err(Problem::forbidden(format!("The access token does not allow {what} {resource_type}.")));
        }
        Ok(permission)
    }

    /// Whether there is a permission for all that a request needs.
    pub fn meets(&self, need: &Need) -> Result<(), Problem> {
        let all = need.types.iter().flat_map(|of| need.interactions.iter().map(move |interaction| (*interaction, of)));
        all.map(|(interaction, of)| self.permits(interaction, of)).try_for_each(|permission| permission.map(drop))
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
    pub fn grants(&self) -> impl Iterator<Item = &Grant> {
        self.grants.iter().map(|judge| &judge.grant)
    }

    pub fn is_none(&self) -> bool {
        self.grants.is_empty()
    }

    pub fn sees(&self, resource: &Value) -> bool {
        self.has(resource, Reach::sees)
    }

    /// A write needs this of the content before it and of the content after it.
    pub fn changes(&self, resource: &Value) -> bool {
        self.has(resource, Reach::changes)
    }

    fn has(&self, resource: &Value, reaches: fn(&Reach, Place<'_>) -> bool) -> bool {
        let resource_type = resource["resourceType"].as_str().unwrap_or_default();
        let place = Place { resource_type, patients: &compartment::patients_of(resource) };
        self.grants.iter().any(|judge| reaches(&judge.grant.reach, place) && judge.meets_limit(resource))
    }
}

impl Judge {
    /// Nothing, when the limit has a parameter that cannot be evaluated here.
    fn of(grant: Grant, resource_type: &str) -> Option<Judge> {
        let criterion = |parameter: &Parameter| {
            Criterion::constraint(definitions::resource_type(resource_type)?, &parameter.key(), parameter.value())
        };
        let limit = grant.limit.parameters().iter().map(criterion).collect::<Option<Vec<_>>>()?;
        Some(Judge { grant, limit })
    }

    fn meets_limit(&self, resource: &Value) -> bool {
        self.limit.iter().all(|criterion| criterion.matches(resource, &NoChains))
    }
}

/// Type and id of the user's own resource, if it decides how far `user/` reaches.
pub fn decisive_user(caller: &Caller) -> Option<(&str, &str)> {
    let (resource_type, id) = caller.fhir_user.as_deref()?.split_once('/')?;
    (["RelatedPerson", "Person"].contains(&resource_type) && is_id(id)).then_some((resource_type, id))
}

/// SMART leaves the user's own rights to the server. Here staff see every record, a patient their own, a related person that of
/// their patient, and a Person those of the patients it is linked to.
fn reach_of_user(caller: &Caller, own: Option<&Value>) -> Reach {
    let patients = match caller.fhir_user.as_deref().and_then(|user| user.split_once('/')) {
        Some(("Practitioner" | "PractitionerRole", _)) => return Reach::Everything,
        Some(("Patient", id)) => vec![id],
        Some(_) => own.filter(|own| own["active"] != false).map(compartment::patients_of).unwrap_or_default(),
        None => vec![],
    };
    Reach::Patients(patients.into_iter().map(str::to_owned).collect())
}
