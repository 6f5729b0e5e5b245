//! What the pages of the local server share.

mod frame;
mod query;
mod responses;
mod stylesheet;

pub use frame::Frame;
pub use query::query;
pub use responses::{html, html_in_frame, html_with_frame, html_with_script, plain, see_other};
pub use stylesheet::stylesheet;

use crate::{failure::Failure, tenant::LocalTenant};
use axum::http::{HeaderMap, header};
use server::Server;
use std::sync::Arc;

pub struct Site {
    pub base: String,
    /// Whether apps may live in the same network, with plain http.
    pub lan: bool,
    pub server: Arc<Server>,
    pub tenants: Vec<Arc<LocalTenant>>,
    /// For calls to this server over HTTP, as any other client makes them.
    pub http: reqwest::Client,
}

impl Site {
    pub fn new(
        base: &str,
        lan: bool,
        server: Arc<Server>,
        tenants: Vec<Arc<LocalTenant>>,
    ) -> Result<Arc<Site>, Failure> {
        let http = reqwest::Client::builder().no_proxy().build()?;
        Ok(Arc::new(Site { base: base.to_owned(), lan, server, tenants, http }))
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
