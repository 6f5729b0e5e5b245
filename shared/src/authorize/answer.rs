//! The answer to the app: a redirect that carries the code or the error, the state, and who answers (RFC 9207).

use super::request::RedirectTarget;
use crate::{oauth::answer::Refused, secret::Secret, tenant::Issuer};
use url::form_urlencoded::Serializer;

pub fn with_code(target: &RedirectTarget, issuer: &Issuer, code: &Secret) -> String {
    location(target, issuer, &[("code", code.expose())])
}

pub fn with_error(target: &RedirectTarget, issuer: &Issuer, refused: &Refused) -> String {
    location(target, issuer, &[("error", refused.code), ("error_description", &refused.description())])
}

/// A query that the redirect URI has already is kept (RFC 6749 §3.1.2); the URI itself is not re-spelled.
fn location(target: &RedirectTarget, issuer: &Issuer, members: &[(&str, &str)]) -> String {
    let mut query = Serializer::new(String::new());
    query.extend_pairs(members);
    if let Some(state) = &target.state {
        query.append_pair("state", state);
    }
    query.append_pair("iss", issuer.as_str());
    let separator = if target.redirect_uri.contains('?') { '&' } else { '?' };
    format!("{}{separator}{}", target.redirect_uri, query.finish())
}
