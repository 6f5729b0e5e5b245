//! The patient picker: whose record will the app open?

use crate::{
    pages::picker::{Outcome, PatientPickerPage, PatientRow},
    show::{frame, respond},
    visit::Visit,
};
use axum::response::Response;
use rules::{authorize::interaction::PickedPatient, fhir_id::is_id, oauth::params::Params, time::age, user::Reach};
use server::fhir::{
    bundle::PageLink,
    patients::{FoundPatients, PatientQuery, PatientSummary},
    reader::{FhirFailed, FhirReader},
};
use url::form_urlencoded::Serializer;

pub async fn picker(visit: &Visit, reach: &Reach<'_>, params: &Params) -> Response {
    let text = |name: &str| params.get(name).unwrap_or_default().trim().to_owned();
    let query = PatientQuery { name: text("name"), birth_date: text("birthdate"), identifier: text("identifier") };
    let found = if query.has_good_date() { Some(find(visit, reach, &query, params.get("page")).await) } else { None };
    let (found, outcome) = match found {
        Some(Ok(found)) if found.is_cut => (found, Outcome::Cut),
        Some(Ok(found)) => (found, Outcome::Found),
        None => (FoundPatients::default(), Outcome::BadDate),
        Some(Err(error)) => {
            tracing::warn!(tenant = visit.tenant.id.as_str(), %error, "the FHIR server gave no patients");
            (FoundPatients::default(), Outcome::Failed)
        }
    };
    let rows: Vec<PatientRow> = found.patients.into_iter().map(|patient| row(visit, patient)).collect();
    let stylesheet = visit.shell().stylesheet();
    let page = PatientPickerPage {
        frame: frame(visit, &stylesheet),
        client_name: &visit.client.client_name,
        action: &visit.url,
        csrf: &visit.browser.csrf(),
        query: &query,
        may_search: *reach == Reach::Any,
        patients: &rows,
        outcome,
        previous: found.previous.map(|link| page_url(visit, &query, &link)),
        next: found.next.map(|link| page_url(visit, &query, &link)),
    };
    respond(visit, &page)
}

/// The patient, if this user may open the record and the FHIR server knows it.
pub async fn pick(visit: &Visit, reach: &Reach<'_>, id: &str) -> Option<PickedPatient> {
    if !reach.includes(id) || !is_id(id) {
        return None;
    }
    let found = match patient_reader(visit).await {
        Ok(reader) => reader.patient(id).await,
        Err(error) => Err(error),
    };
    match found {
        Ok(patient) => Some(PickedPatient { name: Some(visit.t.patient_label(&patient)), id: patient.id }),
        Err(error) => {
            tracing::warn!(tenant = visit.tenant.id.as_str(), %error, "the picked patient could not be read");
            None
        }
    }
}

/// A FHIR server as the picker needs it: patients, and nothing else of them.
pub async fn patient_reader(visit: &Visit) -> Result<FhirReader<'_>, FhirFailed> {
    reader(visit, "system/Patient.rs").await
}

pub async fn reader<'a>(visit: &'a Visit, scope: &str) -> Result<FhirReader<'a>, FhirFailed> {
    let server = &visit.server;
    let base = visit.interaction.request.aud.as_str();
    FhirReader::new((&visit.tenant, base), scope, (&server.signer, &server.outbound), visit.now).await
}

/// A clinician searches; somebody who acts for others sees theirs and no others.
async fn find(
    visit: &Visit,
    reach: &Reach<'_>,
    query: &PatientQuery,
    page: Option<&str>,
) -> Result<FoundPatients, FhirFailed> {
    let reader = patient_reader(visit).await?;
    match reach {
        Reach::Only(ids) => reader.patients_of(ids).await,
        // The link comes back by way of the browser: it is looked at again before our token goes there.
        Reach::Any => match page.and_then(|link| PageLink::within(&visit.interaction.request.aud, link)) {
            Some(link) => reader.patients_at(&link).await,
            None => reader.patients(query).await,
        },
    }
}

fn row(visit: &Visit, patient: PatientSummary) -> PatientRow {
    let t = visit.t;
    // With its unit: a bare 0 beside a birth date reads as a gap.
    let age = age(&patient.birth_date, visit.now).map(|years| match years {
        0 => t.age_under_one().to_owned(),
        years => t.age(years).to_string(),
    });
    let sex = t.find(&format!("sex_{}", patient.sex)).map_or_else(|| patient.sex.clone(), str::to_owned);
    PatientRow { age: age.unwrap_or_default(), sex, patient }
}

/// This page with the FHIR server's own link to another part of the result.
fn page_url(visit: &Visit, query: &PatientQuery, link: &PageLink) -> String {
    let mut url = Serializer::new(String::new());
    let given = [("name", &query.name), ("birthdate", &query.birth_date), ("identifier", &query.identifier)];
    url.extend_pairs(given.into_iter().filter(|(_, value)| !value.is_empty()));
    url.append_pair("page", link.url());
    format!("{}?{}", visit.url, url.finish())
}
