//! What was chosen in the launcher, kept by the browser until its next authorization request.

use super::Problem;
use crate::site::{cookie, set_for_authorize};
use axum::{http::HeaderMap, response::Response};

const NAME: &str = "admit-simulate";

pub fn chosen(headers: &HeaderMap) -> Option<Problem> {
    Problem::parse(cookie(headers, NAME)?)
}

/// None takes it away.
pub fn put(response: &mut Response, tenant: &str, problem: Option<Problem>) {
    set_for_authorize(response, tenant, NAME, problem.map(Problem::as_str));
}
