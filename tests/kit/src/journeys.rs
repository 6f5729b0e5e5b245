//! The ways through the server, each ending with a proof that what it got is good, and good once.

use crate::{
    Answer, App, DocumentServer, Ehr, Person, TestServer,
    app::{assertion_form, authorize_url, introspect, tokens, with},
    browser::Place,
    document_server::taking_documents,
    http::{basic, encode},
    key_server::{jwks, new_key, signed_by},
    patience::patiently,
    server::{BASE, ISSUER, PASSWORD},
};
use axum::{body::Body, http::Method};
use rules::secret::random_text;
use serde_json::json;
use std::pin::Pin;

const SCOPE: &str = "openid fhirUser launch/patient offline_access patient/*.rs";

#[derive(Clone, Copy)]
pub struct Journey {
    pub name: &'static str,
    pub tenant: fn(String) -> String,
    pub walk: for<'a> fn(&'a TestServer) -> Walk<'a>,
}

pub type Walk<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

macro_rules! journeys {
    ($($name:literal, $tenant:expr => $walk:ident),* $(,)?) => {
        pub const JOURNEYS: &[Journey] = &[$(Journey {
            name: $name,
            tenant: $tenant,
            walk: |server| Box::pin($walk(server)),
        }),*];
    };
}

journeys![
    "discovery", as_it_is => discovery,
    "EHR launch", as_it_is => ehr_launch,
    "standalone launch", as_it_is => standalone,
    "patient picker", as_it_is => picker,
    "assertion, code exchange", as_it_is => asymmetric,
    "refresh", as_it_is => refresh,
    "refresh, token alone", as_it_is => refresh_without_a_client_id,
    "client_credentials", as_it_is => client_credentials,
    "introspection", as_it_is => introspection,
    "revocation", as_it_is => revocation,
    "online access, logout", as_it_is => online_access_and_logout,
    "wrong password, then right", as_it_is => wrong_password,
    "wrong secret, then right", as_it_is => wrong_secret,
    "second app", as_it_is => second_app,
    "remembered consent", remembering => second_visit,
    "pushed request", pushing => pushed,
    "pushed, remembered", pushing_and_remembering => second_visit_with_pushes,
    "management", as_it_is => management,
    "reference tokens", opaque => reference_tokens,
    "implicit, password", legacy => legacy_grants,
    "client document", taking => document,
];

pub fn as_it_is(toml: String) -> String {
    toml
}

fn remembering(toml: String) -> String {
    toml.replacen("[[fhir_servers]]", "[policy]\nremember_consent_seconds = 86400\n[[fhir_servers]]", 1)
}

/// A tenant that takes pushed requests.
pub fn pushing(toml: String) -> String {
    toml.replacen("[[fhir_servers]]", "[policy]\npushed_authorization_requests = \"accepted\"\n[[fhir_servers]]", 1)
}

pub fn pushing_and_remembering(toml: String) -> String {
    pushing(toml).replacen("[policy]\n", "[policy]\nremember_consent_seconds = 86400\n", 1)
}

pub fn opaque(toml: String) -> String {
    ["public-app", "backend"].iter().fold(toml, |toml, id| {
        let id = format!("client_id = \"{id}\"");
        toml.replace(&id, &format!("{id}\naccess_token_format = \"reference\""))
    })
}

pub fn legacy(toml: String) -> String {
    let on =
        "grant_types = [\"authorization_code\", \"refresh_token\", \"client_credentials\", \"implicit\", \"password\"]";
    let code = "grant_types = [\"authorization_code\", \"refresh_token\"]";
    opaque(toml).replacen("[[fhir_servers]]", &format!("[policy]\n{on}\n\n[[fhir_servers]]"), 1).replacen(
        code,
        &on.replace(", \"client_credentials\"", ""),
        1,
    )
}

fn taking(toml: String) -> String {
    taking_documents(&toml, "[\"*\"]", SCOPE)
}

