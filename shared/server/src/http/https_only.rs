//! HTTP Strict Transport Security (RFC 6797): a browser that was here once comes back by https alone, whatever a link says.

use crate::Server;
use axum::{
    http::{HeaderValue, header},
    response::Response,
};
use rules::tenant::TenantId;

/// Two years, for this host alone: what else is under its name is not ours to speak for.
const POLICY: HeaderValue = HeaderValue::from_static("max-age=63072000");

/// On every answer at a tenant whose issuer is https. Over http the header says nothing (§7.2). Asks nobody: whoever answered has
/// looked the tenant up.
pub fn put_on(answer: &mut Response, server: &Server, path: &str) {
    let mut tenants = path.split('/').filter_map(TenantId::parse);
    if tenants.any(|id| server.remembered_tenant(&id).is_some_and(|tenant| tenant.issuer.is_https())) {
        answer.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, POLICY);
    }
}
