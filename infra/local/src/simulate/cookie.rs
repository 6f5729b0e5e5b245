//! What was chosen in the launcher, kept by the browser until its next authorization request.

use super::Problem;
use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};

const NAME: &str = "admit-simulate";
const SECONDS: u32 = 600;

pub fn chosen(headers: &HeaderMap) -> Option<Problem> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(name, value)| (name == NAME).then(|| Problem::parse(value)).flatten())
}

/// None takes it away. The path binds it to the tenant, and keeps it from every other request.
pub fn put(response: &mut Response, tenant: &str, problem: Option<Problem>) {
    let (value, seconds) = problem.map_or(("", 0), |problem| (problem.as_str(), SECONDS));
    let cookie = format!("{NAME}={value}; Path=/{tenant}/authorize; HttpOnly; SameSite=Lax; Max-Age={seconds}");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}