/// As far as the app. Who hears there that the server is unavailable begins again, with the same launch.
async fn approves(person: &mut Person<'_>, url: &str, patient: Option<&str>) -> Answer {
    let mut answer = person.goes_through(url, patient).await;
    // More than once only where requests have little time and the machine is busy (`tests/spec/faults/slow.rs`).
    for _ in 0..3 {
        if answer.query("error").as_deref() != Some("temporarily_unavailable") {
            break;
        }
        answer = person.goes_through(url, patient).await;
    }
    answer
}

fn code(answer: &Answer) -> String {
    answer.query("code").unwrap_or_else(|| panic!("no code: {}", answer.location()))
}

fn is_good(introspected: &serde_json::Value) {
    assert_eq!(introspected["active"], true, "{introspected}");
}

async fn is_dead(app: &App<'_>, refresh_token: &str) {
    let again = patiently(|| app.sends_refresh(refresh_token, None)).await;
    assert_eq!(again.refusal(), "400 invalid_grant");
}

async fn discovery(server: &TestServer) {
    for path in ["/clinic/.well-known/smart-configuration", "/clinic/.well-known/jwks.json"] {
        assert_eq!(server.get(path).await.status, 200);
    }
}

async fn ehr_launch(server: &TestServer) {
    let (app, ehr) = (App::public(server), Ehr::of(server));
    let launch = ehr.launches_patient("amy-shaw").await;
    let url = app.with_launch("launch openid fhirUser offline_access patient/*.rs", &launch);
    let code = code(&approves(&mut Person::named(server, "hannah"), &url, None).await);
    let tokens = app.exchanges(&code).await;
    assert_eq!(tokens.0["patient"], "amy-shaw");
    is_good(&introspect(server, tokens.access_token()).await);
    // The launch is good once, and so is the code.
    let mut again = Person::named(server, "hannah").opens(&url).await.app();
    if again.query("error").as_deref() == Some("temporarily_unavailable") {
        again = Person::named(server, "hannah").opens(&url).await.app();
    }
    assert_eq!(again.query("error").as_deref(), Some("invalid_request"));
    assert_eq!(app.redeems(&code).await.refusal(), "400 invalid_grant");
}

async fn standalone(server: &TestServer) {
    let app = App::public(server);
    let code = code(&approves(&mut Person::named(server, "amy"), &app.standalone(SCOPE), None).await);
    let tokens = app.exchanges(&code).await;
    let header = format!("Bearer {}", tokens.access_token());
    let userinfo = server.request(Method::GET, "/clinic/userinfo", &[("authorization", &header)], Body::empty()).await;
    assert_eq!(userinfo.status, 200, "{}", userinfo.body);
}

async fn picker(server: &TestServer) {
    let app = App::public(server);
    let url = app.standalone("launch/patient patient/*.rs");
    let answer = approves(&mut Person::named(server, "hannah"), &url, Some("wei-chen")).await;
    assert_eq!(app.exchanges(&code(&answer)).await.0["patient"], "wei-chen");
}

async fn asymmetric(server: &TestServer) {
    let app = App::asymmetric(server, rules::tenant::SigningAlg::ES384);
    let code = code(&approves(&mut Person::named(server, "amy"), &app.standalone(SCOPE), None).await);
    let first = tokens(patiently(|| app.redeems(&code)).await);
    let second = tokens(patiently(|| app.sends_refresh(first.refresh_token(), None)).await);
    let third = tokens(patiently(|| app.sends_refresh(second.refresh_token(), None)).await);
    // Not the last one, so there is no grace time for it.
    is_dead(&app, first.refresh_token()).await;
    is_dead(&app, third.refresh_token()).await;
}

async fn refresh(server: &TestServer) {
    let app = App::public(server);
    let mut last =
        app.exchanges(&code(&approves(&mut Person::named(server, "amy"), &app.standalone(SCOPE), None).await)).await;
    for _ in 0..2 {
        last = app.refreshes(last.refresh_token()).await;
    }
    is_good(&introspect(server, last.access_token()).await);
}

