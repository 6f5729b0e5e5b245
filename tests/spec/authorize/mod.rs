//! `/authorize`: the request, the pages on the way, the answer.

mod audience;
mod bodies;
mod browsers;
mod consent;
mod context;
mod ehr_launch;
mod expiry;
mod frames;
mod languages;
mod named_patient;
mod openid;
mod page_headers;
mod parameters;
mod picker;
mod pkce;
mod redirect_uri;
mod repeated;
mod scopes;
mod sign_in;
mod state;
mod themes;
pub mod two_servers;
mod ways;

use kit::{
    Answer, TestServer,
    app::authorize_url,
    http::encode,
    server::{BASE, ISSUER},
};

pub type Request = [(String, String)];

/// What these tests ask for where the scope does not matter.
pub const SCOPE: &str = "openid fhirUser launch/patient offline_access patient/*.rs";

/// Sends the request in the query and in a form: SMART 2.2 (step 4) asks for both, and both must say the same (AUTHZ-1).
pub async fn asks(server: &TestServer, request: &Request) -> Answer {
    let by_get = by_get(server, request).await;
    let by_post = by_post(server, request).await;
    assert_eq!(by_get.status, by_post.status, "GET and POST differ");
    assert_eq!(by_get.header("location").map(lasting), by_post.header("location").map(lasting), "GET and POST differ");
    assert_eq!(lasting(&by_get.body), lasting(&by_post.body), "GET and POST differ");
    by_get
}

pub async fn by_get(server: &TestServer, request: &Request) -> Answer {
    let url = authorize_url(request);
    server.get(url.strip_prefix(BASE).expect("a URL of this server")).await
}

pub async fn by_post(server: &TestServer, request: &Request) -> Answer {
    server.post("/clinic/authorize", &borrowed(request), &[]).await
}

/// The text without what is random in it: references of refusals and ids of interactions.
fn lasting(text: &str) -> String {
    let interaction = format!("{ISSUER}/authorize/");
    if text.starts_with(&interaction) {
        return interaction;
    }
    let mut kept = text.to_owned();
    for (before, length) in [("%28reference+", 8), ("<code class=\"reference\">", 8)] {
        if let Some(at) = kept.find(before) {
            let start = at + before.len();
            kept.replace_range(start..start + length, "");
        }
    }
    kept
}

/// The error that a request gets at its redirect URI, where it also finds who answers and its state, and never a code.
/// RFC 6749 §4.1.2.1; RFC 9207 §2.
pub async fn refusal(server: &TestServer, request: &Request) -> String {
    let answer = asks(server, request).await;
    let redirect_uri = value(request, "redirect_uri").expect("a redirect_uri");
    assert_eq!(answer.status, 303, "{}", answer.body);
    assert!(answer.location().starts_with(redirect_uri), "not to the app: {}", answer.location());
    assert_eq!(answer.query("iss").as_deref(), Some(ISSUER));
    assert_eq!(answer.query("state").as_deref(), value(request, "state").filter(|state| !state.is_empty()));
    assert_eq!(answer.query("code"), None);
    kit::log::assert_explained(&answer, "at authorize");
    let description = answer.query("error_description").expect("a description for the developer");
    assert!(description.chars().all(|c| matches!(c, ' '..='!' | '#'..='[' | ']'..='~')), "{description}");
    answer.query("error").expect("an error")
}

/// The request is good: the browser goes on to a page of this server.
pub async fn is_accepted(server: &TestServer, request: &Request) -> bool {
    let answer = asks(server, request).await;
    answer.status == 303 && answer.location().starts_with(&format!("{ISSUER}/authorize/"))
}

/// "the authorization server SHOULD inform the resource owner of the error and MUST NOT automatically redirect the
/// user-agent to the invalid redirection URI" (RFC 6749 §4.1.2.1).
pub fn assert_is_error_page(answer: &Answer, what: &str) {
    assert_is_page_with(400, answer, what);
}

fn assert_is_page_with(status: u16, answer: &Answer, what: &str) {
    assert_eq!(answer.status, status, "{what}: {} {:?}", answer.body, answer.header("location"));
    kit::log::assert_explained(answer, what);
    assert_eq!(answer.header("location"), None, "{what}");
    assert!(answer.header("content-type").is_some_and(|kind| kind.starts_with("text/html")), "{what}");
    assert!(answer.body.contains("class=\"reference\""), "{what}: no reference for the operator");
}

fn value<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    request.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
}

pub fn borrowed(request: &Request) -> Vec<(&str, &str)> {
    request.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect()
}

/// The request with one parameter sent once more.
pub fn and(mut request: Vec<(String, String)>, name: &str, value: &str) -> Vec<(String, String)> {
    request.push((name.to_owned(), value.to_owned()));
    request
}

pub fn query_of(request: &Request) -> String {
    encode(&borrowed(request))
}
