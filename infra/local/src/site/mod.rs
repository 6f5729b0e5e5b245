//! The pages of the local server: what they share, and where they are.

mod answers;
mod frame;

pub use answers::{html, html_in_frame, html_with_frame, html_with_script, plain, see_other};
pub use frame::Frame;

use crate::{Failure, LocalTenant, launcher, register, sample_app, validate};
use axum::{
    Router,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};
use server::Server;
use std::sync::{Arc, Mutex};

pub struct Site {
    pub base: String,
    /// Whether apps may live in the same network, with plain http.
    pub lan: bool,
    pub server: Arc<Server>,
    pub tenants: Vec<Arc<LocalTenant>>,
    /// For calls to this very server over HTTP, as anybody else would make them.
    pub http: reqwest::Client,
    pub recent: Mutex<Vec<launcher::Recent>>,
}

impl Site {
    pub fn new(
        base: &str,
        lan: bool,
        server: Arc<Server>,
        tenants: Vec<Arc<LocalTenant>>,
    ) -> Result<Arc<Site>, Failure> {
        let http = reqwest::Client::builder().no_proxy().build()?;
        Ok(Arc::new(Site { base: base.to_owned(), lan, server, tenants, http, recent: Mutex::default() }))
    }

    /// Whether one of our own pages sent this. Pages elsewhere must not act here for whoever looks at them. `Origin` is
    /// `null` for forms on pages without a referrer, as ours are, so `Sec-Fetch-Site` is asked first (Fetch Metadata,
    /// §2.3).
    pub fn is_from_here(&self, headers: &HeaderMap) -> bool {
        match (headers.get("sec-fetch-site"), headers.get(header::ORIGIN)) {
            (Some(site), _) => site == "same-origin",
            (None, Some(origin)) => origin == self.base.as_str(),
            // No browser.
            (None, None) => true,
        }
    }

    pub fn tenant(&self, id: &str) -> Option<&Arc<LocalTenant>> {
        self.tenants.iter().find(|tenant| tenant.file.id() == id)
    }
}

/// First path segments that the pages have for themselves.
const OWN_PATHS: [&str; 2] = ["app", "launcher"];

pub fn check_id(tenant: &str) -> Result<(), Failure> {
    match OWN_PATHS.contains(&tenant) {
        true => {
            Err(format!("a tenant can't be called {tenant} here: the local server's own pages are under it").into())
        }
        false => Ok(()),
    }
}

pub fn routes(site: Arc<Site>) -> Router {
    Router::new()
        .route("/launcher/style.css", get(stylesheet))
        .merge(launcher::routes(site.clone()))
        .merge(validate::routes(site.clone()))
        .merge(register::routes(site.clone()))
        .merge(sample_app::routes(site))
}

/// The sign-in pages' own sheet, tokens and all, and after it what only these pages need.
pub const STYLESHEET: &str =
    concat!(include_str!("../../../../functions/authorize/pages/style.css"), include_str!("../../pages/local.css"));

async fn stylesheet() -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8")),
        // Its URL changes with its content.
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    (headers, STYLESHEET).into_response()
}
