//! The public app: a page and one module; everything else happens in the browser.

use crate::site::{Frame, Site, html_with_script, plain, see_other};
use askama::Template;
use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use rules::secret::SecretHash;
use std::sync::Arc;

/// In every tenant that registers the app.
pub const CLIENT_ID: &str = "sample-app";

#[derive(Template)]
#[template(path = "sample-app.html")]
struct SampleAppPage<'a> {
    frame: Frame,
    tenant: &'a str,
    tenant_name: &'a str,
    client_id: &'static str,
    /// What the app is registered for, to be shown beside what it asks for.
    registered: String,
    redirect_uri: String,
    /// Where the authorization server sends the browser after signing out.
    signed_out_uri: String,
    /// `launch`, `callback` or `signed-out`.
    page: &'static str,
}

pub async fn launch(State(site): State<Arc<Site>>, Path(tenant): Path<String>) -> Response {
    page(&site, &tenant, "launch")
}

pub async fn callback(State(site): State<Arc<Site>>, Path(tenant): Path<String>) -> Response {
    page(&site, &tenant, "callback")
}

pub async fn signed_out(State(site): State<Arc<Site>>, Path(tenant): Path<String>) -> Response {
    page(&site, &tenant, "signed-out")
}

/// Opening the app by its own address begins a standalone launch.
pub async fn start(State(site): State<Arc<Site>>, Path(tenant): Path<String>) -> Response {
    let Some(fhir_server) = site.tenant(&tenant).and_then(|tenant| tenant.items.tenant.fhir_servers.first()) else {
        return unknown();
    };
    let iss = percent_encoding::utf8_percent_encode(&fhir_server.url, percent_encoding::NON_ALPHANUMERIC);
    see_other(&format!("{}/app/{tenant}/launch?iss={iss}", site.base))
}

macro_rules! modules {
    ($($name:literal)*) => { &[$(($name, include_str!(concat!("../../pages/", $name)))),*] };
}

const MODULES: &[(&str, &str)] = modules! {
    "app.js" "page.js" "opening.js" "request.js" "framed.js" "answer.js" "granted.js" "face.js" "buttons.js" "signed-out.js"
    "smart.js" "record.js" "draw.js" "choices.js" "bound.js" "thief.js"
};

/// What failures mean, for the apps that run on the server too.
const MEANINGS: (&str, &str) = ("meanings.js", concat!("export default ", include_str!("../../pages/meanings.json")));

/// The page names them all, so that a slow line fetches them together and not one after the other.
fn module_names() -> impl Iterator<Item = &'static str> {
    MODULES.iter().chain([&MEANINGS]).map(|(name, _)| *name)
}

/// The modules, as they are in the repository: they are meant to be read. The launch and the callback share them.
pub async fn module(Path((_, name)): Path<(String, String)>, request: HeaderMap) -> Response {
    let Some((_, source)) = MODULES.iter().chain([&MEANINGS]).find(|(file, _)| *file == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let tag = format!("\"{}\"", SecretHash::of(source).as_str());
    let is_known = request.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let headers = [
        (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (header::CACHE_CONTROL, "no-cache"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::ETAG, tag.as_str()),
    ];
    match is_known {
        true => (StatusCode::NOT_MODIFIED, headers).into_response(),
        false => (headers, *source).into_response(),
    }
}

fn page(site: &Site, id: &str, page: &'static str) -> Response {
    let Some(tenant) = site.tenant(id) else { return unknown() };
    let Some(client) = tenant.items.clients.iter().find(|client| client.client_id == CLIENT_ID) else {
        return plain(StatusCode::NOT_FOUND, "This tenant has no client `sample-app`.");
    };
    html_with_script(&SampleAppPage {
        frame: Frame::at(""),
        tenant: id,
        tenant_name: &tenant.items.tenant.name,
        client_id: CLIENT_ID,
        registered: client.scope.to_string(),
        redirect_uri: format!("{}/app/{id}/callback", site.base),
        signed_out_uri: format!("{}/app/{id}/signed-out", site.base),
        page,
    })
}

fn unknown() -> Response {
    plain(StatusCode::NOT_FOUND, "There is no such tenant here.")
}
