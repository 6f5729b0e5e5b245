//! One sign-in serves many apps: the session of a browser, what apps may wish of it, and its end.

mod accounts;
mod launches;
mod lifetime;
mod logout;
mod online;
mod prompts;
mod sign_on;

use kit::{
    Answer, App, Person, TestServer,
    app::{Pairs, authorize_url, with},
    server::BASE,
};
use rules::{
    session::{Session, SessionId},
    tenant::TenantId,
};
use server::store::{Write, schema};

pub const SCOPE: &str = "openid fhirUser launch/patient patient/*.rs";

pub async fn with_policy(line: &str) -> TestServer {
    TestServer::start_with(|toml| format!("{toml}\n[policy]\n{line}\n")).await
}

/// A browser at which this person has signed in for the first app.
pub async fn signed_in<'a>(server: &'a TestServer, username: &str) -> Person<'a> {
    let mut person = Person::named(server, username);
    person.goes_through(&App::public(server).standalone(SCOPE), Some(patient_of(username))).await;
    assert!(person.session_cookie().is_some(), "a session has begun");
    person
}

/// Whom this person may pick.
pub fn patient_of(username: &str) -> &'static str {
    if username == "rosa" { "mia-rivera" } else { "amy-shaw" }
}

/// The second app's request with these parameters beside the usual ones.
pub fn asks(server: &TestServer, more: &[(&str, &str)]) -> String {
    let mut request: Pairs = App::second(server).request(SCOPE);
    for (name, value) in more {
        request = with(request, name, Some(value));
    }
    authorize_url(&request)
}

/// The answer to one request of this browser, without going on.
pub async fn one_answer(server: &TestServer, person: &Person<'_>, url: &str) -> Answer {
    let cookies: Vec<String> = person.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let path = url.strip_prefix(BASE).unwrap_or(url);
    server.request(axum::http::Method::GET, path, &[("cookie", &cookies.join("; "))], "").await
}

/// The session that a browser's cookie names, as the table has it.
pub async fn session_of(server: &TestServer, cookie: &str) -> Session {
    let id = SessionId(cookie.split('.').next().expect("an id").to_owned());
    let tenant = TenantId::parse("clinic").expect("a tenant");
    let found = server.server.store.find::<Session>(schema::session(&tenant, &id), server.now()).await;
    found.expect("the table answers").expect("a session").value
}

/// The operator changes or removes a user.
pub async fn overwrites(server: &TestServer, write: Write) {
    server.server.store.write_unraced(vec![write]).await.expect("it is written");
}
