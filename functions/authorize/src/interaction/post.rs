//! The form of a page, as it arrives.

use axum::{body::Bytes, extract::rejection::BytesRejection, http::HeaderMap};
use rules::oauth::params::Params;
use server::http::form_post::is_form;

pub fn read_form(headers: &HeaderMap, body: Result<Bytes, BytesRejection>) -> Option<Params> {
    let body = body.ok().filter(|_| is_form(headers))?;
    Params::parse_page(&body).ok()
}
