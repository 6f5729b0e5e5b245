//! Cookies of this server's own host: what they are called, where they are sent, and how they are read.

use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use rules::tenant::TenantRecord;

/// The values of every cookie of this name, as they came.
pub fn named(headers: &HeaderMap, name: String) -> impl Iterator<Item = &str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(move |(cookie, _)| *cookie == name).map(|(_, value)| value)
}

pub fn set(response: &mut Response, cookie: &str) {
    if let Ok(cookie) = HeaderValue::from_str(cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

/// `__Host-` keeps subdomains from planting one (RFC 6265bis §4.1.3.2); it needs https.
pub fn of_host(tenant: &TenantRecord, name: &str) -> String {
    let prefix = if tenant.issuer.is_https() { "__Host-" } else { "" };
    format!("{prefix}admit-{name}")
}

/// Whom a cookie is sent along with. A page in an EHR's frame gets no `Lax` cookie, so where the tenant allows frames they are
/// for any site, one of its own for each EHR (LCTX-10; RFC 6265bis §5.6.7; CHIPS), and the CSRF token alone guards the forms.
/// Without https, a frame works on a laptop, where both sides are one site.
pub fn sent_to(tenant: &TenantRecord) -> &'static str {
    match (tenant.issuer.is_https(), tenant.pages.frame_ancestors.is_empty()) {
        (true, true) => "SameSite=Lax; Secure",
        (true, false) => "SameSite=None; Secure; Partitioned",
        (false, _) => "SameSite=Lax",
    }
}
