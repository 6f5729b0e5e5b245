//! `$everything` of the server behind, without what the caller could not have gathered by single requests.

use super::{Front, find, one};
use crate::answer::Answer;
use crate::caller::Interaction;
use crate::definitions::ResourceType;
use crate::everything;
use crate::problem::Problem;
use crate::read::{gone, may_read};
use crate::routes::Asked;
use crate::search::Context;
use crate::store::Store;

const MOST_RESOURCES: usize = 5000;

pub async fn of_one(
    front: &Front<'_>,
    patient: &'static ResourceType,
    id: &str,
    asked: &Asked<'_>,
) -> Result<Answer, Problem> {
    let mut held = Store::default();
    hold(front, patient, id, &mut held).await?;
    everything::of_one(&Context::new(&held, front.base, front.guard), id, asked)
}

/// Of all patients that the caller is bounded by.
pub async fn of_all(front: &Front<'_>, patient: &'static ResourceType, asked: &Asked<'_>) -> Result<Answer, Problem> {
    let permission = may_read(front.guard, Interaction::Read, patient)?;
    let Some(patients) = find::patients(&permission) else {
        return Err(Problem::new(403, "too-costly", "Every record there is cannot be judged here: name the patient."));
    };
    let mut held = Store::default();
    for id in patients {
        hold(front, patient, &id, &mut held).await?;
    }
    everything::of_all(&Context::new(&held, front.base, front.guard), asked)
}

async fn hold(front: &Front<'_>, patient: &ResourceType, id: &str, held: &mut Store) -> Result<(), Problem> {
    let current = one::seen(front, patient, id, Interaction::Read).await?;
    let now = current.now.ok_or_else(|| gone(patient, id))?;
    let found = front.upstream.gather(&format!("Patient/{id}/$everything"), MOST_RESOURCES).await?;
    if !found.complete {
        return Err(Problem::new(403, "too-costly", "This record is too large to be judged at once."));
    }
    for resource in found.resources.into_iter().filter(|resource| resource["id"].is_string()) {
        held.hold(resource);
    }
    held.hold(now);
    Ok(())
}
