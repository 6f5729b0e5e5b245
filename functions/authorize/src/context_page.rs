//! What of the record the app wants to know beside the patient: the person picks it, or goes on without. And whose records a
//! Person may open, which needs no page unless the FHIR server fails.

use crate::{
    consent_page::patient_name,
    pages::{
        context::{ContextPickerPage, ContextRow},
        picker::{Outcome, PatientPickerPage},
    },
    picker_page::reader,
    proceed,
    show::{frame, respond},
    visit::Visit,
};
use axum::response::Response;
use rules::{
    authorize::{
        context::{PickedContext, ToPick},
        interaction::Interaction,
    },
    fhir_id,
    launch::LaunchContext,
    oauth::params::Params,
};
use server::fhir::{
    context::Summary,
    patients::PatientQuery,
    people::LINK_SCOPE,
    reader::{FhirFailed, FhirReader},
};

pub async fn context_picker(visit: &Visit, wanted: &ToPick) -> Response {
    let found = recent(visit, wanted).await;
    if let Err(error) = &found {
        tracing::warn!(tenant = visit.tenant.id.as_str(), %error, kind = wanted.kind, "the FHIR server gave no context");
    }
    let (stylesheet, t) = (visit.shell().stylesheet(), visit.t);
    let things = t.find(&format!("resource_{}", wanted.kind)).unwrap_or(wanted.kind);
    let context = LaunchContext { patient: Some(wanted.patient.clone()), ..LaunchContext::default() };
    let patient_name = match &visit.interaction.user {
        Some(user) => patient_name(visit, user, &context).await,
        None => None,
    };
    let failed = found.is_err();
    let rows: Vec<ContextRow> = found.unwrap_or_default().into_iter().map(|found| row(visit, found)).collect();
    let page = ContextPickerPage {
        frame: frame(visit, &stylesheet),
        client_name: &visit.client.client_name,
        patient_name: patient_name.as_deref(),
        things,
        scope: &wanted.scope,
        action: &visit.url,
        csrf: &visit.browser.csrf(),
        rows: &rows,
        failed,
    };
    respond(visit, &page)
}

/// The answer to what was asked: one of this patient's, or none. A form for another wish, or with somebody else's
/// resource, is no answer.
pub async fn picked(visit: &Visit, wanted: &ToPick, form: &Params) -> Option<PickedContext> {
    if form.get("for") != Some(wanted.scope.as_str()) {
        return None;
    }
    if form.has("without") {
        return Some(PickedContext { scope: wanted.scope.clone(), id: None });
    }
    let id = form.get("context").filter(|id| fhir_id::is_id(id))?;
    let found = match context_reader(visit, wanted).await {
        Ok(reader) => reader.one_of(wanted.kind, id, &wanted.patient).await,
        Err(error) => Err(error),
    };
    match found {
        Ok(found) => found.map(|found| PickedContext { scope: wanted.scope.clone(), id: Some(found.id) }),
        Err(error) => {
            tracing::warn!(tenant = visit.tenant.id.as_str(), %error, "the picked context could not be read");
            None
        }
    }
}

/// Follows the Person's links and goes on; without an answer there is a page that offers to try again.
pub async fn follow_links(visit: &Visit, person: &str) -> Response {
    let found = match reader(visit, LINK_SCOPE).await {
        Ok(reader) => reader.patients_linked_to(person).await,
        Err(error) => Err(error),
    };
    match found {
        Ok(linked) => {
            let next = Interaction { linked: Some(linked), ..visit.interaction.value.clone() };
            proceed::proceed(visit, next).await
        }
        Err(error) => {
            tracing::warn!(tenant = visit.tenant.id.as_str(), %error, "the links of a Person could not be followed");
            let stylesheet = visit.shell().stylesheet();
            let page = PatientPickerPage {
                frame: frame(visit, &stylesheet),
                client_name: &visit.client.client_name,
                action: &visit.url,
                csrf: &visit.browser.csrf(),
                query: &PatientQuery::default(),
                may_search: false,
                patients: &[],
                outcome: Outcome::Failed,
                previous: None,
                next: None,
            };
            respond(visit, &page)
        }
    }
}

async fn recent(visit: &Visit, wanted: &ToPick) -> Result<Vec<Summary>, FhirFailed> {
    context_reader(visit, wanted).await?.recent(wanted.kind, &wanted.patient).await
}

async fn context_reader<'a>(visit: &'a Visit, wanted: &ToPick) -> Result<FhirReader<'a>, FhirFailed> {
    reader(visit, &format!("system/{}.rs", wanted.kind)).await
}

fn row(visit: &Visit, found: Summary) -> ContextRow {
    let t = visit.t;
    let recorded = |text: String| if text.trim().is_empty() { t.not_recorded().to_owned() } else { text };
    ContextRow {
        id: found.id,
        what: recorded(found.what),
        // The time of day is left out: it is in the record's zone, which the reader may not share.
        when: recorded(t.date(found.when.split('T').next().unwrap_or_default())),
        status: recorded(found.status),
    }
}
