//! The launch itself: the launcher hands the context over at `launchContext`, as any EHR, and opens the app.

use super::{
    choice::{Choice, ContextItem, LaunchType, NONE},
    offer::{Offer, PatientEncounters},
    vouch,
};
use crate::{
    sample_app,
    simulate::Problem,
    site::{Site, query},
    tenant::LAUNCHER,
};
use serde_json::{Value, json};
use std::fmt;
use url::Url;

/// Where the browser goes, and what was launched.
#[derive(Debug)]
pub struct Launched {
    pub location: String,
    pub label: String,
    pub problem: Option<Problem>,
}

/// The faults of a choice, for the person who made it.
#[derive(Debug)]
pub struct NotLaunched(pub String);

impl fmt::Display for NotLaunched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `choice` is complete.
pub async fn launch(site: &Site, offer: &Offer<'_>, choice: &Choice) -> Result<Launched, NotLaunched> {
    let (name, url) = app(offer, choice)?;
    let problem = problem(offer, choice)?;
    let simulated = problem.map(|problem| format!(" · {}", problem.as_str())).unwrap_or_default();
    let label = |of: &str| format!("{name} · {} · {of}{simulated}", offer.launch_type.title());
    if offer.launch_type == LaunchType::Backend {
        let location = sample_app::backend_path(&choice.tenant, &choice.app);
        return Ok(Launched { location, label: label(&offer.tenant.items.tenant.name), problem });
    }
    let Some(fhir_server) = offer.tenant.items.tenant.fhir_servers.first() else {
        return Err(NotLaunched("This tenant has no FHIR server, so there is no `iss` to give to an app.".into()));
    };
    let mut members = vec![("iss", fhir_server.url.as_str())];
    let handle;
    if offer.launch_type.is_ehr() {
        same_patient(offer, choice)?;
        let mut body = body(site, offer, choice);
        if vouch::is_chosen(offer, choice) {
            body["user_assertion"] = json!(vouch::word(offer, choice, site.server.now()).map_err(NotLaunched)?);
        }
        handle = launch_context(site, offer, &body).await?;
        members.push(("launch", &handle));
    }
    let location = with_query(url, &query(members));
    let launched = offer.patient(choice).filter(|_| offer.launch_type.is_ehr());
    let patient = offer.patients.iter().find(|patient| Some(&patient.id) == launched.as_ref());
    let of = patient.map_or(choice.user.as_str(), |patient| patient.label.as_str());
    Ok(Launched { location, label: label(of), problem })
}

/// What is to go wrong, if anything.
fn problem(offer: &Offer<'_>, choice: &Choice) -> Result<Option<Problem>, NotLaunched> {
    if choice.simulate.is_empty() {
        return Ok(None);
    }
    match offer.problems().find(|problem| problem.as_str() == choice.simulate) {
        Some(problem) => Ok(Some(problem)),
        None => Err(NotLaunched(format!("`{}` can't be simulated in this launch.", choice.simulate))),
    }
}

/// The app's name and launch URL.
fn app(offer: &Offer<'_>, choice: &Choice) -> Result<(String, Url), NotLaunched> {
    let name_and_url = if choice.launch_url.is_empty() {
        let app = offer.apps.iter().find(|app| app.client_id == choice.app);
        app.map(|app| (app.name.clone(), app.launch_url.clone()))
            .ok_or_else(|| NotLaunched("This app can't be launched in this way: choose another one.".into()))?
    } else {
        (choice.launch_url.clone(), choice.launch_url.clone())
    };
    let (name, url) = name_and_url;
    if offer.launch_type == LaunchType::Backend {
        let nowhere = || NotLaunched("This app has no page.".into());
        return Url::parse(&offer.tenant.items.tenant.issuer.endpoint("token"))
            .map(|url| (name, url))
            .map_err(|_| nowhere());
    }
    match Url::parse(&url) {
        Ok(parsed) if matches!(parsed.scheme(), "http" | "https") => Ok((name, parsed)),
        _ => Err(NotLaunched(format!("`{url}` is no launch URL: http:// or https:// and a host are needed."))),
    }
}