/// fhirclient.js leaves its client_id out.
async fn refresh_without_a_client_id(server: &TestServer) {
    let app = App::public(server);
    let url = app.standalone("launch/patient offline_access patient/*.rs");
    let first = app.exchanges(&code(&approves(&mut Person::named(server, "amy"), &url, None).await)).await;
    let form = [("grant_type", "refresh_token"), ("refresh_token", first.refresh_token())];
    let second = tokens(server.post("/clinic/token", &form, &[]).await);
    let form = [("grant_type", "refresh_token"), ("refresh_token", second.refresh_token())];
    tokens(server.post("/clinic/token", &form, &[]).await);
    is_dead(&app, first.refresh_token()).await;
}

async fn client_credentials(server: &TestServer) {
    let app = App::backend(server);
    let answer = patiently(|| app.asks_for_itself("system/*.rs")).await;
    let token = answer.json()["access_token"].as_str().expect("a token").to_owned();
    is_good(&introspect(server, &token).await);
    // An assertion is good once.
    let mut form = assertion_form(&app.assertion().sign());
    form.extend([("grant_type", "client_credentials"), ("scope", "system/*.rs")].map(|(n, v)| (n.into(), v.into())));
    let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let first = server.post("/clinic/token", &form, &[]).await;
    // Who was told 503 may have shown it, or not.
    assert!(matches!(first.status, 200 | 429 | 503), "{}", first.body);
    let second = patiently(|| server.post("/clinic/token", &form, &[])).await;
    assert!(second.status == 401 || first.status != 200, "an assertion was good twice");
    let revoked = patiently(|| app.revokes(&token)).await;
    assert_eq!(revoked.status, 200, "{}", revoked.body);
    assert_eq!(introspect(server, &token).await, json!({ "active": false }));
}

async fn introspection(server: &TestServer) {
    let app = App::backend(server);
    let answer = patiently(|| app.asks_for_itself("__introspect __launch.create")).await.json();
    let bearer = format!("Bearer {}", answer["access_token"].as_str().expect("a token"));
    let form = [("token", answer["access_token"].as_str().expect("a token"))];
    let by_bearer = server.post("/clinic/introspect", &form, &[("authorization", &bearer)]).await;
    is_good(&by_bearer.json());
    is_good(&patiently(|| app.posts("introspect", &form)).await.json());
    let headers = [("authorization", bearer.as_str())];
    let launch = server.post("/clinic/launchContext", &[("patient", "amy-shaw")], &headers).await;
    assert_eq!(launch.status, 200, "{}", launch.body);
}

async fn revocation(server: &TestServer) {
    let app = App::public(server);
    let tokens =
        app.exchanges(&code(&approves(&mut Person::named(server, "amy"), &app.standalone(SCOPE), None).await)).await;
    assert_eq!(app.revokes(tokens.access_token()).await.status, 200);
    assert_eq!(introspect(server, tokens.access_token()).await, json!({ "active": false }));
    assert_eq!(app.revokes(tokens.refresh_token()).await.status, 200);
    is_dead(&app, tokens.refresh_token()).await;
}

async fn online_access_and_logout(server: &TestServer) {
    let app = App::public(server);
    let launch = Ehr::of(server).launches_patient("amy-shaw").await;
    let url = app.with_launch("launch openid online_access patient/*.rs", &launch);
    let mut hannah = Person::named(server, "hannah");
    let tokens = app.exchanges(&code(&approves(&mut hannah, &url, None).await)).await;
    let tokens = app.refreshes(tokens.refresh_token()).await;
    is_good(&introspect(server, tokens.access_token()).await);
    let hint = tokens.0["id_token"].as_str().expect("an id_token");
    let end = hannah.opens(&format!("{BASE}/clinic/logout?{}", encode(&[("id_token_hint", hint)]))).await.end();
    assert_eq!(end.status, 200, "{}", end.body);
    assert_eq!(introspect(server, tokens.access_token()).await, json!({ "active": false }));
    is_dead(&app, tokens.refresh_token()).await;
}

