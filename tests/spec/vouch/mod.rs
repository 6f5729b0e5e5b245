//! An EHR vouches for its clinician: nobody signs in twice, and a stolen handle is worth nothing (VOUCH-1 to VOUCH-14).

mod app;
mod assertions;
mod handle;
mod lasting;
mod once;
mod trail;
mod way;

use kit::{
    Answer, App, Assertion, Ehr, Person, TestServer, Tokens,
    app::{authorize_url, with},
    assertion::jwks,
    browser::Place,
    ehr::{ALG, SINCE, word},
};
use serde_json::{Value, json};

const SCOPE: &str = "launch openid fhirUser user/*.rs";

/// The EHR of the fixtures, which vouches for practitioners.
fn vouching(toml: &str) -> String {
    kit::ehr::vouching(toml, &format!("jwks = {}", jwks(ALG)))
}

/// The same where the operator says yes for the app.
fn unasked(toml: &str) -> String {
    vouching(toml).replacen(
        "client_name = \"Growth Chart\"\n",
        "client_name = \"Growth Chart\"\nconsent = \"never\"\n",
        1,
    )
}

async fn server() -> TestServer {
    TestServer::start_with(|toml| unasked(&toml)).await
}

/// The same with lines of policy.
async fn with_policy(policy: &str) -> TestServer {
    TestServer::start_with(|toml| {
        unasked(&toml).replacen("[[fhir_servers]]", &format!("[policy]\n{policy}\n[[fhir_servers]]"), 1)
    })
    .await
}

fn body(word: &Assertion) -> Value {
    json!({ "patient": "amy-shaw", "client_id": "public-app", "user_assertion": word.sign() })
}

async fn sends(server: &TestServer, word: &Assertion) -> Answer {
    Ehr::of(server).sends(&body(word)).await
}

/// The handle of a launch that brings its person.
async fn launches(server: &TestServer, word: &Assertion) -> String {
    Ehr::of(server).launches(body(word)).await
}

fn url(app: &App<'_>, launch: &str, more: &[(&str, &str)]) -> String {
    url_for(app, SCOPE, launch, more)
}

fn url_for(app: &App<'_>, scope: &str, launch: &str, more: &[(&str, &str)]) -> String {
    let request = with(app.request(scope), "launch", Some(launch));
    authorize_url(&more.iter().fold(request, |request, (name, value)| with(request, name, Some(value))))
}

/// Where a browser ends that knows nobody and is told of the launch.
async fn opens(server: &TestServer, launch: &str, more: &[(&str, &str)]) -> Place {
    Person::named(server, "nobody").opens(&url(&App::public(server), launch, more)).await
}

async fn code(place: Place) -> String {
    let answer = place.app();
    answer.query("code").unwrap_or_else(|| panic!("no code: {}", answer.location()))
}

/// What the app gets for this word, without a page.
async fn tokens_for(server: &TestServer, word: &Assertion, scope: &str) -> Tokens {
    let (app, launch) = (App::public(server), launches(server, word).await);
    let place = Person::named(server, "nobody").opens(&url_for(&app, scope, &launch, &[])).await;
    app.exchanges(&code(place).await).await
}

fn error(place: Place) -> String {
    let answer = place.app();
    answer.query("error").unwrap_or_else(|| panic!("no error: {}", answer.location()))
}
