//! What an answer about a good token says (RFC 7662 §2.2; SMART App Launch 2.2, token introspection).

use super::SCOPE;
use kit::{App, Ehr, Person, TestServer, http::basic, server::ISSUER};
use serde_json::{Value, json};

#[tokio::test]
async fn it_says_what_the_token_response_said() {
    // INTR-2
    let server = TestServer::start().await;
    let app = App::public(&server);
    let tokens = app.gets_tokens("amy", SCOPE, None).await;
    let told = app.introspected(tokens.access_token()).await;
    let now = server.now().0;
    assert_eq!(told["active"], json!(true));
    assert_eq!(told["scope"], tokens.scope());
    assert_eq!(told["client_id"], "public-app");
    assert_eq!(told["token_type"], "Bearer");
    assert_eq!(told["iat"], now);
    assert_eq!(told["nbf"], now);
    assert_eq!(told["exp"], json!(now + tokens.0["expires_in"].as_i64().expect("a number")));
    assert_eq!(told["aud"], server.fhir.url);
    assert_eq!(told["jti"], tokens.claims("access_token")["jti"]);
}

#[tokio::test]
async fn iss_sub_and_fhir_user_are_those_of_the_id_token() {
    // INTR-4
    let server = TestServer::start().await;
    let app = App::public(&server);
    let tokens = app.gets_tokens("amy", SCOPE, None).await;
    let told = app.introspected(tokens.access_token()).await;
    assert_eq!(told["iss"], ISSUER);
    for claim in ["iss", "sub", "fhirUser"] {
        assert_eq!(told[claim], tokens.claims("id_token")[claim], "{claim}");
    }
}

#[tokio::test]
async fn it_repeats_the_whole_launch_context() {
    // INTR-3
    let server = TestServer::start().await;
    let context = json!({
        "patient": "amy-shaw", "encounter": "amy-shaw-visit", "need_patient_banner": false, "intent": "reconcile",
        "smart_style_url": "https://ehr.example/style.json", "tenant": "ward-3", "__bed": "12",
        "fhirContext": [{ "reference": "ImagingStudy/chest-1" }],
    });
    let launch = Ehr::of(&server).launches(context.clone()).await;
    let app = App::public(&server);
    let url = app.with_launch("launch offline_access patient/*.rs", &launch);
    let answer = Person::named(&server, "hannah").goes_through(&url, None).await;
    let first = app.exchanges(&answer.query("code").expect("a code")).await;
    let second = app.refreshes(first.refresh_token()).await;
    for tokens in [first, second] {
        let told = app.introspected(tokens.access_token()).await;
        for (name, value) in context.as_object().expect("members") {
            assert_eq!(&told[name], value, "{name}");
        }
    }
}

#[tokio::test]
async fn context_that_is_not_there_is_not_invented() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let tokens = app.gets_tokens("hannah", "user/*.rs", None).await;
    let told = app.introspected(tokens.access_token()).await;
    for absent in ["patient", "encounter", "fhirContext", "need_patient_banner", "intent", "fhirUser", "tenant"] {
        assert_eq!(told.get(absent), None, "{absent}");
    }
}

#[tokio::test]
async fn a_narrowed_token_is_told_with_its_own_scope() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let first = app.gets_tokens("amy", SCOPE, None).await;
    let narrow = app.sends_refresh(first.refresh_token(), Some("patient/Patient.r")).await.json();
    let told = app.introspected(narrow["access_token"].as_str().expect("a token")).await;
    assert_eq!(told["scope"], "patient/Patient.r");
    assert_eq!(app.introspected(first.access_token()).await["scope"], SCOPE);
}

#[tokio::test]
async fn a_backend_services_token_is_told_without_a_user() {
    let server = TestServer::start().await;
    let answer = App::backend(&server).asks_for_itself("system/*.rs").await.json();
    let told = kit::app::introspect(&server, answer["access_token"].as_str().expect("a token")).await;
    assert_eq!(told["sub"], "backend");
    assert_eq!(told["client_id"], "backend");
    assert_eq!(told["scope"], "system/*.rs");
    assert_eq!(told.get("patient"), None);
}

#[tokio::test]
async fn a_wrong_hint_does_not_matter() {
    // RFC 7662 §2.1: "If the server is unable to locate the token using the given hint, it MUST extend its search".
    let server = TestServer::start().await;
    let tokens = App::public(&server).gets_tokens("amy", SCOPE, None).await;
    let header = basic("clinic-fhir", "clinic-fhir-secret-of-more-than-32-characters");
    for hint in ["access_token", "refresh_token", "id_token", "nonsense", ""] {
        let form = [("token", tokens.access_token()), ("token_type_hint", hint)];
        let answer = server.post("/clinic/introspect", &form, &[("authorization", &header)]).await;
        assert_eq!(answer.json()["active"], json!(true), "{hint}");
    }
}

#[tokio::test]
async fn the_answer_is_json_that_nobody_may_keep() {
    // INTR-11
    let server = TestServer::start().await;
    let tokens = App::public(&server).gets_tokens("amy", SCOPE, None).await;
    let header = basic("clinic-fhir", "clinic-fhir-secret-of-more-than-32-characters");
    for token in [tokens.access_token(), "x"] {
        let answer = server.post("/clinic/introspect", &[("token", token)], &[("authorization", &header)]).await;
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
}

#[tokio::test]
async fn protocol_members_are_not_overwritten_by_launch_context() {
    let server = TestServer::start().await;
    for name in ["active", "client_id", "sub", "iss", "exp", "username"] {
        let answer = Ehr::of(&server).sends(&json!({ "patient": "amy-shaw", name: Value::Bool(false) })).await;
        assert_eq!(answer.status, 400, "{name}: {}", answer.body);
    }
}
