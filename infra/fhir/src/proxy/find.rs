//! Finding what a caller may see on the server behind: the question is narrowed to the caller's reach before it is
//! asked, so that neither counts nor pages tell of anything else.

use std::collections::BTreeSet;

use serde_json::Value;

use super::upstream::{Found, Upstream};
use crate::definitions::{ResourceType, is_reference_data};
use crate::guard::{Permission, Reach};
use crate::problem::Problem;

/// So much is read for one question of a caller who may not see everything.
pub const MOST_FOUND: usize = 2000;

/// All that these pairs find within the caller's reach. The caller's own patients, or those of a compartment search.
pub async fn within_reach(
    upstream: &Upstream,
    permission: &Permission,
    of: &'static ResourceType,
    (pairs, patient): (&[(String, String)], Option<&str>),
) -> Result<Vec<Value>, Problem> {
    let mut pairs = pairs.to_vec();
    // Of several constraints any would do, which one search cannot say.
    if let [grant] = permission.grants.as_slice() {
        pairs.extend(grant.asked.iter().flatten().cloned());
    }
    let patients = patient.map(|patient| vec![patient.to_owned()]).or_else(|| patients(permission));
    let mut all = vec![];
    let mut known = BTreeSet::new();
    for narrowed in narrowings(of, patients.as_deref(), patient.is_some()) {
        let pairs: Vec<_> = pairs.iter().cloned().chain(narrowed).collect();
        let found = upstream.search(of, &pairs, MOST_FOUND).await?;
        if !found.complete {
            return Err(too_many());
        }
        all.extend(matches(found, of).filter(|resource| known.insert(resource["id"].to_string())));
    }
    all.retain(|resource| permission.sees(resource));
    Ok(all)
}

/// A search with no limits but its own; `most` is how far it is read.
pub async fn unlimited(
    upstream: &Upstream,
    of: &'static ResourceType,
    pairs: &[(String, String)],
    most: usize,
) -> Result<(Vec<Value>, Option<usize>), Problem> {
    let found = upstream.search(of, pairs, most).await?;
    let total = found.total;
    Ok((matches(found, of).collect(), total))
}

fn matches(found: Found, of: &'static ResourceType) -> impl Iterator<Item = Value> {
    found.resources.into_iter().filter(|resource| resource["resourceType"] == of.name && resource["id"].is_string())
}

/// The patients that every grant is bounded by; nothing, when one is not.
pub fn patients(permission: &Permission) -> Option<Vec<String>> {
    let mut all = BTreeSet::new();
    for grant in &permission.grants {
        match &grant.reach {
            Reach::Everything => return None,
            Reach::Patients(patients) => all.extend(patients.iter().cloned()),
        }
    }
    Some(all.into_iter().collect())
}

/// One search for each parameter that can put a resource into a compartment.
fn narrowings(of: &ResourceType, patients: Option<&[String]>, in_compartment: bool) -> Vec<Option<(String, String)>> {
    let Some(patients) = patients else { return vec![None] };
    if of.name == "Patient" {
        return vec![Some(("_id".to_owned(), patients.join(",")))];
    }
    if (is_reference_data(of.name) && !in_compartment)
        || (!of.compartment.is_empty() && of.compartment_parameters.is_empty())
    {
        return vec![None];
    }
    let references = patients.iter().map(|id| format!("Patient/{id}")).collect::<Vec<_>>().join(",");
    of.compartment_parameters.iter().map(|name| Some(((*name).to_owned(), references.clone()))).collect()
}

fn too_many() -> Problem {
    let text = format!("More than {MOST_FOUND} resources would have to be judged for this: ask for less.");
    Problem::new(403, "too-costly", text)
}
