//! `GET /{tenant}/authorize/{interaction}`: the page of the next step. Looking changes nothing, so reloading is harmless.

use crate::{
    pages::{
        ConsentGroup, ConsentItem, ConsentPage, DonePage, Frame, PatientPickerPage, PatientRow, SignInPage,
        session::ChooseAccountPage,
    },
    proceed, provider,
    visit::Visit,
};
use axum::{
    extract::{Path, State},
    http::{HeaderMap, Uri},
    response::{IntoResponse, Response},
};
use shared::{
    authorize::{
        interaction::SignedIn,
        next_step::{NextStep, is_choice, next_step},
    },
    fhir::{self, FhirFailed, FoundPatients, PatientReader, PatientSummary},
    oauth::params::Params,
    scope::{Scope, ScopeSet},
    server::Server,
    time::Timestamp,
    user::Reach,
};
use std::sync::Arc;

pub async fn page(
    State(server): State<Arc<Server>>,
    Path((tenant, id)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let visit = match Visit::find(server, (&tenant, &id), &headers).await {
        Ok(visit) => visit,
        Err(error) => return error.into_response(),
    };
    if visit.interaction.finished {
        return done(&visit);
    }
    match next_step(&visit.interaction) {
        NextStep::LogIn => provider::ways_in(&visit, uri.query()).await,
        NextStep::ChooseAccount(candidate) => choose_account(&visit, candidate),
        NextStep::PickPatient(reach) => {
            let query = Params::parse(uri.query().unwrap_or_default().as_bytes()).unwrap_or_default();
            picker(&visit, &reach, query.get("name").unwrap_or_default()).await
        }
        NextStep::AskConsent { user, offered } => consent(&visit, user, &offered).await,
        // A step without a page; the way on is the same as after a POST.
        NextStep::Finish(_) | NextStep::Refuse(_) => proceed::proceed(&visit, visit.interaction.value.clone()).await,
    }
}

pub fn done(visit: &Visit) -> Response {
    let stylesheet = visit.shell().stylesheet();
    let page = DonePage { frame: frame(visit, &stylesheet), client_name: &visit.client.client_name };
    visit.shell().page(&page, None)
}

fn frame<'a>(visit: &'a Visit, stylesheet: &'a str) -> Frame<'a> {
    Frame { tenant_name: &visit.tenant.name, stylesheet, lang: "en" }
}

pub fn sign_in(visit: &Visit) -> Response {
    let stylesheet = visit.shell().stylesheet();
    let page = SignInPage {
        frame: frame(visit, &stylesheet),
        client_name: &visit.client.client_name,
        action: &visit.url,
        csrf: &visit.browser.csrf(),
        username: visit.interaction.request.login_hint.as_deref().unwrap_or_default(),
        failed: visit.interaction.failed_sign_ins > 0,
        notice: None,
    };
    respond(visit, &page)
}

fn choose_account(visit: &Visit, candidate: &SignedIn) -> Response {
    let stylesheet = visit.shell().stylesheet();
    let page = ChooseAccountPage {
        frame: frame(visit, &stylesheet),
        client_name: &visit.client.client_name,
        user_name: &candidate.name,
        action: &visit.url,
        csrf: &visit.browser.csrf(),
    };
    respond(visit, &page)
}

async fn picker(visit: &Visit, reach: &Reach<'_>, name: &str) -> Response {
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

async fn consent(visit: &Visit, user: &SignedIn, offered: &ScopeSet) -> Response {
    let patient_name = patient_name(visit, user).await;
    let groups = groups(visit, offered);
    let (client, stylesheet) = (&visit.client, visit.shell().stylesheet());
    let offline = offered.iter().find(|scope| matches!(scope, Scope::OfflineAccess | Scope::OnlineAccess));
    let always: Vec<String> =
        offered.iter().filter(|scope| !is_choice(scope)).map(|scope| scope.words().title).collect();
    let page = ConsentPage {
        frame: frame(visit, &stylesheet),
        client_name: &client.client_name,
        client_uri: client.client_uri.as_deref(),
        client_verified: client.verified,
        user_name: &user.name,
        patient_name: patient_name.as_deref(),
        action: &visit.url,
        csrf: &visit.browser.csrf(),
        groups: &groups,
        offline: offline.map(|scope| item(visit, scope)),
        always: &always,
        redirect_host: redirect_host(&visit.interaction.request.redirect.redirect_uri),
    };
    respond(visit, &page)
}

/// Whose record it is: the picked one, the user's own, or the one the EHR launched, read from the FHIR server.
async fn patient_name(visit: &Visit, user: &SignedIn) -> Option<String> {
    if let Some(picked) = &visit.interaction.patient {
        return picked.name.clone();
    }
    let launched = visit.interaction.launch.as_ref().and_then(|launch| launch.context.patient.as_deref());
    let own = user.fhir_user.as_ref().map(|reference| reference.id.as_str());
    let only = match shared::user::reach(user.fhir_user.as_ref(), &user.patients) {
        Reach::Only(patients) if launched.is_none() => patients.first().copied(),
        _ => None,
    };
    let id = launched.or(only)?;
    if Some(id) == own {
        return Some(user.name.clone());
    }
    // Without the name the page still says what is asked; it must not fail because the record system is slow.
    match reader(visit).await {
        Ok(reader) => reader.read(id).await.ok().map(|patient| patient.label()),
        Err(_) => None,
    }
}

fn groups(visit: &Visit, offered: &ScopeSet) -> Vec<ConsentGroup> {
    let mut about_you = Vec::new();
    let mut records = Vec::new();
    let mut others = Vec::new();
    for scope in offered.iter().filter(|scope| is_choice(scope)) {
        match scope {
            Scope::OfflineAccess | Scope::OnlineAccess => {}
            Scope::OpenId | Scope::FhirUser | Scope::Profile => about_you.push(item(visit, scope)),
            Scope::Resource(_) => records.push(item(visit, scope)),
            Scope::Launch(_) | Scope::Extension(_) => others.push(item(visit, scope)),
        }
    }
    let group = |heading: &str, items| ConsentGroup { heading: heading.to_owned(), items };
    let groups = [group("Health records", records), group("About you", about_you), group("Other", others)];
    groups.into_iter().filter(|group| !group.items.is_empty()).collect()
}

fn item(visit: &Visit, scope: &Scope) -> ConsentItem {
    let words = scope.words();
    ConsentItem {
        value: scope.to_string(),
        title: words.title,
        explanation: words.explanation,
        checked: true,
        required: visit.client.required_scope.iter().any(|required| required == scope),
    }
}

fn redirect_host(redirect_uri: &str) -> &str {
    let rest = redirect_uri.split_once("://").map_or(redirect_uri, |(_, rest)| rest);
    rest.split(['/', '?']).next().unwrap_or(rest)
}

fn respond(visit: &Visit, page: &impl askama::Template) -> Response {
    visit.shell().page(page, Some(&visit.interaction.request.redirect.redirect_uri))
}

#[cfg(test)]
mod tests {
    use super::in_years;

    #[test]
    fn an_age_has_its_unit_and_a_baby_is_not_0() {
        assert_eq!([0, 1, 39].map(in_years), ["under 1 year", "1 year", "39 years"]);
    }
}
