//! `/{tenant}/authorize`: the app's request, the pages on the way, the answer. A loop round `next_step`: each page adds one
//! fact, and no page knows the next. At `/{tenant}/par` an app sends its request ahead. `/{tenant}/logout` ends the session that a
//! sign-in here has made; `/{tenant}/manage` and `/{tenant}/account` are a person's own pages.

mod account;
mod audit;
mod docs;
mod http;
mod interaction;
mod logout;
mod manage;
mod own_pages;
mod pages;
mod par;
mod pushed;
mod request;
mod steps;
pub mod texts;
mod upstream;

use self::http::responses::see_other;
use axum::{
    Extension, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State, rejection::BytesRejection},
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::get,
};
use interaction::{
    advance::{advance, refuse, show_again},
    fact::Fact,
    own_page,
    post::read_form,
    sign_in::{ask_for_more, go_on_as},
    visit::{FormOf, Visit},
};
use rules::{authorize::next_step::NextStep, oauth::params::Params, secret::SecretHash};
use server::{
    Server,
    http::{
        address::Address,
        answer::{Answer, Refusal},
        form_post::{MOST_BYTES, endpoint_unless, is_form},
        paths,
    },
};
use std::sync::Arc;
use steps::{
    another_patient, choose_account, confirm_vouched, consent, done, launch_context, log_in, patient, person_links,
    second_factor,
};

pub fn routes(server: Arc<Server>) -> Router {
    let routes = [
        ("/authorize", get(request_by_get).post(request_by_post)),
        ("/authorize/{interaction}", get(page).post(form)),
        ("/authorize/{interaction}/provider/{provider}", get(upstream::start::leave)),
        ("/authorize/callback/{provider}", get(upstream::callback::callback)),
        ("/authorize/style.css", get(stylesheet)),
        ("/authorize/passkey.js", get(script)),
        ("/docs", get(docs::page)),
        ("/docs/style.css", get(docs::stylesheet)),
        ("/account", get(account::page).post(account::post)),
        ("/manage", get(manage::page).post(manage::post)),
        ("/logout", get(logout::by_get).post(logout::by_post)),
    ];
    let routes = routes
        .into_iter()
        .fold(Router::new(), |router, (path, handler)| paths::route(router, path, handler))
        .layer(DefaultBodyLimit::max(MOST_BYTES))
        .with_state(server.clone());
    let pages = server::log::requests(&server, "authorize", routes);
    pages.merge(endpoint_unless(server, "par", par::is_off, par::push))
}

/// The page of each step. Looking changes nothing, so reloading is harmless.
async fn page_of(visit: &Visit, uri: &Uri) -> Answer {
    let query = uri.query();
    let page = match visit.next_step(&visit.interaction) {
        NextStep::LogIn => match &visit.interaction.hti {
            Some(launch) => return upstream::hti::depart(visit, launch).await,
            None => log_in::page(visit, query).await,
        },
        NextStep::SecondFactor(pending) => second_factor::page(visit, pending),
        NextStep::ChooseAccount { user, .. } => choose_account::page(visit, user),
        NextStep::ConfirmVouched { user, .. } => confirm_vouched::page(visit, user),
        NextStep::FollowLinks(person) => return person_links::page(visit, person).await,
        NextStep::PickPatient(reach) => return patient::page(visit, &reach, query).await,
        NextStep::PickContext(wanted) => launch_context::page(visit, &wanted).await,
        NextStep::AskConsent(offer) => return consent::page(visit, &offer).await,
        // Steps without a page; the way on is the same as after a form.
        NextStep::Finish(_) | NextStep::Refuse(_) => return advance(visit, visit.interaction.value.clone()).await,
        NextStep::Done => done::page(visit).await,
    };
    Answer::undecided(page)
}

/// What the form of each step adds. A form of another step than the next one (an old tab, a back button) adds nothing, and
/// the browser is shown where it really is.
async fn fact_of(visit: &Visit, form: &Params) -> Result<Fact, Refusal> {
    if let Some(fact) = another_patient::take(visit, form) {
        return Ok(fact);
    }
    match visit.next_step(&visit.interaction) {
        NextStep::LogIn => log_in::take(visit, form).await,
        NextStep::SecondFactor(pending) => second_factor::take(visit, pending, form).await,
        NextStep::ChooseAccount { user, session } => Ok(choose_account::take(visit, user, session, form)),
        NextStep::ConfirmVouched { user, session } => Ok(confirm_vouched::take(visit, user, session, form)),
        NextStep::PickPatient(reach) => Ok(patient::take(visit, &reach, form).await),
        NextStep::PickContext(wanted) => Ok(launch_context::take(visit, &wanted, form).await),
        NextStep::AskConsent(offer) => Ok(consent::take(visit, &offer, form)),
        NextStep::FollowLinks(_) | NextStep::Finish(_) | NextStep::Refuse(_) | NextStep::Done => {
            Ok(Fact::nothing(visit))
        }
    }
}

