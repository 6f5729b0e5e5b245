//! The `launch` parameter: what the EHR handed over, once, to whom it was meant for (LCTX-4 to 9; SMART 2.2, apps that
//! launch from the EHR).

use super::{asks, is_accepted, refusal};
use axum::http::Method;
use kit::{
    App, Ehr, Person, TestServer, Tokens,
    app::{authorize_url, with},
    http::basic,
};
use serde_json::{Value, json};

const SCOPE: &str = "launch openid fhirUser patient/*.rs";

async fn launch_bound(server: &TestServer, context: Value) -> String {
    Ehr::of(server).launches(context).await
}

async fn launched(app: &App<'_>, username: &str, scope: &str, launch: &str) -> Tokens {
    let answer = Person::named(app.server, username).goes_through(&app.with_launch(scope, launch), None).await;
    app.exchanges(&answer.query("code").unwrap_or_else(|| panic!("no code: {}", answer.location()))).await
}

/// Where the user ends after signing in.
async fn error_after_sign_in(app: &App<'_>, username: &str, scope: &str, launch: &str) -> String {
    let mut person = Person::named(app.server, username);
    let page = person.opens(&app.with_launch(scope, launch)).await.page();
    person.does(&page, None).await.app().query("error").expect("an error")
}

fn request(app: &App<'_>, scope: &str, launch: &str) -> Vec<(String, String)> {
    with(app.request(scope), "launch", Some(launch))
}

#[tokio::test]
async fn the_launched_patient_is_the_context_without_a_picker() {
    let server = TestServer::start().await;
    let launch = Ehr::of(&server).launches_patient("wei-chen").await;
    assert_eq!(launched(&App::public(&server), "hannah", SCOPE, &launch).await.0["patient"], "wei-chen");
}

#[tokio::test]
async fn an_unknown_launch_is_refused() {
    let server = TestServer::start().await;
    let good = Ehr::of(&server).launches_patient("wei-chen").await;
    let (shorter, other_case) = (good[1..].to_owned(), good.to_ascii_lowercase());
    for launch in ["nobody", "123", &shorter, &other_case, &format!("{good} "), &"x".repeat(5000)] {
        assert_eq!(
            refusal(&server, &request(&App::public(&server), SCOPE, launch)).await,
            "invalid_request",
            "{launch}"
        );
    }
    assert!(is_accepted(&server, &request(&App::public(&server), SCOPE, &good)).await);
}

#[tokio::test]
async fn a_launch_is_used_once() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let launch = Ehr::of(&server).launches_patient("wei-chen").await;
    launched(&app, "hannah", SCOPE, &launch).await;
    assert_eq!(refusal(&server, &request(&app, SCOPE, &launch)).await, "invalid_request");
}

/// Two browsers may begin with one launch; one of them ends with it.
#[tokio::test]
async fn of_two_that_began_with_one_launch_one_gets_a_code() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let url = app.with_launch(SCOPE, &Ehr::of(&server).launches_patient("wei-chen").await);
    let (mut one, mut two) = (Person::named(&server, "hannah"), Person::named(&server, "hannah"));
    let first = one.goes_to(&url, "decision", None).await;
    let second = two.goes_to(&url, "decision", None).await;
    assert!(one.does(&first, None).await.app().query("code").is_some());
    let late = two.does(&second, None).await.app();
    assert_eq!(late.query("error").as_deref(), Some("invalid_request"));
    assert_eq!(late.query("code"), None);
}

/// A user who says no has not used it up: the EHR's button works again.
#[tokio::test]
async fn a_denied_launch_is_not_used_up() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let launch = Ehr::of(&server).launches_patient("wei-chen").await;
    let mut hannah = Person::named(&server, "hannah");
    let consent = hannah.goes_to(&app.with_launch(SCOPE, &launch), "decision", None).await;
    hannah.submits(&consent, &[("decision", "deny")]).await.app();
    launched(&app, "hannah", SCOPE, &launch).await;
}

#[tokio::test]
async fn a_launch_of_another_tenant_does_not_exist() {
    let server = TestServer::start().await;
    let credentials = basic("other-ehr", "other-ehr-secret-of-more-than-32-characters!");
    let headers = [("authorization", credentials.as_str()), ("content-type", "application/json")];
    let body = json!({ "patient": "wei-chen" }).to_string();
    let answer = server.request(Method::POST, "/other/launchContext", &headers, body).await;
    let launch = answer.json()["launch"].as_str().expect("a handle").to_owned();
    assert_eq!(refusal(&server, &request(&App::public(&server), SCOPE, &launch)).await, "invalid_request");
}

