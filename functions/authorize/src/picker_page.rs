//! The patient picker: whose record will the app open?

use crate::{
    pages::{PatientPickerPage, PatientRow},
    show::{frame, respond},
    visit::Visit,
};
use axum::response::Response;
use shared::{
    authorize::interaction::PickedPatient,
    fhir::{self, FhirFailed, FoundPatients, PatientReader, PatientSummary},
    time::Timestamp,
    user::Reach,
};

pub async fn picker(visit: &Visit, reach: &Reach<'_>, name: &str) -> Response {
    let found = find_patients(visit, reach, name).await;
    let (found, problem) = match found {
        Ok(found) => (found, None),
        Err(error) => {
            tracing::warn!(tenant = visit.tenant.id.as_str(), %error, "the FHIR server gave no patients");
            let none = FoundPatients { patients: Vec::new(), more: false };
            (none, Some("The record system did not answer."))
        }
    };
    let rows: Vec<PatientRow> = found.patients.into_iter().map(|patient| row(patient, visit.now)).collect();
    let stylesheet = visit.shell().stylesheet();
    let page = PatientPickerPage {
        frame: frame(visit, &stylesheet),
        client_name: &visit.client.client_name,
        action: &visit.url,
        search_action: &visit.url,
        csrf: &visit.browser.csrf(),
        query: name,
        patients: &rows,
        problem,
        more: found.more,
    };
    respond(visit, &page)
}

/// A clinician searches; somebody who acts for others sees theirs and no others.
async fn find_patients(visit: &Visit, reach: &Reach<'_>, name: &str) -> Result<FoundPatients, FhirFailed> {
    let reader = reader(visit).await?;
    let Reach::Only(ids) = reach else { return reader.search(name).await };
    let mut patients = Vec::with_capacity(ids.len());
    for id in ids {
        patients.push(reader.read(id).await?);
    }
    let wanted = name.to_lowercase();
    patients.retain(|patient| patient.name.to_lowercase().contains(&wanted));
    Ok(FoundPatients { patients, more: false })
}

pub async fn reader(visit: &Visit) -> Result<PatientReader<'_>, FhirFailed> {
    let Visit { server, tenant, interaction, now, .. } = visit;
    PatientReader::new((tenant, &interaction.request.aud), &server.signer, &server.outbound, *now).await
}

fn row(patient: PatientSummary, now: Timestamp) -> PatientRow {
    let age = fhir::age(&patient.birth_date, now).map(in_years).unwrap_or_default();
    PatientRow {
        id: patient.id,
        name: patient.name,
        birth_date: patient.birth_date,
        age,
        sex: patient.sex,
        identifier: patient.identifier,
    }
}

/// With its unit: a bare 0 beside a birth date reads as a gap.
fn in_years(age: i64) -> String {
    match age {
        0 => "under 1 year".to_owned(),
        1 => "1 year".to_owned(),
        years => format!("{years} years"),
    }
}

/// The patient, if this user may open the record and the FHIR server knows it.
pub async fn pick(visit: &Visit, reach: &Reach<'_>, id: &str) -> Option<PickedPatient> {
    if !reach.includes(id) || !shared::fhir::is_id(id) {
        return None;
    }
    let found = match reader(visit).await {
        Ok(reader) => reader.read(id).await,
        Err(error) => Err(error),
    };
    match found {
        Ok(patient) => Some(PickedPatient { name: Some(patient.label()), id: patient.id }),
        Err(error) => {
            tracing::warn!(tenant = visit.tenant.id.as_str(), %error, "the picked patient could not be read");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::in_years;

    #[test]
    fn an_age_has_its_unit_and_a_baby_is_not_0() {
        assert_eq!([0, 1, 39].map(in_years), ["under 1 year", "1 year", "39 years"]);
    }
}