/// The app's request in the query (AUTHZ-1) …
async fn request_by_get(
    State(server): State<Arc<Server>>,
    Path(tenant): Path<String>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    request::begin(&server, &tenant, &headers, uri.query().unwrap_or_default().as_bytes()).await.into_response()
}

/// … or in the body, where long scopes have room (AUTHZ-19).
async fn request_by_post(
    State(server): State<Arc<Server>>,
    Path(tenant): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    if body.as_ref().is_err_and(|error| error.status() == StatusCode::PAYLOAD_TOO_LARGE) {
        return request::too_large(&server, &tenant, &headers).await.into_response();
    }
    // A body of another type holds no parameters, and a request without any gets its error page.
    let form = body.ok().filter(|_| is_form(&headers)).unwrap_or_default();
    request::begin(&server, &tenant, &headers, &form).await.into_response()
}

/// `GET /{tenant}/authorize/{interaction}`: the page of the next step.
async fn page(
    State(server): State<Arc<Server>>,
    Path((tenant, id)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let visit = match Visit::find(server, &tenant, &id, &headers).await {
        Ok(visit) => visit,
        Err(error) => return error.into_response(),
    };
    if let Some(error) = visit.lapsed() {
        return refuse(&visit, error.into()).await.among(&visit.parties()).into_response();
    }
    match own_page::takes_over(&visit, &visit.interaction) {
        Some(response) => response,
        None => page_of(&visit, &uri).await.among(&visit.parties()).into_response(),
    }
}

/// `POST /{tenant}/authorize/{interaction}`: the person adds one fact, and the way goes on from there.
async fn form(
    State(server): State<Arc<Server>>,
    Path((tenant, id)): Path<(String, String)>,
    headers: HeaderMap,
    address: Option<Extension<Address>>,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let mut visit = match Visit::find(server, &tenant, &id, &headers).await {
        Ok(visit) => visit,
        Err(error) => return error.into_response(),
    };
    visit.address = address.map(|Extension(address)| address);
    if let Err(error) = visit.context().own_form(&headers, &visit.tenant.issuer) {
        return error.into_response();
    }
    // By its hash the same form is known again.
    visit.form = body.as_ref().ok().map(|body| SecretHash::of(&String::from_utf8_lossy(body)));
    let Some(form) = read_form(&headers, body) else {
        return visit.context().bad_request("the form can't be read").into_response();
    };
    match visit.as_the_form_saw_it(form.get("csrf")) {
        FormOf::Nobody => return visit.context().expired("the form's csrf token is wrong").into_response(),
        _ if visit.interaction.is_finished() => return done::page(&visit).await,
        FormOf::EarlierPage => return see_other(&visit.url),
        FormOf::ThisPage => {}
    }
    answer(&visit, &form).await.among(&visit.parties()).into_response()
}

async fn answer(visit: &Visit, form: &Params) -> Answer {
    if let Some(error) = visit.lapsed() {
        return refuse(visit, error.into()).await;
    }
    if visit.person_changed {
        return show_again(visit).await.unwrap_or_else(|error| visit.refused(error.into()));
    }
    if form.has("cancel") {
        return refuse(visit, interaction::advance::cancelled()).await;
    }
    match fact_of(visit, form).await {
        Ok(Fact::Learned { next, records }) => advance(visit, *next).await.after(records),
        Ok(Fact::SignedIn(user, records)) => {
            go_on_as(visit, *user).await.unwrap_or_else(|refusal| visit.refused(refusal)).after(records)
        }
        Ok(Fact::NeedsMore(pending)) => {
            ask_for_more(visit, *pending).await.unwrap_or_else(|refusal| visit.refused(refusal))
        }
        // They may come back to this page and try again.
        Err(Refusal { error, records, .. }) if error.status() == 429 => {
            Answer::undecided(visit.context().too_soon(&error).into_response()).after(records)
        }
        Err(refusal) => refuse(visit, refusal).await,
    }
}

async fn stylesheet(State(server): State<Arc<Server>>, Path(tenant): Path<String>) -> Response {
    let (css, cache) = match server.tenant(&tenant, server.now()).await {
        // Its URL changes with its content.
        Ok(Some(tenant)) => (pages::stylesheet(&tenant), "public, max-age=31536000, immutable"),
        // The page that says so is readable all the same.
        Ok(None) | Err(_) => (pages::STYLESHEET.to_owned(), "no-store"),
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static(cache)),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    (headers, css).into_response()
}

/// For passkeys alone, which need one; every other page goes without.
async fn script() -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/javascript; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    (headers, pages::SCRIPT).into_response()
}
