//! People who sign in at an OpenID Connect provider: what is believed of it, and what is not.

use kit::{
    App, Person, Provider, TestServer, Tokens,
    app::tokens,
    browser::{Page, Place},
    http::Answer,
};
use serde_json::{Value, json};

mod acr;
mod answers;
mod changeable;
mod departure;
mod freshness;
mod id_tokens;
mod lookups;
mod mapping;
mod outages;
mod proofs;
mod sessions;
mod signed_out;
mod state;

/// How most tests here configure a provider.
const PUBLIC: &str = "token_endpoint_auth_method = \"none\"\nfhir_user_claim = \"fhirUser\"";
const SCOPE: &str = "openid fhirUser launch/patient patient/*.rs";

/// A server whose people sign in at this provider alone.
async fn server_with(provider: &Provider, lines: &str) -> TestServer {
    let provider = provider.in_tenant_file("okta", lines);
    start(&provider, "local_sign_in = false").await
}

/// These sections at the end of the tenant file, and these lines in its policy.
async fn start(sections: &str, policy: &str) -> TestServer {
    let sections = format!("{sections}\n[policy]\nloopback_key_sets = true\n{policy}\n");
    TestServer::start_with(|toml| format!("{toml}{sections}")).await
}

fn amy() -> Value {
    json!({ "sub": "00u-amy", "name": "Amy at the provider", "fhirUser": "Patient/amy-shaw" })
}

/// Somebody before a browser, sent to the provider: where to.
async fn is_sent(person: &mut Person<'_>, server: &TestServer) -> String {
    is_sent_by(person, &App::public(server).standalone(SCOPE)).await
}

async fn is_sent_by(person: &mut Person<'_>, url: &str) -> String {
    person.opens(url).await.app().location().to_owned()
}

fn somebody(server: &TestServer) -> Person<'_> {
    Person::named(server, "somebody")
}

/// Goes all the way with these claims, and says where it ended.
async fn ends_with(server: &TestServer, provider: &Provider, claims: Value) -> Place {
    let mut person = somebody(server);
    let location = is_sent(&mut person, server).await;
    let back = provider.signs_in(&location, claims, server.now().0);
    person.opens(&back).await
}

/// The same, and nobody is signed in: status, heading and all of the page. It offers to try again and to go back.
async fn is_refused(server: &TestServer, provider: &Provider, claims: Value) -> Page {
    let page = ends_with(server, provider, claims).await.page();
    shows_trouble(&page);
    page
}

fn shows_trouble(page: &Page) {
    assert!(page.answer.status >= 400, "{} {}", page.answer.status, page.answer.body);
    assert!(page.answer.body.contains("/provider/"), "no way to try again: {}", page.answer.body);
    assert!(page.asks("cancel") && !page.asks("decision"), "{}", page.answer.body);
    let reference = page.answer.header("admit-refusal").expect("a reference");
    assert!(page.answer.body.contains(reference), "the page shows the reference");
}

/// Signs in, says yes, and the app exchanges its code.
async fn gets_tokens(server: &TestServer, provider: &Provider, claims: Value) -> Tokens {
    let app = App::public(server);
    let mut person = somebody(server);
    let location = is_sent(&mut person, server).await;
    let back = provider.signs_in(&location, claims, server.now().0);
    let answer = person.goes_through(&back, Some("amy-shaw")).await;
    let code = answer.query("code").unwrap_or_else(|| panic!("no code: {}", answer.location()));
    tokens(app.redeems(&code).await)
}

fn status(answer: &Answer) -> u16 {
    answer.status
}
