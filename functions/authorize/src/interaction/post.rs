//! The form of a page, as it arrives.

use axum::{body::Bytes, extract::rejection::BytesRejection, http::HeaderMap};
use rules::{oauth::params::Params, secret::SecretHash};
use server::http::form_post::is_form;

/// What it says, and the hash by which the same form is known again.
pub fn read_form(headers: &HeaderMap, body: Result<Bytes, BytesRejection>) -> Option<(Params, SecretHash)> {
    let body = body.ok().filter(|_| is_form(headers))?;
    let hash = SecretHash::of(&String::from_utf8_lossy(&body));
    Some((Params::parse_page(&body).ok()?, hash))
}
