//! Somebody signed out at this browser. Their provider knows nothing of it and would sign them in again without a word, so a
//! cookie reminds us to have it ask. It holds no name.

use super::cookies::{self, of_host};
use axum::{http::HeaderMap, response::Response};
use rules::tenant::TenantRecord;

/// For as long as the session could have lasted: a provider's own is hardly longer.
pub fn remember(response: &mut Response, tenant: &TenantRecord) {
    cookies::set(response, tenant, cookie_name(tenant), "yes", Some(tenant.policy.session_seconds));
}

pub fn is_remembered(headers: &HeaderMap, tenant: &TenantRecord) -> bool {
    cookies::named(headers, cookie_name(tenant)).any(|value| value == "yes")
}

/// Somebody has signed in at a provider since.
pub fn forget(response: &mut Response, tenant: &TenantRecord) {
    cookies::set(response, tenant, cookie_name(tenant), "", Some(0));
}

fn cookie_name(tenant: &TenantRecord) -> String {
    of_host(tenant, &format!("signed-out-{}", tenant.id.as_str()))
}
