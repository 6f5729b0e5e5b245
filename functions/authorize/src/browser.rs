//! The browser that began an interaction, known by a cookie. Each interaction has a cookie of its own, so two tabs each
//! keep their own way, and a POST from the app's site, which brings no cookies, disturbs none.

use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use shared::{
    identity_provider::request::{Binding, State},
    keys::TenantRecord,
    secret::{Secret, SecretHash, same},
};

/// The cookie's value, which also makes the CSRF token.
pub struct Browser(Secret);

impl Browser {
    pub fn new() -> Browser {
        Browser(Secret::random())
    }

    pub fn hash(&self) -> SecretHash {
        self.0.hash()
    }

    /// The browser that sent this request, if it is the one that began.
    pub fn recognise(
        headers: &HeaderMap,
        tenant: &TenantRecord,
        interaction_id: &str,
        began: &SecretHash,
    ) -> Option<Browser> {
        let name = cookie_name(tenant, interaction_id);
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        cookies
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(cookie, value)| *cookie == name && began.matches(value))
            .map(|(_, value)| Browser(Secret::new(value)))
    }

    /// Only who can read the cookie can know it: a page of another site can't (AUTHZ-24).
    pub fn csrf(&self) -> String {
        self.0.successor("csrf").expose().to_owned()
    }

    /// Binds an answer of an identity provider to this browser and to what was asked.
    pub fn binding(&self, state: &State) -> Binding {
        Binding::of(&self.0, state)
    }

    pub fn sent_csrf(&self, sent: Option<&str>) -> bool {
        sent.is_some_and(|sent| same(sent, &self.csrf()))
    }

    pub fn put(&self, response: &mut Response, tenant: &TenantRecord, interaction_id: &Secret) {
        let name = cookie_name(tenant, interaction_id.expose());
        let secure = if tenant.issuer.is_https() { "; Secure" } else { "" };
        let seconds = tenant.policy.interaction_seconds;
        let cookie = format!("{name}={}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}", self.0.expose());
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
}

/// `__Host-` keeps subdomains from planting one (RFC 6265bis §4.1.3.2); it needs https.
fn cookie_name(tenant: &TenantRecord, interaction_id: &str) -> String {
    let prefix = if tenant.issuer.is_https() { "__Host-" } else { "" };
    let short: String = interaction_id.chars().take(12).collect();
    format!("{prefix}admit-{short}")
}
