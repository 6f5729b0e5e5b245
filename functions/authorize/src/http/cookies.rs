//! Cookies of this server's own host: what they are called, where they are sent, and how they are read.

use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use cookie::{Cookie, SameSite, time::Duration};
use rules::tenant::TenantRecord;

/// The values of every cookie of this name, as they came.
pub fn named(headers: &HeaderMap, name: String) -> impl Iterator<Item = String> {
    all(headers).filter(move |cookie| cookie.name() == name).map(|cookie| cookie.value().to_owned())
}

/// Whether the browser shows any cookie of this server.
pub fn has_any_of_ours(headers: &HeaderMap, tenant: &TenantRecord) -> bool {
    let prefix = of_host(tenant, "");
    all(headers).any(|cookie| cookie.name().starts_with(&prefix))
}

/// Whatever the browser shows. What is no cookie hides none.
fn all(headers: &HeaderMap) -> impl Iterator<Item = Cookie<'_>> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    lines.flat_map(Cookie::split_parse).filter_map(Result::ok)
}

/// Without a life, in seconds, it ends with the browser.
pub fn set(response: &mut Response, tenant: &TenantRecord, name: String, value: &str, life: Option<i64>) {
    let mut cookie = Cookie::build((name, value.to_owned())).path("/").http_only(true).build();
    cookie.set_max_age(life.map(Duration::seconds));
    send_to(&mut cookie, tenant);
    if let Ok(cookie) = HeaderValue::from_str(&cookie.to_string()) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

/// `__Host-` keeps subdomains from planting one (RFC 6265bis §4.1.3.2); it needs https.
pub fn of_host(tenant: &TenantRecord, name: &str) -> String {
    let prefix = if tenant.issuer.is_https() { "__Host-" } else { "" };
    format!("{prefix}admit-{name}")
}

/// A page in an EHR's frame gets no `Lax` cookie. So where the tenant allows frames its cookies are for any site, one of its own
/// for each EHR (LCTX-10; RFC 6265bis §5.6.7; CHIPS), and the CSRF token alone guards the forms. Without https, a frame works on
/// a laptop, where both sides are one site.
fn send_to(cookie: &mut Cookie<'_>, tenant: &TenantRecord) {
    let (is_https, is_framed) = (tenant.issuer.is_https(), !tenant.pages.frame_ancestors.is_empty());
    cookie.set_same_site(if is_https && is_framed { SameSite::None } else { SameSite::Lax });
    cookie.set_secure(is_https);
    cookie.set_partitioned(is_https && is_framed);
}
