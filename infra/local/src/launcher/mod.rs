//! The launcher at `/`: a test EHR, which uses the real endpoints as any EHR would.

mod choice;
mod launch;
mod notes;
mod offer;
mod page;
mod recent;
mod styles;
mod vouch;

use crate::{
    hand::{self, Help},
    simulate,
    site::{Frame, Site, html_with_copy, html_with_frame, plain, query, script, see_other},
    tenant::LocalTenant,
};
use admin::tenant_file::is_loopback;
use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, Uri, header},
    response::Response,
    routing::get,
};
use choice::{Choice, LaunchType, NONE};
use launch::Launched;
use offer::Offer;
use page::{EmbeddedPage, LauncherPage, Shown};
use recent::{RecentLaunch, RecentLaunches};
use rules::oauth::params::Params;
use std::sync::Arc;
use url::Url;

struct Launcher {
    site: Arc<Site>,
    recent: RecentLaunches,
}

pub fn routes(site: Arc<Site>) -> Router {
    Router::new()
        .route("/", get(choose))
        .route("/launcher", get(home))
        .route("/{tenant}", get(of_tenant))
        .route("/launcher/copy.js", get(script))
        .route("/launcher/launch", get(launch))
        .route("/launcher/styles/{name}", get(styles::style))
        .with_state(Arc::new(Launcher { site, recent: RecentLaunches::default() }))
}

async fn choose(State(launcher): State<Arc<Launcher>>, uri: Uri, headers: HeaderMap) -> Response {
    if let Some(location) = own_address(&launcher.site, &uri, &headers) {
        return see_other(&location);
    }
    let choice = read(&uri);
    match offer(&launcher.site, &choice).await {
        Some(offer) => show(&launcher, &offer, &choice, None).await,
        None => plain(StatusCode::OK, "There is no tenant here."),
    }
}

async fn home() -> Response {
    see_other("/")
}

/// An issuer opened in a browser: the launcher with that tenant.
async fn of_tenant(State(launcher): State<Arc<Launcher>>, Path(tenant): Path<String>) -> Response {
    match launcher.site.tenant(&tenant) {
        Some(_) => see_other(&format!("/?{}", query([("tenant", tenant.as_str())]))),
        None => plain(StatusCode::NOT_FOUND, "Nothing is here. The launcher is at /"),
    }
}

/// A GET, so that a launch can be bookmarked; each one makes a new launch handle.
async fn launch(State(launcher): State<Arc<Launcher>>, uri: Uri, headers: HeaderMap) -> Response {
    let choice = read(&uri);
    let Some(offer) = offer(&launcher.site, &choice).await else {
        return plain(StatusCode::NOT_FOUND, "There is no tenant here.");
    };
    if let Some(why) = notes::impossible_type(&offer, &choice) {
        return show(&launcher, &offer, &choice, Some(why)).await;
    }
    if notes::search_is_open(&offer, &choice) {
        return show(&launcher, &offer, &choice, None).await;
    }
    let mut full = offer.complete(&choice);
    // A page elsewhere can make a browser come here; it signs nobody in.
    if !launcher.site.is_asked_by_the_person(&headers) {
        full.vouch.clear();
    }
    match launch::launch(&launcher.site, &offer, &full).await {
        Ok(launched) => {
            launcher.recent.add(RecentLaunch { label: launched.label.clone(), query: choice.query() });
            let problem = launched.problem;
            let mut response = match choice.embed == "yes" && offer.launch_type.is_ehr() {
                true => embed(&offer, &full, launched),
                false => see_other(&launched.location),
            };
            let backend = (offer.launch_type == LaunchType::Backend).then_some(full.app.as_str());
            simulate::arm(offer.tenant, problem, backend, launcher.site.server.now(), &mut response);
            if offer.launch_type != LaunchType::Backend {
                hand::lend(&mut response, offer.tenant.file.id(), &help(&launcher.site, &full, &headers));
            }
            response
        }
        Err(problem) => show(&launcher, &offer, &choice, Some(problem.to_string())).await,
    }
}

/// What the launcher will do at the sign-in. A page elsewhere can make a browser come here: it gets a filled-in form, and the person
/// decides.
fn help(site: &Site, choice: &Choice, headers: &HeaderMap) -> Help {
    let is_own = site.is_asked_by_the_person(headers);
    let skips = |chosen: &str| chosen == "yes" && is_own;
    Help {
        client_id: choice.launch_url.is_empty().then(|| choice.app.clone()),
        user: if choice.user == NONE { String::new() } else { choice.user.clone() },
        skip_sign_in: skips(&choice.skip_sign_in),
        skip_consent: skips(&choice.skip_consent),
    }
}

/// Sign-in pages refuse to be framed, so an app in a frame opens them in a window of their own.
fn embed(offer: &Offer<'_>, choice: &Choice, launched: Launched) -> Response {
    let patient = offer.patient(choice);
    let patient = offer.patients.iter().find(|record| Some(&record.id) == patient.as_ref());
    html_with_frame(&EmbeddedPage {
        frame: Frame::at("").simulating(launched.problem.map(|problem| problem.as_str().to_owned())),
        patient: patient.map(|patient| patient.label.clone()).unwrap_or_default(),
        label: launched.label,
        location: launched.location,
        back: format!("/?{}", choice.query()),
    })
}

fn read(uri: &Uri) -> Choice {
    Choice::read(&Params::parse(uri.query().unwrap_or_default().as_bytes()).unwrap_or_default())
}

/// The tenant that was chosen, or the first one.
async fn offer<'a>(site: &'a Site, choice: &Choice) -> Option<Offer<'a>> {
    let has_app = |tenant: &&Arc<LocalTenant>| tenant.clients().iter().any(|client| client.client_id == choice.app);
    let of_app = || site.tenants.iter().find(has_app).filter(|_| choice.tenant.is_empty());
    let tenant = site.tenant(&choice.tenant).or_else(of_app).or(site.tenants.first())?;
    Some(Offer::of(tenant, choice, site.server.now()).await)
}

async fn show(launcher: &Launcher, offer: &Offer<'_>, choice: &Choice, problem: Option<String>) -> Response {
    let status = if problem.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let references = offer::references(offer.tenant).await;
    let recent = launcher.recent.list();
    let notes = if problem.is_some() { Vec::new() } else { notes::notes(&launcher.site, offer, choice) };
    let full = offer.complete(&notes::offered(offer, choice));
    let shown = Shown { problem, notes, recent, references };
    html_with_copy(status, &LauncherPage::new(&launcher.site, offer, full, shown))
}

/// `localhost` and `127.0.0.1` are one machine and two origins, of which the sample apps are registered with one. Behind a proxy no
/// name tells anything: some send their own, some ours.
fn own_address(site: &Site, uri: &Uri, headers: &HeaderMap) -> Option<String> {
    let host = headers.get(header::HOST)?.to_str().ok()?;
    let (asked, own) = (Url::parse(&format!("http://{host}")).ok()?, Url::parse(&site.base).ok()?);
    let both_here = is_loopback(asked.as_str()) && own.scheme() == "http" && is_loopback(own.as_str());
    let other_name = asked.host() != own.host() && asked.port_or_known_default() == own.port_or_known_default();
    (both_here && other_name).then(|| format!("{}{uri}", site.base))
}
