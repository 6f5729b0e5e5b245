//! Refusals and narrowed grants that one can act on: an id for the app, the reasons under it in the log.

use kit::{App, Person, TestServer, app, log::Log};

#[tokio::test]
async fn a_narrower_scope_is_explained_in_the_log_under_the_id_that_the_app_gets() {
    let (log, _guard) = Log::listen();
    let server = TestServer::start().await;
    let app = App::second(&server);
    let scope = "openid launch/patient patient/Observation.rs patient/Condition.cruds user/*.rs patient/Patient.rs";
    let url = app.standalone(scope);
    let mut person = Person::named(&server, "amy");
    let page = person.goes_to(&url, "decision", None).await;
    let answer = person.submits(&page.without("scope", "patient/Patient.rs"), &[("decision", "allow")]).await.app();
    let answer = app.redeems(&answer.query("code").expect("a code")).await;
    assert_eq!(answer.json()["scope"], "openid launch/patient patient/Observation.rs patient/Condition.rs");
    let id = answer.header("admit-explanation").expect("an id");
    let log = log.text();
    let line = log.lines().find(|line| line.contains(id)).expect("a line under the id");
    for reason in [
        "patient/Condition.cruds narrowed by the client's registration to patient/Condition.rs",
        "user/*.rs dropped: the client is not registered for it",
        "patient/Patient.rs dropped: the user's choice",
    ] {
        assert!(line.contains(reason), "{line}");
    }
}

#[tokio::test]
async fn a_scope_granted_as_asked_needs_no_explanation() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let code = app.code("amy", "openid launch/patient patient/*.rs", None).await;
    assert_eq!(app.redeems(&code).await.header("admit-explanation"), None);
}

#[tokio::test]
async fn a_refusals_id_leads_to_what_was_expected_and_what_came() {
    let (log, _guard) = Log::listen();
    let server = TestServer::start().await;
    let app = App::backend(&server);
    let assertion = app.assertion().with_claim("aud", "https://elsewhere.example/token".into()).sign();
    let mut form = app::assertion_form(&assertion);
    form.push(("grant_type".into(), "client_credentials".into()));
    form.push(("scope".into(), "system/*.rs".into()));
    let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let answer = server.post("/clinic/token", &form, &[]).await;
    let id = answer.header("admit-refusal").expect("an id");
    assert!(answer.json()["error_description"].as_str().expect("a sentence").contains(id));
    let log = log.text();
    let line = log.lines().find(|line| line.contains(id)).expect("a line under the id");
    assert!(line.contains("aud was https://elsewhere.example/token, this tenant accepts https://auth.example/clinic"));
    assert!(!log.contains(&assertion));
}
