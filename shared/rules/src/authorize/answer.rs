//! The answer to the app: a redirect that carries the code or the error, the state, and who answers (RFC 9207).

use super::redirect_target::{RedirectTarget, ResponseType};
use crate::{secret::Secret, tenant::Issuer};
use serde_json::{Map, Value};
use url::form_urlencoded::Serializer;

pub fn with_code(target: &RedirectTarget, issuer: &Issuer, code: &Secret) -> String {
    location(target, issuer, &[("code", code.expose())])
}

/// The members of a token response, for the implicit grant (RFC 6749 §4.2.2; the SMART context beside it, LEG-6).
pub fn with_token(target: &RedirectTarget, issuer: &Issuer, response: &Map<String, Value>) -> String {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let members: Vec<(&str, String)> = response.iter().map(|(name, value)| (name.as_str(), text(value))).collect();
    let members: Vec<(&str, &str)> = members.iter().map(|(name, value)| (*name, value.as_str())).collect();
    location(target, issuer, &members)
}

pub fn with_error(target: &RedirectTarget, issuer: &Issuer, code: &str, description: &str) -> String {
    location(target, issuer, &[("error", code), ("error_description", description)])
}

/// A query that the redirect URI has already is kept (RFC 6749 §3.1.2); the URI itself is not re-spelled.
fn location(target: &RedirectTarget, issuer: &Issuer, members: &[(&str, &str)]) -> String {
    let mut answer = Serializer::new(String::new());
    answer.extend_pairs(members);
    if let Some(state) = &target.state {
        answer.append_pair("state", state);
    }
    if !target.without_iss {
        answer.append_pair("iss", issuer.as_str());
    }
    let separator = match target.response {
        ResponseType::Token => '#',
        ResponseType::Code if target.redirect_uri.contains('?') => '&',
        ResponseType::Code => '?',
    };
    format!("{}{separator}{}", target.redirect_uri, answer.finish())
}
