//! What of the record the app wants to know at launch beside the patient: a visit, a study. An EHR says it; without one, the
//! person picks it, or goes on without.

use super::interaction::{Choosing, Interaction, PickedContext};
use crate::{
    launch::LaunchContext,
    scope::{LaunchScope, ScopeSet},
};
use serde_json::json;

/// What is to be picked next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToPick {
    pub scope: String,
    pub kind: &'static str,
    pub patient: String,
}

/// Types that FHIR R4 lets anyone search by `patient`, and that mean something to a person who picks one.
const TYPES: [&str; 12] = [
    "CarePlan",
    "Condition",
    "DiagnosticReport",
    "DocumentReference",
    "Encounter",
    "EpisodeOfCare",
    "ImagingStudy",
    "MedicationRequest",
    "Procedure",
    "QuestionnaireResponse",
    "ServiceRequest",
    "Task",
];

/// The type a launch scope asks for, if one of it can be offered: `imagingstudy` is `ImagingStudy`.
pub fn offerable(lower_case: &str) -> Option<&'static str> {
    TYPES.iter().find(|name| name.eq_ignore_ascii_case(lower_case)).copied()
}

/// Who is asked more than this gives up.
const MOST_ASKED: usize = 5;

/// Whether anything could be picked for this request, once there is a patient.
pub fn wants_any(interaction: &Interaction) -> bool {
    interaction.launch.is_none() && asks_for_any(&interaction.request.scope)
}

pub fn asks_for_any(scope: &ScopeSet) -> bool {
    scope.launch_contexts().any(|scope| kind_of(scope).is_some())
}

/// The first that nobody has answered yet. A type that can't be offered is not asked for; its scope is not granted then.
pub fn to_pick(interaction: &Interaction, choosing: &Choosing, context: &LaunchContext) -> Option<ToPick> {
    let patient = context.patient.as_ref().filter(|_| interaction.launch.is_none())?;
    let asked =
        interaction.request.scope.launch_contexts().filter_map(|scope| Some((scope.to_string(), kind_of(scope)?)));
    let mut open = asked.take(MOST_ASKED).filter(|(scope, _)| answer(choosing, scope, Some(patient)).is_none());
    open.next().map(|(scope, kind)| ToPick { scope, kind, patient: patient.clone() })
}

/// The context with what was picked: the encounter at the centre (LC-2), or an item of `fhirContext` (LC-8).
pub fn add_picked(interaction: &Interaction, choosing: &Choosing, context: &mut LaunchContext) {
    for scope in interaction.request.scope.launch_contexts() {
        let picked = answer(choosing, &scope.to_string(), context.patient.as_ref());
        let (Some(id), Some(kind)) = (picked.and_then(|picked| picked.id.as_ref()), kind_of(scope)) else { continue };
        if scope.is_main("encounter") {
            context.encounter = Some(id.clone());
            continue;
        }
        let mut item = json!({ "reference": format!("{kind}/{id}"), "type": kind });
        if let (Some(role), Some(item)) = (scope.role(), item.as_object_mut()) {
            item.insert("role".to_owned(), json!(role.uri()));
        }
        context.fhir_context.push(item);
    }
}

/// What the person answered to this scope for this patient. Whose records they may open can change on the way, and with it the
/// patient; an answer for the one before says nothing of this one.
fn answer<'a>(choosing: &'a Choosing, scope: &str, patient: Option<&String>) -> Option<&'a PickedContext> {
    choosing.picked.iter().find(|picked| picked.scope == scope && Some(&picked.patient) == patient)
}

fn kind_of(scope: &LaunchScope) -> Option<&'static str> {
    scope.resource().and_then(offerable)
}
