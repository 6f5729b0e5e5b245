//! The browser that began an interaction, known by a cookie. Each interaction has a cookie of its own, so two tabs each
//! keep their own way, and a POST from the app's site, which brings no cookies, disturbs none.

use super::{
    cookies::{self, of_host},
    session::BrowserSession,
    signed_out,
};
use axum::{http::HeaderMap, response::Response};
use rules::{
    credentials::recovery,
    grant::GrantId,
    identity_provider::request::{Binding, State},
    secret::{Secret, SecretHash, same},
    session::SessionId,
    tenant::TenantRecord,
};

/// The cookie's value, which also makes the CSRF token: one for each session that a page was shown in.
#[derive(Clone)]
pub struct Browser {
    secret: Secret,
    session: Option<SessionId>,
    is_of_before_sign_in: bool,
    has_signed_out: bool,
}

impl Browser {
    pub fn new() -> Browser {
        Browser::holding(Secret::random())
    }

    pub fn hash(&self) -> SecretHash {
        self.secret.hash()
    }

    /// The browser of a session, where a request is answered at once and no cookie of an interaction tells it.
    pub fn of_session(session: &BrowserSession) -> Browser {
        Browser::holding(session.secret_for("answers at once"))
    }

    /// The browser that sent this request, if it is the one that began.
    pub fn recognise(
        headers: &HeaderMap,
        tenant: &TenantRecord,
        interaction_id: &str,
        began: &SecretHash,
    ) -> Option<Browser> {
        let mut values = cookies::named(headers, cookie_name(tenant, interaction_id));
        let value = values.find(|value| began.matches(value))?;
        let has_signed_out = signed_out::is_remembered(headers, tenant);
        Some(Browser { has_signed_out, ..Browser::holding(Secret::new(value)) })
    }

    fn holding(secret: Secret) -> Browser {
        Browser { secret, session: None, is_of_before_sign_in: false, has_signed_out: false }
    }

    /// The browser with the cookie that sign-in has replaced.
    #[must_use]
    pub fn of_before_sign_in(self) -> Browser {
        Browser { is_of_before_sign_in: true, ..self }
    }

    pub fn is_of_before_sign_in(&self) -> bool {
        self.is_of_before_sign_in
    }

    /// Somebody signed out at it, and nobody has signed in at a provider since.
    pub fn has_signed_out(&self) -> bool {
        self.has_signed_out
    }

    /// What the pages show from now on is for this session: when another person signs in, their forms are void.
    pub fn show_for(&mut self, session: Option<SessionId>) {
        self.session = session;
    }

    /// Only who can read the cookie can know it: a page of another site can't (AUTHZ-24).
    pub fn csrf(&self) -> String {
        let session = self.session.as_ref().map(|id| id.0.as_str()).unwrap_or_default();
        self.secret.successor(&format!("csrf {session}")).expose().to_owned()
    }

    /// The recovery codes of this salt, for the page that shows them.
    pub fn recovery_codes(&self, salt: &str) -> Vec<String> {
        recovery::codes(&self.secret, salt)
    }

    /// The secret of this grant's code: for this browser the same again, for anybody else 256 random bits. The table has the
    /// cookie's hash alone.
    pub fn code(&self, grant: &GrantId) -> Secret {
        self.secret.successor(&format!("code {}", grant.0))
    }

    /// Binds an answer of an identity provider to this browser and to what was asked.
    pub fn binding(&self, state: &State) -> Binding {
        Binding::of(&self.secret, state)
    }

    pub fn sent_csrf(&self, sent: Option<&str>) -> bool {
        sent.is_some_and(|sent| same(sent, &self.csrf()))
    }

    pub fn put(&self, response: &mut Response, tenant: &TenantRecord, interaction_id: &str) {
        let name = cookie_name(tenant, interaction_id);
        cookies::set(response, tenant, name, self.secret.expose(), Some(tenant.policy.interaction_seconds));
    }
}

fn cookie_name(tenant: &TenantRecord, interaction_id: &str) -> String {
    let short: String = interaction_id.chars().take(12).collect();
    of_host(tenant, &short)
}
