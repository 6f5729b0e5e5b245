//! Bring your own app: a form that registers it here, and shows the lines of the tenant file that it became.

mod enter;
mod lines;
mod load;
mod page;
mod remove;
mod save;
mod snippets;
mod unregistered;

use crate::{
    site::{Site, html_with_copy, plain, see_other},
    tenant::LocalTenant,
};
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
    response::Response,
    routing::{get, post},
};
use enter::enter;
use lines::Form;
pub use load::load;
use page::RegisterPage;
use rules::{client::Client, oauth::params::Params};
use std::sync::Arc;
pub use unregistered::{is_unregistered, take_in};

pub fn routes(site: Arc<Site>) -> Router {
    Router::new()
        .route("/launcher/register", get(form).post(register))
        .route("/launcher/register/remove", post(remove))
        .with_state(site)
}

async fn form(State(site): State<Arc<Site>>, uri: Uri) -> Response {
    let params = Params::parse(uri.query().unwrap_or_default().as_bytes()).unwrap_or_default();
    if let Some((tenant, client)) = registered(&site, &params) {
        let form = Form { tenant: tenant.file.id().to_owned(), ..Form::of(&client) };
        return html_with_copy(StatusCode::OK, &RegisterPage::again(&site, form, client));
    }
    match site.tenants.first() {
        Some(first) => {
            html_with_copy(StatusCode::OK, &RegisterPage::empty(&site, Form::suggested(&params, first.file.id())))
        }
        None => plain(StatusCode::OK, "There is no tenant here."),
    }
}

/// An app that was registered here, whose settings somebody wants to see again.
fn registered(site: &Site, params: &Params) -> Option<(Arc<LocalTenant>, Client)> {
    let tenant = site.tenant(params.get("tenant")?).filter(|_| params.has("show"))?;
    let client_id = params.get("client_id")?;
    Some((tenant.clone(), tenant.registered().into_iter().find(|client| client.client_id == client_id)?))
}

async fn remove(State(site): State<Arc<Site>>, headers: HeaderMap, body: Bytes) -> Response {
    if !site.is_from_here(&headers) {
        return plain(StatusCode::FORBIDDEN, "Only the page of this server can remove apps.");
    }
    let params = Params::parse(&body).unwrap_or_default();
    let Some(tenant) = params.get("tenant").and_then(|id| site.tenant(id)).cloned() else {
        return plain(StatusCode::NOT_FOUND, "There is no such tenant here.");
    };
    match remove::remove(&site, &tenant, params.get("client_id").unwrap_or_default()).await {
        Ok(()) => see_other("/launcher/register#registered-here"),
        Err(why) => {
            let form = Form::suggested(&Params::default(), tenant.file.id());
            html_with_copy(StatusCode::BAD_REQUEST, &RegisterPage::wrong(&site, form, vec![why]))
        }
    }
}

async fn register(State(site): State<Arc<Site>>, headers: HeaderMap, body: Bytes) -> Response {
    if !site.is_from_here(&headers) {
        return plain(StatusCode::FORBIDDEN, "Only the form of this server can register apps.");
    }
    let form = Form::read(&Params::parse(&body).unwrap_or_default());
    let Some(tenant) = site.tenant(&form.tenant).cloned() else {
        return plain(StatusCode::NOT_FOUND, "There is no such tenant here.");
    };
    match enter(&site, &tenant, &form).await {
        Ok(registered) => html_with_copy(StatusCode::OK, &RegisterPage::done(&site, form, registered)),
        Err(problems) => html_with_copy(StatusCode::BAD_REQUEST, &RegisterPage::wrong(&site, form, problems)),
    }
}
