//! The launcher's page, as its template draws it.

use super::{
    choice::{self, Choice, ContextItem, LaunchType, NONE, OWN},
    launch,
    offer::{self, Offer, Person, Record},
    recent::RecentLaunch,
    styles, vouch,
};
use crate::{
    simulate::{Problem, When},
    site::{Frame, Site},
    tenant::LAUNCHER,
};
use askama::Template;

#[derive(Template)]
#[template(path = "launcher.html")]
pub struct LauncherPage<'a> {
    frame: Frame,
    tenants: Vec<Tab>,
    types: Vec<Tab>,
    offer: &'a Offer<'a>,
    choice: Choice,
    shown: Shown,
    /// The request to `launchContext` as it will be.
    request: Option<String>,
    fhir_base: String,
    reachable: Vec<&'a Record>,
    /// Of how many patients those are chosen by the search.
    all: usize,
    /// The address of this very launch.
    address: String,
}

/// What is on the page beside the choice.
pub struct Shown {
    /// Why nothing was launched.
    pub problem: Option<String>,
    pub notes: Vec<String>,
    pub recent: Vec<RecentLaunch>,
    pub references: Vec<String>,
}

/// The EHR's page with the app in it.
#[derive(Template)]
#[template(path = "embedded.html")]
pub struct EmbeddedPage {
    pub frame: Frame,
    pub patient: String,
    pub label: String,
    pub location: String,
    pub back: String,
}

struct ContextRow {
    reference_name: String,
    role_name: String,
    item: ContextItem,
}

/// A link of a row of which one is open.
struct Tab {
    href: String,
    id: String,
    title: String,
    text: String,
    current: bool,
}

const INTENTS: [&str; 3] = ["summary-timeline-view", "reconcile-medications", "order-review"];
const ROLES: [&str; 2] = ["launch", "https://example.org/roles/background"];

impl<'a> LauncherPage<'a> {
    pub fn new(site: &Site, offer: &'a Offer<'a>, choice: Choice, shown: Shown) -> LauncherPage<'a> {
        let tenants = site.tenants.iter().map(|tenant| Tab {
            href: href(tenant.file.id(), None),
            id: tenant.file.id().to_owned(),
            title: tenant.items.tenant.name.clone(),
            text: String::new(),
            current: tenant.file.id() == choice.tenant,
        });
        let types = offer::possible_types(offer.tenant).into_iter().map(|launch_type| Tab {
            href: href(&choice.tenant, Some(launch_type)),
            id: launch_type.as_str().to_owned(),
            title: launch_type.title().to_owned(),
            text: launch_type.explanation().to_owned(),
            current: launch_type == offer.launch_type,
        });
        let fhir_servers = &offer.tenant.items.tenant.fhir_servers;
        let reached = |record: &&Record| offer.people.iter().any(|person| person.patients.contains(&record.id));
        let portal = offer.launch_type == LaunchType::PatientPortal;
        let reachable = || offer.patients.iter().filter(|record| !portal || reached(record));
        let matching: Vec<&str> = offer.matching(&choice.find).iter().map(|record| record.id.as_str()).collect();
        let found: Vec<&Record> = reachable().filter(|record| matching.contains(&record.id.as_str())).collect();
        LauncherPage {
            frame: Frame::at("/"),
            all: reachable().count(),
            address: format!("{}/launcher/launch?{}", site.base, choice.query()),
            tenants: tenants.collect(),
            types: types.collect(),
            request: offer.launch_type.is_ehr().then(|| request(site, offer, &choice)),
            fhir_base: fhir_servers.first().map(|server| server.url.clone()).unwrap_or_default(),
            reachable: if found.is_empty() { reachable().collect() } else { found },
            offer,
            choice,
            shown,
        }
    }

    fn may_vouch(&self) -> bool {
        vouch::is_possible(self.offer)
    }

    fn more_is_open(&self) -> bool {
        let Choice { intent, banner, style, context, launch_url, embed, simulate, .. } = &self.choice;
        let given = [intent, banner, style, launch_url, embed, simulate];
        !context.is_empty() || given.iter().any(|given| !given.is_empty())
    }

    /// The rows of the form for `fhirContext`: those that are filled, and one more.
    fn context_rows(&self) -> Vec<ContextRow> {
        let items = self.choice.context.iter().cloned().chain([ContextItem::default()]);
        let row = |(index, item)| {
            let (reference_name, role_name) = choice::names(index);
            ContextRow { reference_name, role_name, item }
        };
        items.enumerate().map(row).collect()
    }

    /// The problems of one kind, which are together in the list.
    fn problems(&self, when: &When) -> Vec<Problem> {
        self.offer.problems().filter(|problem| problem.when() == *when).collect()
    }

    fn is_chosen(&self, person: &Person) -> bool {
        person.username == self.choice.user
    }

    /// The chosen problem in a sentence.
    fn simulated(&self) -> Option<Problem> {
        self.offer.problems().find(|problem| problem.as_str() == self.choice.simulate)
    }
}

fn href(tenant: &str, launch_type: Option<LaunchType>) -> String {
    let choice = Choice { tenant: tenant.to_owned(), launch_type, ..Choice::default() };
    format!("/?{}", choice.query())
}

fn request(site: &Site, offer: &Offer<'_>, choice: &Choice) -> String {
    let url = offer.tenant.items.tenant.issuer.endpoint("launchContext");
    let body = serde_json::to_string_pretty(&launch::body(site, offer, choice)).unwrap_or_default();
    format!("POST {url}\nAuthorization: Basic {LAUNCHER}:…\nContent-Type: application/json\n\n{body}")
}
