//! What the pages of the local server share.

mod cookies;
mod frame;
mod query;
mod responses;
mod stylesheet;

pub use cookies::{cookie, set_for_authorize};
pub use frame::Frame;
pub use query::query;
pub use responses::{
    Parts, html, html_in_frame, html_in_parts, html_with_copy, html_with_frame, html_with_script, plain, see_other,
};
pub use stylesheet::{script, stylesheet};

use crate::{failure::Failure, tenant::LocalTenant};
use admin::tenant_file::is_loopback;
use axum::http::{HeaderMap, header};
use server::Server;
use std::sync::Arc;

pub struct Site {
    /// What every address begins with.
    pub base: String,
    /// Where this server listens. With `--public-url` that is another address than the base, and no way leads from here to there.
    pub inside: String,
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
        inside: &str,
        lan: bool,
        server: Arc<Server>,
        tenants: Vec<Arc<LocalTenant>>,
    ) -> Result<Arc<Site>, Failure> {
        let http = reqwest::Client::builder().no_proxy().build()?;
        Ok(Arc::new(Site { base: base.to_owned(), inside: inside.to_owned(), lan, server, tenants, http }))
    }

    /// Whether one of our own pages sent this. Pages elsewhere must not act here for their visitors. `Origin` is `null` for
    /// forms on pages without a referrer, as ours are, so `Sec-Fetch-Site` is asked first (Fetch Metadata, §2.3).
    pub fn is_from_here(&self, headers: &HeaderMap) -> bool {
        match (headers.get("sec-fetch-site"), headers.get(header::ORIGIN)) {
            (Some(site), _) => site == "same-origin",
            (None, Some(origin)) => origin == self.base.as_str(),
            // No browser.
            (None, None) => true,
        }
    }

    /// Whether the person came by one of our own pages, a bookmark or the address bar (`none`), and by no page elsewhere, another port
    /// of this machine included. Browsers leave the header out where the server is a plain `http:` one of another machine, and so do
    /// programs, which ask on this machine alone.
    pub fn is_asked_by_the_person(&self, headers: &HeaderMap) -> bool {
        match headers.get("sec-fetch-site") {
            Some(site) => site == "same-origin" || site == "none",
            None => !self.lan && is_loopback(&self.base),
        }
    }

    /// The same address as this process reaches it.
    pub fn dial(&self, url: &str) -> String {
        dial(url, &self.base, &self.inside)
    }

    pub fn tenant(&self, id: &str) -> Option<&Arc<LocalTenant>> {
        self.tenants.iter().find(|tenant| tenant.file.id() == id)
    }
}

/// An address below `base` at `inside`; any other as it is.
pub fn dial(url: &str, base: &str, inside: &str) -> String {
    match url.strip_prefix(base) {
        Some(rest) if rest.is_empty() || rest.starts_with(['/', '?', '#']) => format!("{inside}{rest}"),
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::dial;

    #[test]
    fn only_what_lies_below_the_base_is_asked_for_inside() {
        let inside = "http://127.0.0.1:9000";
        for (url, dialled) in [
            ("https://a.example/home/token", "http://127.0.0.1:9000/home/token"),
            ("https://a.example", "http://127.0.0.1:9000"),
            ("https://a.example?x", "http://127.0.0.1:9000?x"),
            ("https://a.example.evil.example/home", "https://a.example.evil.example/home"),
            ("https://a.example:8443/home", "https://a.example:8443/home"),
            ("https://fhir.example/r4", "https://fhir.example/r4"),
        ] {
            assert_eq!(dial(url, "https://a.example", inside), dialled);
        }
    }
}
