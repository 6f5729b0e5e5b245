//! Bring your own app: a form that registers it here, and shows the lines of the tenant file that it became.

mod lines;
mod load;
mod page;
mod save;

use crate::{
    site::{Site, html, plain},
    tenant::LocalTenant,
    validate::{EnclosingTenant, parse_clients},
};
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
    response::Response,
    routing::get,
};
use lines::Form;
pub use load::load;
use page::{RegisterPage, Registered};
use rules::oauth::params::Params;
use std::sync::Arc;

pub fn routes(site: Arc<Site>) -> Router {
    Router::new().route("/launcher/register", get(form).post(register)).with_state(site)
}

async fn form(State(site): State<Arc<Site>>, uri: Uri) -> Response {
    let params = Params::parse(uri.query().unwrap_or_default().as_bytes()).unwrap_or_default();
    match site.tenants.first() {
        Some(first) => html(StatusCode::OK, &RegisterPage::empty(&site, Form::suggested(&params, first.file.id()))),
        None => plain(StatusCode::OK, "There is no tenant here."),
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
    match try_register(&site, &tenant, &form).await {
        Ok(registered) => html(StatusCode::OK, &RegisterPage::done(&site, form, registered)),
        Err(problems) => html(StatusCode::BAD_REQUEST, &RegisterPage::wrong(&site, form, problems)),
    }
}

async fn try_register(site: &Site, tenant: &LocalTenant, form: &Form) -> Result<Registered, Vec<String>> {
    let written = form.lines();
    let enclosing = EnclosingTenant { id: tenant.file.id(), base: &site.base, lan: site.lan };
    let clients = parse_clients(&enclosing, &written.text).map_err(|mistakes| {
        let words =
            |mistake: &admin::tenant_file::Mistake| format!("Found {}, expected {}.", mistake.found, mistake.expected);
        mistakes.iter().map(words).collect::<Vec<_>>()
    })?;
    let client = clients.into_iter().next().ok_or_else(|| vec!["There is no app in this form.".to_owned()])?;
    save::save(site, tenant, client.clone()).await.map_err(|why| vec![why])?;
    Ok(Registered { client, lines: written.text, secret: written.secret })
}