/// An encounter of somebody else is what an EHR never has on its screen.
fn same_patient(offer: &Offer<'_>, choice: &Choice) -> Result<(), NotLaunched> {
    let (Some(patient), Some(encounter)) = (offer.patient(choice), offer.encounter(choice)) else { return Ok(()) };
    let has_it = |of_patient: &&PatientEncounters| of_patient.encounters.iter().any(|record| record.id == encounter);
    match offer.encounters.iter().find(has_it) {
        Some(PatientEncounters { patient: owner, .. }) if owner.id != patient => {
            let why = format!("The encounter {encounter} is one of {}, and another patient is chosen.", owner.label);
            Err(NotLaunched(why))
        }
        _ => Ok(()),
    }
}

/// An app's launch URL may have a query of its own, which stays.
fn with_query(mut url: Url, added: &str) -> String {
    let own = url.query().filter(|own| !own.is_empty()).map(|own| format!("{own}&")).unwrap_or_default();
    url.set_query(Some(&format!("{own}{added}")));
    url.into()
}

/// The JSON for `launchContext` (SMART App Launch 2.2, launch context).
pub fn body(site: &Site, offer: &Offer<'_>, choice: &Choice) -> Value {
    let mut body = json!({});
    let mut put = |name: &str, value: &str| {
        if !matches!(value, "" | NONE) {
            body[name] = json!(value);
        }
    };
    put("patient", &offer.patient(choice).unwrap_or_default());
    // Of several FHIR servers, an EHR says which: the one that the app gets as `iss`.
    if let [first, _, ..] = offer.tenant.items.tenant.fhir_servers.as_slice() {
        put("iss", &first.url);
    }
    put("encounter", &offer.encounter(choice).unwrap_or_default());
    put("intent", &choice.intent);
    // A launch for whoever signs in, or for an app that nobody registered, is bound to none.
    put("user", &choice.user);
    if choice.launch_url.is_empty() {
        put("client_id", &choice.app);
    }
    // As the page shows it; a launch has a signed one of its own.
    if vouch::is_chosen(offer, choice) {
        body["user_assertion"] = json!("eyJ…");
    }
    if !matches!(choice.style.as_str(), "" | NONE) {
        body["smart_style_url"] = json!(format!("{}/launcher/styles/{}.json", site.base, choice.style));
    }
    match choice.banner.as_str() {
        "true" => body["need_patient_banner"] = json!(true),
        "false" => body["need_patient_banner"] = json!(false),
        _ => {}
    }
    if !choice.context.is_empty() {
        let item = |ContextItem { reference, role }: &ContextItem| match role.as_str() {
            "" => json!({ "reference": reference }),
            role => json!({ "reference": reference, "role": role }),
        };
        body["fhirContext"] = choice.context.iter().map(item).collect();
    }
    body
}

async fn launch_context(site: &Site, offer: &Offer<'_>, body: &Value) -> Result<String, NotLaunched> {
    let url = offer.tenant.items.tenant.issuer.endpoint("launchContext");
    let secret = offer.tenant.launcher_secret.expose();
    let answer = site.http.post(site.dial(&url)).basic_auth(LAUNCHER, Some(secret)).json(body).send().await;
    let answer = answer.map_err(|error| NotLaunched(format!("{url} does not answer: {}.", error.without_url())))?;
    let status = answer.status();
    let answer: Value = answer.json().await.unwrap_or_default();
    match answer["launch"].as_str() {
        Some(handle) => Ok(handle.to_owned()),
        None => {
            let why = answer["error_description"].as_str().unwrap_or("no reason was given");
            Err(NotLaunched(format!("launchContext answered {status}: {why}.")))
        }
    }
}
