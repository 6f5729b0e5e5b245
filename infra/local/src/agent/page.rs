//! The agent's page, as its template draws it.

use super::{
    document::{self, PATH},
    run::{AgentRun, AgentStep, StoryPart},
};
use crate::{
    sample_app::{decoded, facts, name, pretty},
    site::{Frame, Site, html},
};
use admin::tenant_file::Login;
use askama::Template;
use axum::{http::StatusCode, response::Response};
use serde_json::json;

#[derive(Template)]
#[template(path = "agent.html")]
struct AgentPage<'a> {
    frame: Frame,
    client_id: String,
    places: Vec<Destination>,
    /// Why it can't go from here at all.
    impossible: Option<&'static str>,
    run: Option<&'a AgentRun>,
    /// Who can sign in there.
    login: Option<Login>,
}

/// A FHIR server that the agent may be sent to.
pub struct Destination {
    pub url: String,
    pub tenant: String,
    pub takes_agents: bool,
}

/// The FHIR servers that are served here, those first whose tenants take apps that nobody registered.
pub fn destinations(site: &Site) -> Vec<Destination> {
    let mut places: Vec<Destination> = Vec::new();
    for tenant in &site.tenants {
        let own = &tenant.items.tenant;
        let here = own.fhir_servers.iter().filter(|server| server.url.starts_with(&format!("{}/", site.base)));
        places.extend(here.map(|server| Destination {
            url: server.url.clone(),
            tenant: own.name.clone(),
            takes_agents: own.client_documents.is_some(),
        }));
    }
    places.sort_by_key(|place| !place.takes_agents);
    places
}

pub fn respond(site: &Site, run: Option<&AgentRun>) -> Response {
    let tenant =
        run.and_then(|run| site.tenants.iter().find(|tenant| tenant.items.tenant.fhir_server(&run.fhir).is_some()));
    let page = AgentPage {
        frame: Frame::at(PATH),
        client_id: document::address(site),
        places: destinations(site),
        impossible: document::is_nowhere(site),
        run,
        login: tenant.and_then(|tenant| tenant.file.logins().into_iter().next()),
    };
    html(StatusCode::OK, &page)
}

impl AgentPage<'_> {
    fn is_chosen(&self, place: &Destination) -> bool {
        self.run.is_some_and(|run| run.fhir == place.url)
    }

    fn takes_none(&self) -> bool {
        self.places.iter().all(|place| !place.takes_agents)
    }
}

impl StoryPart {
    const ALL: [StoryPart; 3] = [StoryPart::Before, StoryPart::After, StoryPart::Thief];

    fn name(self) -> &'static str {
        match self {
            StoryPart::Before => "before",
            StoryPart::After => "after",
            StoryPart::Thief => "thief",
        }
    }

    fn title(self) -> &'static str {
        match self {
            StoryPart::Before => "Before anybody signs in",
            StoryPart::After => "After you have agreed",
            StoryPart::Thief => "A thief has the token",
        }
    }
}

impl AgentRun {
    fn patient_in_words(&self) -> Option<(String, String)> {
        self.patient.as_ref().map(|patient| (name(patient), facts(patient)))
    }

    /// How often the thief was refused, and how often it has tried.
    fn thief(&self) -> (usize, usize) {
        let tries = || self.steps_of(StoryPart::Thief);
        (tries().filter(|step| step.status() == "401").count(), tries().count())
    }

    fn steps_in(&self, part: &StoryPart) -> Vec<&AgentStep> {
        self.steps_of(*part).collect()
    }
}

impl AgentStep {
    /// The proof that went along, decoded.
    fn proof_in_words(&self) -> Option<String> {
        self.proof.as_ref().map(|proof| pretty(&json!(decoded(proof))))
    }
}
