//! The cookies of the local server's own.

use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};

/// What the browser shows under this name.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(own, value)| *own == name && !value.is_empty()).map(|(_, value)| value)
}

/// For the browser's next authorization request at that tenant: the path keeps it from every other request. None takes it away.
pub fn set_for_authorize(response: &mut Response, tenant: &str, name: &str, value: Option<&str>) {
    // Ten minutes are enough to get from the launcher through the app.
    let (value, seconds) = value.map_or(("", 0), |value| (value, 600));
    let cookie = format!("{name}={value}; Path=/{tenant}/authorize; HttpOnly; SameSite=Lax; Max-Age={seconds}");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}