async fn wrong_password(server: &TestServer) {
    let app = App::public(server);
    let mut amy = Person::named(server, "amy");
    let url = app.standalone(SCOPE);
    for _ in 0..2 {
        let page = match amy.opens(&url).await {
            Place::App(_) => amy.opens(&url).await.page(),
            place => place.page(),
        };
        match amy.submits(&page, &[("username", "amy"), ("password", "wrong")]).await {
            Place::Page(page) => assert!(page.asks("password"), "{}", page.answer.body),
            // The app hears that the server is unavailable, and she comes back.
            Place::App(answer) => assert_eq!(answer.query("error").as_deref(), Some("temporarily_unavailable")),
            Place::End(answer) => panic!("{} {}", answer.status, answer.body),
        }
    }
    app.exchanges(&code(&approves(&mut amy, &url, None).await)).await;
}

async fn wrong_secret(server: &TestServer) {
    let wrong = basic("clinic-fhir", "wrong-secret-of-more-than-thirty-two-characters");
    let answer = server.post("/clinic/introspect", &[("token", "x")], &[("authorization", &wrong)]).await;
    assert_eq!(answer.status, 401, "{}", answer.body);
    assert_eq!(introspect(server, "x").await, json!({ "active": false }));
}

async fn second_app(server: &TestServer) {
    let mut amy = Person::named(server, "amy");
    let answer = approves(&mut amy, &App::public(server).standalone(SCOPE), None).await;
    App::public(server).exchanges(&code(&answer)).await;
    // Her session is in use again.
    server.passes(600);
    let answer = approves(&mut amy, &App::second(server).standalone(SCOPE), None).await;
    App::second(server).exchanges(&code(&answer)).await;
}

/// Once with a yes, once without being asked; and once from within the app, where nobody may be asked.
async fn second_visit(server: &TestServer) {
    let app = App::public(server);
    let mut amy = Person::named(server, "amy");
    let silent = authorize_url(&with(app.request(SCOPE), "prompt", Some("none")));
    for url in [app.standalone(SCOPE), app.standalone(SCOPE), silent] {
        app.exchanges(&code(&approves(&mut amy, &url, None).await)).await;
    }
}

async fn pushed(server: &TestServer) {
    let (app, ehr) = (App::asymmetric(server, rules::tenant::SigningAlg::ES384), Ehr::of(server));
    let launch = ehr.launches_patient("amy-shaw").await;
    let request = with(app.request("launch openid fhirUser offline_access patient/*.rs"), "launch", Some(&launch));
    let url = app.url_of_push(&patiently(|| app.pushes(&request)).await);
    let code = code(&approves(&mut Person::named(server, "hannah"), &url, None).await);
    let tokens = tokens(patiently(|| app.redeems(&code)).await);
    assert_eq!(tokens.0["patient"], "amy-shaw");
    // It is good once.
    Person::named(server, "hannah").opens(&url).await.end();
}

/// With a page, and without one.
async fn second_visit_with_pushes(server: &TestServer) {
    let app = App::public(server);
    let mut amy = Person::named(server, "amy");
    let silent = with(app.request(SCOPE), "prompt", Some("none"));
    for request in [app.request(SCOPE), app.request(SCOPE), silent] {
        let url = app.pushed(&request).await;
        // After an outage the same link is good.
        app.exchanges(&code(&approves(&mut amy, &url, None).await)).await;
    }
}

async fn management(server: &TestServer) {
    let app = App::public(server);
    let mut amy = Person::named(server, "amy");
    let tokens = app.exchanges(&code(&approves(&mut amy, &app.standalone(SCOPE), None).await)).await;
    let page = amy.opens(&format!("{ISSUER}/manage")).await.page().with("client_id", app.client_id);
    amy.submits(&page, &[("decision", "take-away")]).await;
    is_dead(&app, tokens.refresh_token()).await;
}