#[tokio::test]
async fn a_launch_bound_to_an_app_is_for_that_app_alone() {
    let server = TestServer::start().await;
    let launch = launch_bound(&server, json!({ "patient": "wei-chen", "client_id": "second-app" })).await;
    assert_eq!(refusal(&server, &request(&App::public(&server), SCOPE, &launch)).await, "invalid_request");
    let tokens = launched(&App::second(&server), "hannah", SCOPE, &launch).await;
    assert_eq!(tokens.0["patient"], "wei-chen");
    assert_eq!(tokens.0.get("client_id"), None, "what it is bound to is no context");
}

#[tokio::test]
async fn a_launch_bound_to_a_user_is_for_that_user_alone() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    for bound in ["hannah", "Hannah", "Practitioner/hannah-patel"] {
        let context = json!({ "patient": "amy-shaw", "user": bound });
        let launch = launch_bound(&server, context).await;
        assert_eq!(error_after_sign_in(&app, "amy", SCOPE, &launch).await, "access_denied", "{bound}");
        let tokens = launched(&app, "hannah", SCOPE, &launch).await;
        assert_eq!(tokens.0["patient"], "amy-shaw");
        assert_eq!(tokens.0.get("user"), None);
    }
}

/// A patient can't be launched into somebody else's record, whoever made the launch.
#[tokio::test]
async fn a_record_outside_the_users_reach_is_refused() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    for (username, patient) in [("amy", "wei-chen"), ("rosa", "amy-shaw"), ("clerk", "amy-shaw")] {
        let launch = Ehr::of(&server).launches_patient(patient).await;
        let error = error_after_sign_in(&app, username, "launch openid user/*.rs patient/*.rs", &launch).await;
        assert_eq!(error, "access_denied", "{username} and {patient}");
        let launch = Ehr::of(&server).launches_patient(patient).await;
        let error = error_after_sign_in(&app, username, "launch openid", &launch).await;
        assert_eq!(error, "access_denied", "{username} and {patient}, even without patient scopes");
    }
}

#[tokio::test]
async fn a_record_within_the_users_reach_is_opened() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    for (username, patient) in [("amy", "amy-shaw"), ("rosa", "noah-kim"), ("hannah", "amy-shaw")] {
        let launch = Ehr::of(&server).launches_patient(patient).await;
        assert_eq!(launched(&app, username, SCOPE, &launch).await.0["patient"], patient);
    }
}

/// LCTX-7. fhirclient's own sample asks for `launch/patient` alone in either kind of launch.
#[tokio::test]
async fn the_parameter_without_the_scope_is_a_launch_all_the_same() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    for scope in ["openid patient/*.rs", "launch/patient patient/*.rs", "launch/patient openid"] {
        let launch = Ehr::of(&server).launches_patient("wei-chen").await;
        let tokens = launched(&app, "hannah", scope, &launch).await;
        assert_eq!((&tokens.0["patient"], tokens.scope()), (&json!("wei-chen"), scope), "nobody was asked");
        assert_eq!(refusal(&server, &request(&app, scope, &launch)).await, "invalid_request", "it was used");
    }
    let foreign = request(&app, "launch/patient patient/*.rs", "nobody");
    assert_eq!(refusal(&server, &foreign).await, "invalid_request");
}

/// LCTX-7. The EHR said nothing, so the person picks the patient; the explanation says what became of the scope.
#[tokio::test]
async fn the_scope_without_the_parameter_is_not_granted() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let code = app.code("hannah", "launch launch/patient patient/*.rs", Some("wei-chen")).await;
    let answer = app.redeems(&code).await;
    assert!(answer.header("admit-explanation").is_some());
    let tokens = kit::app::tokens(answer);
    assert_eq!((&tokens.0["patient"], tokens.scope()), (&json!("wei-chen"), "launch/patient patient/*.rs"));
    assert_eq!(refusal(&server, &app.request("launch")).await, "invalid_scope", "there is nothing else");
}

#[tokio::test]
async fn an_app_that_may_not_be_launched_gets_an_invalid_scope() {
    let server = TestServer::start().await;
    let launch = Ehr::of(&server).launches_patient("wei-chen").await;
    let app = App { client_id: "post-app", redirect_uri: "https://post.example/callback", ..App::post(&server) };
    let request = request(&app, "launch openid patient/*.rs", &launch);
    assert_eq!(refusal(&server, &request).await, "invalid_scope");
}

