//! An agent without a registration, at `/launcher/agent`: it starts with the address of a FHIR server and nothing else, and
//! shows each request that it makes. At the end a thief tries its token.

mod ask;
mod document;
mod page;
mod proof;
mod redeem;
mod run;
mod thief;

use crate::site::{Site, plain, see_other};
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, Uri, header},
    response::Response,
    routing::get,
};
use document::PATH;
use rules::oauth::params::Params;
use run::AgentRuns;
use std::{ops::Deref, sync::Arc};

struct Agents {
    site: Arc<Site>,
    runs: AgentRuns,
}

impl Deref for Agents {
    type Target = Site;

    fn deref(&self) -> &Site {
        &self.site
    }
}

pub fn routes(site: Arc<Site>) -> Router {
    Router::new()
        .route(PATH, get(explain).post(begin))
        .route("/launcher/agent/client.json", get(client_document))
        .route("/launcher/agent/callback", get(callback))
        .route("/launcher/agent/run", get(show))
        .with_state(Arc::new(Agents { site, runs: AgentRuns::default() }))
}

async fn explain(State(agents): State<Arc<Agents>>) -> Response {
    page::respond(&agents, None)
}

async fn client_document(State(agents): State<Arc<Agents>>) -> Response {
    document::respond(&agents)
}

/// The agent goes as far as it can without its person.
async fn begin(State(agents): State<Arc<Agents>>, headers: HeaderMap, body: Bytes) -> Response {
    if !agents.is_from_here(&headers) {
        return plain(StatusCode::FORBIDDEN, "A page elsewhere has sent this form.");
    }
    let form = Params::parse(&body).unwrap_or_default();
    let chosen = form.get("fhir").unwrap_or_default();
    // It asks wherever this address leads, so no address is taken that is none of ours.
    let Some(fhir) = page::destinations(&agents).into_iter().map(|one| one.url).find(|url| url == chosen) else {
        return plain(StatusCode::BAD_REQUEST, "No FHIR server of this address is served here.");
    };
    let mut response = see_other(&format!("{PATH}/run"));
    if let Some(cookie) = agents.runs.begin(ask::ask(&agents, &fhir).await) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

async fn show(State(agents): State<Arc<Agents>>, headers: HeaderMap) -> Response {
    match agents.runs.find(&headers) {
        Some(run) => page::respond(&agents, Some(&run)),
        None => see_other(PATH),
    }
}

/// The person's browser comes back. What follows is on the page after this one, without the code in its address.
async fn callback(State(agents): State<Arc<Agents>>, uri: Uri, headers: HeaderMap) -> Response {
    let params = Params::parse(uri.query().unwrap_or_default().as_bytes()).unwrap_or_default();
    // Each state is good for one answer.
    let Some(mut run) = agents.runs.take(&headers, params.get("state").unwrap_or_default()) else {
        let text = "This answer belongs to no request that the agent made for this browser, or was used before.";
        return plain(StatusCode::BAD_REQUEST, text);
    };
    redeem::redeem(&agents, &mut run, &uri, &params).await;
    agents.runs.put(&headers, run);
    see_other(&format!("{PATH}/run"))
}
