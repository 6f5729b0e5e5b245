//! `POST /{tenant}/launchContext`: the EHR hands over what is on its screen.

mod callers;
mod form;
mod handle;
mod json;
mod patient;

use kit::{Answer, App, Ehr, Person, TestServer, Tokens, http::basic};
use serde_json::Value;

pub const PATH: &str = "/clinic/launchContext";

pub fn ehr() -> String {
    basic("clinic-ehr", "clinic-ehr-secret-of-more-than-32-characters")
}

pub async fn posts_form(server: &TestServer, form: &[(&str, &str)]) -> Answer {
    server.post(PATH, form, &[("authorization", &ehr())]).await
}

pub fn handle(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["launch"].as_str().expect("a handle").to_owned()
}

/// What the app gets that is launched with this handle.
pub async fn context_of(server: &TestServer, launch: &str) -> Tokens {
    let app = App::public(server);
    let url = app.with_launch("launch openid user/*.rs", launch);
    let answer = Person::named(server, "hannah").goes_through(&url, None).await;
    app.exchanges(&answer.query("code").expect("a code")).await
}

/// The refusal's description of a context in JSON.
pub async fn refusal(server: &TestServer, context: &Value) -> String {
    let answer = Ehr::of(server).sends(context).await;
    assert_eq!((answer.status, answer.error().as_str()), (400, "invalid_request"), "{context}: {}", answer.body);
    answer.json()["error_description"].as_str().expect("a description").to_owned()
}
