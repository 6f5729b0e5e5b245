//! What of the record the app wants to know beside the patient: the person picks it, or goes on without.

use super::patient_name::named_patient;
use crate::{
    interaction::{fact::Fact, visit::Visit},
    pages::context::{ContextPickerPage, ContextRow},
};
use axum::response::Response;
use rules::{
    authorize::{context::ToPick, interaction::PickedContext},
    fhir_id,
    oauth::params::Params,
};
use server::fhir::{FhirFailed, context::Summary, reader::FhirReader};

pub async fn page(visit: &Visit, wanted: &ToPick) -> Response {
    let patient = named_patient(visit, &wanted.patient).await;
    let found = recent(visit, wanted).await;
    if let Err(error) = &found {
        tracing::warn!(tenant = visit.tenant.id.as_str(), %error, kind = wanted.kind, "the FHIR server gave no context");
    }
    let (stylesheet, t) = (visit.context().stylesheet(), visit.t);
    let things = t.find(&format!("resource_{}", wanted.kind)).unwrap_or(wanted.kind);
    let failed = found.is_err();
    let rows: Vec<ContextRow> = found.unwrap_or_default().into_iter().map(|found| row(visit, found)).collect();
    let page = ContextPickerPage {
        frame: visit.frame(&stylesheet),
        client_name: visit.client.known_as(),
        patient: &patient,
        things,
        scope: &wanted.scope,
        action: &visit.url,
        csrf: &visit.browser.csrf(),
        rows: &rows,
        failed,
    };
    visit.respond(&page)
}

pub async fn take(visit: &Visit, wanted: &ToPick, form: &Params) -> Fact {
    let picked = picked(visit, wanted, form).await;
    Fact::choice(visit, |choosing| choosing.picked.extend(picked))
}

/// The answer to what was asked: one of this patient's, or none. A form for another wish, or with somebody else's
/// resource, is no answer.
async fn picked(visit: &Visit, wanted: &ToPick, form: &Params) -> Option<PickedContext> {
    if form.get("for") != Some(wanted.scope.as_str()) {
        return None;
    }
    let answer = |id| PickedContext { scope: wanted.scope.clone(), patient: wanted.patient.clone(), id };
    if form.has("without") {
        return Some(answer(None));
    }
    let id = form.get("context").filter(|id| fhir_id::is_id(id))?;
    let found = match context_reader(visit, wanted).await {
        Ok(reader) => reader.one_of(wanted.kind, id, &wanted.patient).await,
        Err(error) => Err(error),
    };
    match found {
        Ok(found) => found.map(|found| answer(Some(found.id))),
        Err(error) => {
            tracing::warn!(tenant = visit.tenant.id.as_str(), %error, "the picked context could not be read");
            None
        }
    }
}

async fn recent(visit: &Visit, wanted: &ToPick) -> Result<Vec<Summary>, FhirFailed> {
    context_reader(visit, wanted).await?.recent(wanted.kind, &wanted.patient).await
}

async fn context_reader<'a>(visit: &'a Visit, wanted: &ToPick) -> Result<FhirReader<'a>, FhirFailed> {
    visit.fhir_reader(&format!("system/{}.rs", wanted.kind)).await
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