async fn reference_tokens(server: &TestServer) {
    let (app, backend) = (App::public(server), App::backend(server));
    let tokens =
        app.exchanges(&code(&approves(&mut Person::named(server, "amy"), &app.standalone(SCOPE), None).await)).await;
    is_good(&introspect(server, tokens.access_token()).await);
    let answer = patiently(|| backend.asks_for_itself("system/*.rs")).await.json();
    is_good(&introspect(server, answer["access_token"].as_str().expect("a token")).await);
}

async fn legacy_grants(server: &TestServer) {
    let app = App::public(server);
    let scope = "launch/patient patient/*.rs";
    let request = with(app.request(scope), "response_type", Some("token"));
    let mut amy = Person::named(server, "amy");
    let mut answer = amy.goes_through(&authorize_url(&request), None).await;
    if answer.location().contains("temporarily_unavailable") {
        answer = amy.goes_through(&authorize_url(&request), None).await;
    }
    assert!(answer.location().contains("#access_token="), "{}", answer.location());
    let form = [("grant_type", "password"), ("username", "amy"), ("password", PASSWORD), ("scope", scope)];
    let tokens = tokens(app.posts("token", &form).await);
    is_good(&introspect(server, tokens.access_token()).await);
}

/// Asks until there is an answer: whoever asked for a document a moment ago is told when to come back.
async fn in_the_end<F: Future<Output = Answer>>(server: &TestServer, ask: impl Fn() -> F) -> Answer {
    for _ in 0..3 {
        let answer = ask().await;
        if ![429, 503].contains(&answer.status) {
            return answer;
        }
        server.passes(2);
    }
    ask().await
}

async fn document(server: &TestServer) {
    let agent = DocumentServer::start();
    let app = agent.app(server);
    let url = app.standalone(SCOPE);
    assert_eq!(in_the_end(server, || server.get(&url)).await.status, 303);
    let code = code(&approves(&mut Person::named(server, "amy"), &url, None).await);
    let first = tokens(in_the_end(server, || app.redeems(&code)).await);
    // As if its time were over.
    server.passes(301);
    let next = tokens(in_the_end(server, || app.sends_refresh(first.refresh_token(), None)).await);
    is_good(&introspect(server, next.access_token()).await);
}

/// One that proves itself by a key, at each endpoint that it may call, and whose document is asked for at each.
pub async fn a_document_everywhere() {
    let server = TestServer::start_with(taking).await;
    let (agent, key) = (DocumentServer::start(), new_key());
    agent.gives(&agent.changed(&json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks": jwks(&[&key]) })));
    let app = agent.app(&server);
    let code = app.code("amy", SCOPE, None).await;
    let posts = async |endpoint: &str, form: &[(&str, &str)]| {
        let (id, now) = (agent.client_id, server.now().0);
        let claims = json!({
            "iss": id, "sub": id, "aud": format!("{ISSUER}/token"), "exp": now + 300, "jti": random_text::<16>(),
        });
        let proof = assertion_form(&signed_by(&key, &claims));
        let all: Vec<(&str, &str)> =
            form.iter().copied().chain(proof.iter().map(|(name, value)| (name.as_str(), value.as_str()))).collect();
        server.post(&format!("/clinic/{endpoint}"), &all, &[]).await
    };
    let form = app.exchange_form(&code);
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let got = tokens(posts("token", &form).await);
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", got.refresh_token())];
    server.passes(301);
    let next = tokens(posts("token", &refresh).await);
    server.passes(301);
    assert_eq!(posts("introspect", &[("token", next.refresh_token())]).await.json()["active"], true);
    server.passes(301);
    assert_eq!(posts("revoke", &[("token", next.refresh_token())]).await.status, 200);
    assert!(agent.fetches() > 3, "{}", agent.fetches());
}
