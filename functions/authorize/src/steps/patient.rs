//! The patient picker: whose record will the app open?

use crate::{
    audit,
    interaction::{fact::Fact, visit::Visit},
    pages::picker::{Outcome, PatientPickerPage, PatientRow},
};
use rules::{authorize::interaction::PickedPatient, fhir_id::is_id, oauth::params::Params, time::age, user::Reach};
use server::{
    fhir::{
        FhirFailed,
        bundle::PageLink,
        patients::{FoundPatients, PatientQuery, PatientSummary},
    },
    http::answer::Answer,
};
use url::form_urlencoded::Serializer;

/// What the picker needs of a FHIR server: patients, and nothing else of them.
pub const PATIENTS: &str = "system/Patient.rs";

pub async fn page(visit: &Visit, reach: &Reach<'_>, query: Option<&str>) -> Answer {
    let params = Params::parse(query.unwrap_or_default().as_bytes()).unwrap_or_default();
    let text = |name: &str| params.get(name).unwrap_or_default().trim().to_owned();
    let query = PatientQuery { name: text("name"), birth_date: text("birthdate"), identifier: text("identifier") };
    let by = searched_by(reach, &query, params.get("page"));
    let found = if query.has_good_date() { Some(find(visit, reach, &query, params.get("page")).await) } else { None };
    let shown = |found: &FoundPatients| found.patients.iter().map(|patient| patient.id.clone()).collect();
    // A date that can't be is asked of nobody.
    let record = found.as_ref().map(|found| audit::searched(visit, &by, found.as_ref().ok().map(shown)));
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
    let stylesheet = visit.context().stylesheet();
    let page = PatientPickerPage {
        frame: visit.frame(&stylesheet),
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
    Answer::undecided(visit.respond(&page)).after(record.into_iter().collect())
}

/// For the audit trail, which holds nobody's name: which fields of the form said something.
fn searched_by(reach: &Reach<'_>, query: &PatientQuery, page: Option<&str>) -> String {
    if *reach != Reach::Any {
        return "those whom the person acts for".to_owned();
    }
    let fields = [("name", &query.name), ("birthdate", &query.birth_date), ("identifier", &query.identifier)];
    let mut said: Vec<&str> = fields.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, _)| name).collect();
    said.extend(page.map(|_| "page"));
    if said.is_empty() { "nothing".to_owned() } else { said.join(" ") }
}

pub async fn take(visit: &Visit, reach: &Reach<'_>, form: &Params) -> Fact {
    match form.get("patient") {
        Some(id) => {
            let picked = pick(visit, reach, id).await;
            Fact::choice(visit, |choosing| choosing.patient = picked)
        }
        None => Fact::nothing(visit),
    }
}

/// The patient, if this user may open the record and the FHIR server knows it.
async fn pick(visit: &Visit, reach: &Reach<'_>, id: &str) -> Option<PickedPatient> {
    if !reach.includes(id) || !is_id(id) {
        return None;
    }
    let found = match visit.fhir_reader(PATIENTS).await {
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

/// A clinician searches; somebody who acts for others sees theirs and no others.
async fn find(
    visit: &Visit,
    reach: &Reach<'_>,
    query: &PatientQuery,
    page: Option<&str>,
) -> Result<FoundPatients, FhirFailed> {
    let reader = visit.fhir_reader(PATIENTS).await?;
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
