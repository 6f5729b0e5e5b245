//! The cookie of a browser in which people have signed in before: a mark for each, whose wrong passwords there are counted apart.

use super::cookies::{self, of_host};
use axum::{http::HeaderMap, response::Response};
use rules::{
    credentials::known_browser::{BrowserMarks, LIFE_SECONDS},
    tenant::TenantRecord,
};

pub fn shown(headers: &HeaderMap, tenant: &TenantRecord) -> BrowserMarks {
    let mut values = cookies::named(headers, cookie_name(tenant));
    values.next().map(|value| BrowserMarks::read(&value)).unwrap_or_default()
}

/// Only after a whole sign-in, with every factor that was asked for.
pub fn put(response: &mut Response, tenant: &TenantRecord, marks: Option<String>) {
    if let Some(marks) = marks {
        cookies::set(response, tenant, cookie_name(tenant), &marks, Some(LIFE_SECONDS));
    }
}

fn cookie_name(tenant: &TenantRecord) -> String {
    of_host(tenant, &format!("known-{}", tenant.id.as_str()))
}