/// AUTHZ-23: the EHR showed no patient, and the app needs one.
#[tokio::test]
async fn a_launch_without_a_patient_brings_the_picker_if_one_is_needed() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let launch = launch_bound(&server, json!({ "intent": "reconcile" })).await;
    let mut hannah = Person::named(&server, "hannah");
    let answer = hannah.goes_through(&app.with_launch(SCOPE, &launch), Some("wei-chen")).await;
    let tokens = app.exchanges(&answer.query("code").expect("a code")).await;
    assert_eq!(tokens.0["patient"], "wei-chen");
    assert_eq!(tokens.0["intent"], "reconcile");
    let launch = launch_bound(&server, json!({ "intent": "reconcile" })).await;
    assert_eq!(launched(&app, "hannah", "launch openid user/*.rs", &launch).await.0.get("patient"), None);
}

/// LCTX-9, LC-10, LC-11: whatever the EHR said comes back beside the access token.
#[tokio::test]
async fn app_context_and_extensions_reach_the_app() {
    let server = TestServer::start().await;
    let context = json!({
        "patient": "wei-chen", "appContext": "{\"task\":12}", "https://ehr.example/bed": { "number": 12 }, "__ward": [3],
    });
    let launch = launch_bound(&server, context.clone()).await;
    let tokens = launched(&App::public(&server), "hannah", SCOPE, &launch).await;
    for (name, value) in context.as_object().expect("members") {
        assert_eq!(&tokens.0[name], value, "{name}");
    }
}

/// LC-9: SMART 2.0 apps read `fhirContext` as strings.
#[tokio::test]
async fn an_app_registered_for_strings_gets_fhir_context_as_strings() {
    let server = TestServer::start().await;
    let context = json!({ "patient": "wei-chen", "fhirContext": [
        { "reference": "ImagingStudy/1" }, { "reference": "ImagingStudy/2", "role": "https://ehr.example/prior" },
        { "canonical": "http://codes.example/Questionnaire/q", "type": "Questionnaire" },
    ]});
    let launch = launch_bound(&server, context.clone()).await;
    let tokens = launched(&App::legacy(&server), "hannah", "launch launch/imagingstudy patient/*.read", &launch).await;
    assert_eq!(tokens.0["fhirContext"], json!(["ImagingStudy/1", "ImagingStudy/2"]));
    let launch = launch_bound(&server, context.clone()).await;
    let tokens = launched(&App::public(&server), "hannah", SCOPE, &launch).await;
    assert_eq!(tokens.0["fhirContext"], context["fhirContext"]);
}

/// LC-12: a role that nobody knows here is no reason to withhold the context.
#[tokio::test]
async fn a_launch_scope_with_a_role_is_answered_by_context_of_its_type() {
    let allowed = "launch/imagingstudy launch/imagingstudy?role=https://ehr.example/prior";
    let server = TestServer::start_with(|toml| toml.replacen("launch/imagingstudy", allowed, 1)).await;
    let context = json!({ "patient": "wei-chen", "fhirContext": [{ "reference": "ImagingStudy/1" }] });
    let launch = launch_bound(&server, context).await;
    let scope = "launch launch/imagingstudy?role=https://ehr.example/prior patient/*.rs";
    assert_eq!(launched(&App::public(&server), "hannah", scope, &launch).await.scope(), scope);
}

/// The consent page names whose record was launched, since that is what is agreed to.
#[tokio::test]
async fn the_consent_page_names_the_launched_patient() {
    let server = TestServer::start().await;
    let launch = Ehr::of(&server).launches_patient("wei-chen").await;
    let url = App::public(&server).with_launch(SCOPE, &launch);
    let page = Person::named(&server, "hannah").goes_to(&url, "decision", None).await;
    assert!(page.answer.body.contains("Wei Chen"), "{}", page.answer.body);
}

/// A name for the page is nice to have; the launch does not fail without it.
#[tokio::test]
async fn a_launch_works_while_the_fhir_server_is_down() {
    let server = TestServer::start().await;
    server.fhir.breaks();
    let launch = Ehr::of(&server).launches_patient("wei-chen").await;
    assert_eq!(launched(&App::public(&server), "hannah", SCOPE, &launch).await.0["patient"], "wei-chen");
}

/// A POST carries the handle as well as a GET does.
#[tokio::test]
async fn the_launch_works_by_post() {
    let server = TestServer::start().await;
    let launch = Ehr::of(&server).launches_patient("wei-chen").await;
    let request = request(&App::public(&server), SCOPE, &launch);
    assert!(asks(&server, &request).await.location().starts_with(kit::server::ISSUER));
    assert!(authorize_url(&request).contains(&launch));
}
