//! What a tenant offers in the launcher, and the default of each choice.

use super::choice::{Choice, LATEST, LaunchType, NONE, OWN};
use crate::{sample_app, simulate::Problem, tenant::LocalTenant};
use rules::{
    client::Client,
    tenant::GrantType,
    time::{Timestamp, age},
    user::{Reach, User, reach},
};
use serde_json::Value;

pub struct Offer<'a> {
    pub tenant: &'a LocalTenant,
    pub launch_type: LaunchType,
    pub apps: Vec<App>,
    pub people: Vec<Person>,
    pub patients: Vec<Record>,
    /// Of the patients who have any.
    pub encounters: Vec<PatientEncounters>,
}

pub struct App {
    pub client_id: String,
    pub name: String,
    pub kind: &'static str,
    pub launch_url: String,
}

/// Somebody who can sign in.
pub struct Person {
    pub username: String,
    pub password: String,
    pub name: String,
    pub role: &'static str,
    /// The records that the person may open, if not any.
    pub patients: Vec<String>,
}

#[derive(Clone)]
pub struct Record {
    pub id: String,
    pub label: String,
}

pub struct PatientEncounters {
    pub patient: Record,
    /// The latest first.
    pub encounters: Vec<Record>,
}

impl<'a> Offer<'a> {
    pub async fn of(tenant: &'a LocalTenant, choice: &Choice, now: Timestamp) -> Offer<'a> {
        let launch_type = possible_type(tenant, choice);
        let patients = resources(tenant, "Patient").await;
        let patients: Vec<Record> = patients.iter().map(|patient| patient_record(patient, now)).collect();
        let all = resources(tenant, "Encounter").await;
        let encounters = patients.iter().map(|patient| PatientEncounters {
            patient: patient.clone(),
            encounters: encounters_of(&all, &patient.id),
        });
        Offer {
            tenant,
            launch_type,
            apps: apps(tenant, launch_type),
            people: people(tenant, launch_type),
            encounters: encounters.filter(|of_patient| !of_patient.encounters.is_empty()).collect(),
            patients,
        }
    }

    /// The choice with everything in it that has a sensible answer: one click on Launch must do.
    pub fn complete(&self, choice: &Choice) -> Choice {
        let mut full = choice.clone();
        full.tenant = self.tenant.file.id().to_owned();
        full.launch_type = Some(self.launch_type);
        let or = |given: &str, default: Option<String>| match given {
            "" => default.unwrap_or_default(),
            given => given.to_owned(),
        };
        if full.launch_url.is_empty() {
            full.app = or(&choice.app, self.usual_app());
        }
        if self.launch_type != LaunchType::Backend {
            full.user = or(&choice.user, self.people.first().map(|person| person.username.clone()));
        }
        if self.launch_type.is_ehr() {
            full.patient = or(&choice.patient, self.usual_patient());
            let usual = if self.launch_type == LaunchType::ProviderEhr { LATEST } else { NONE };
            full.encounter = or(&choice.encounter, Some(usual.to_owned()));
        }
        full
    }

    /// Those who match every word of the search, in name or id.
    pub fn matching(&self, find: &str) -> Vec<&Record> {
        let words: Vec<String> = find.split([' ', ',']).map(str::to_lowercase).collect();
        let has_all = |record: &&Record| {
            let text = format!("{} {}", record.label, record.id).to_lowercase();
            words.iter().all(|word| text.contains(word.as_str()))
        };
        self.patients.iter().filter(has_all).collect()
    }

    /// The sample app if it is there.
    fn usual_app(&self) -> Option<String> {
        let sample = self.apps.iter().find(|app| app.client_id == sample_app::CLIENT_ID);
        sample.or(self.apps.first()).map(|app| app.client_id.clone())
    }

    /// The user's own in the portal; anyone in the EHR.
    fn usual_patient(&self) -> Option<String> {
        match self.launch_type {
            LaunchType::PatientPortal => Some(OWN.to_owned()),
            _ => self.patients.first().map(|patient| patient.id.clone()),
        }
    }

    /// What can be made to go wrong, if the tenant's file allows it.
    pub fn problems(&self) -> impl Iterator<Item = Problem> {
        let (allowed, backend) = (self.tenant.simulated.is_some(), self.launch_type == LaunchType::Backend);
        Problem::ALL.into_iter().filter(move |problem| allowed && (!backend || problem.is_for_backends()))
    }

    /// The patient's id, whichever way it was chosen.
    pub fn patient(&self, choice: &Choice) -> Option<String> {
        match choice.patient.as_str() {
            "" | NONE => None,
            OWN => {
                let person = self.people.iter().find(|person| person.username == choice.user);
                person.or(self.people.first())?.patients.first().cloned()
            }
            id => Some(id.to_owned()),
        }
    }

    /// The encounter's id, whichever way it was chosen.
    pub fn encounter(&self, choice: &Choice) -> Option<String> {
        match choice.encounter.as_str() {
            "" | NONE => None,
            LATEST => {
                let patient = self.patient(choice)?;
                let of_patient = self.encounters.iter().find(|of_patient| of_patient.patient.id == patient)?;
                of_patient.encounters.first().map(|encounter| encounter.id.clone())
            }
            id => Some(id.to_owned()),
        }
    }
}

/// The type that was chosen, if something can be launched so: some app of the tenant, or whatever has the launch URL. Otherwise the
/// same people's other launch, or the usual one of the app that was chosen.
fn possible_type(tenant: &LocalTenant, choice: &Choice) -> LaunchType {
    let possible = possible_types(tenant);
    let of_app = || {
        let client = tenant.clients().into_iter().find(|client| client.client_id == choice.app)?;
        let usual = usual_type(tenant);
        let fitting = LaunchType::ALL.into_iter().filter(|launch_type| fits(&client, *launch_type));
        fitting.clone().find(|launch_type| *launch_type == usual).or_else(|| fitting.min())
    };
    match choice.launch_type {
        Some(chosen) if possible.contains(&chosen) || !choice.launch_url.is_empty() => chosen,
        Some(chosen) => {
            chosen.sibling().filter(|sibling| possible.contains(sibling)).unwrap_or_else(|| usual_type(tenant))
        }
        None => of_app().unwrap_or_else(|| usual_type(tenant)),
    }
}

/// From the EHR where some app can be launched so; patients on their own otherwise.
fn usual_type(tenant: &LocalTenant) -> LaunchType {
    let possible = possible_types(tenant);
    let first = possible.iter().find(|possible| possible.is_ehr() || possible.is_for_patients());
    first.or(possible.first()).copied().unwrap_or_default()
}

/// The kinds of launch that some app of the tenant is registered for.
pub fn possible_types(tenant: &LocalTenant) -> Vec<LaunchType> {
    let clients = tenant.clients();
    LaunchType::ALL.into_iter().filter(|launch_type| clients.iter().any(|client| fits(client, *launch_type))).collect()
}

fn fits(client: &Client, launch_type: LaunchType) -> bool {
    match launch_type {
        LaunchType::Backend => client.may_use(GrantType::ClientCredentials),
        LaunchType::ProviderStandalone | LaunchType::PatientStandalone => client.may_use(GrantType::AuthorizationCode),
        LaunchType::ProviderEhr | LaunchType::PatientPortal => {
            client.may_use(GrantType::AuthorizationCode) && client.scope.launch()
        }
    }
}

fn apps(tenant: &LocalTenant, launch_type: LaunchType) -> Vec<App> {
    let app = |client: &Client| {
        Some(App {
            client_id: client.client_id.clone(),
            name: client.client_name.clone(),
            kind: sample_app::kind(client),
            launch_url: match launch_type {
                LaunchType::Backend => String::new(),
                _ => client.launch_urls.first()?.clone(),
            },
        })
    };
    tenant.clients().iter().filter(|client| fits(client, launch_type)).filter_map(app).collect()
}

fn people(tenant: &LocalTenant, launch_type: LaunchType) -> Vec<Person> {
    let logins = tenant.file.logins();
    let person = |user: &User| {
        let login = logins.iter().find(|login| login.username == user.username)?;
        let patients = match reach(user.fhir_user.as_ref(), &user.patients) {
            Reach::Any => Vec::new(),
            Reach::Only(patients) => patients.into_iter().map(str::to_owned).collect(),
        };
        let is_patient = !patients.is_empty();
        let role = match user.fhir_user.as_ref().map(|reference| reference.resource.as_str()) {
            Some("Patient") => "patient",
            Some("RelatedPerson") => "family",
            Some("Person") => "person",
            Some(_) => "clinician",
            None => "no record",
        };
        (is_patient == launch_type.is_for_patients()).then(|| Person {
            username: login.username.clone(),
            password: login.password.clone(),
            name: login.name.clone(),
            role,
            patients,
        })
    };
    match launch_type {
        LaunchType::Backend => Vec::new(),
        _ => tenant.items.users.iter().filter_map(person).collect(),
    }
}

async fn resources(tenant: &LocalTenant, resource_type: &str) -> Vec<Value> {
    match &tenant.fhir {
        Some(fhir) => fhir.server.resources(resource_type).await,
        None => Vec::new(),
    }
}

fn patient_record(patient: &Value, now: Timestamp) -> Record {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let name = &patient["name"][0];
    let given =
        name["given"].as_array().map(|given| given.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "));
    let name = format!("{} {}", given.unwrap_or_default(), text(&name["family"]));
    let age = age(&text(&patient["birthDate"]), now).map(|age| format!(", {age}")).unwrap_or_default();
    Record { id: text(&patient["id"]), label: format!("{}{age}, {}", name.trim(), text(&patient["gender"])) }
}

fn encounters_of(all: &[Value], patient: &str) -> Vec<Record> {
    let subject = format!("Patient/{patient}");
    let is_of = |encounter: &&Value| encounter["subject"]["reference"].as_str().is_some_and(|r| r.ends_with(&subject));
    let mut encounters: Vec<&Value> = all.iter().filter(is_of).collect();
    let start = |encounter: &Value| encounter["period"]["start"].as_str().unwrap_or_default().to_owned();
    encounters.sort_by_key(|encounter| std::cmp::Reverse(start(encounter)));
    let record = |encounter: &&Value| {
        let kind = encounter["type"][0]["text"].as_str().unwrap_or("Encounter");
        let id = encounter["id"].as_str().unwrap_or_default();
        let day: String = start(encounter).chars().take(10).collect();
        Record { id: id.to_owned(), label: format!("{day} {kind}") }
    };
    encounters.iter().map(record).collect()
}

/// What the sample server has that is worth a place in `fhirContext`.
pub async fn references(tenant: &LocalTenant) -> Vec<String> {
    let mut all = Vec::new();
    for kind in ["DiagnosticReport", "DocumentReference", "MedicationRequest", "Goal"] {
        let resources = resources(tenant, kind).await;
        all.extend(resources.iter().filter_map(|resource| resource["id"].as_str()).map(|id| format!("{kind}/{id}")));
    }
    all
}
