//! Firely's form: a resource type and an id (`patient=123`).

use super::{PATH, context_of, ehr, handle, posts_form};
use axum::http::Method;
use kit::{Ehr, TestServer};
use serde_json::json;

#[tokio::test]
async fn a_form_gets_an_identifier_under_the_name_that_firely_uses() {
    let server = TestServer::start().await;
    let answer = posts_form(&server, &[("patient", "wei-chen")]).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["launchContextIdentifier"], answer.json()["launch"]);
    assert_eq!(context_of(&server, &handle(&answer)).await.0["patient"], "wei-chen");
}

/// Since Firely Auth 3.3.0 a value `Patient/123` is trimmed to `123`.
#[tokio::test]
async fn an_id_may_come_with_its_type_before_it() {
    let server = TestServer::start().await;
    let form = [("patient", "Patient/wei-chen"), ("encounter", "Encounter/visit-1")];
    let tokens = context_of(&server, &handle(&posts_form(&server, &form).await)).await;
    assert_eq!(tokens.0["patient"], "wei-chen");
    assert_eq!(tokens.0["encounter"], "visit-1");
}

#[tokio::test]
async fn other_resource_types_go_into_fhir_context() {
    let server = TestServer::start().await;
    let form =
        [("patient", "wei-chen"), ("imagingstudy", "1"), ("ServiceRequest", "ServiceRequest/2"), ("MEDICATION", "3")];
    let tokens = context_of(&server, &handle(&posts_form(&server, &form).await)).await;
    let expected = json!([
        { "reference": "ImagingStudy/1" }, { "reference": "ServiceRequest/2" }, { "reference": "Medication/3" },
    ]);
    assert_eq!(tokens.0["fhirContext"], expected);
}

#[tokio::test]
async fn the_other_members_of_smart_can_be_sent_in_a_form_too() {
    let server = TestServer::start().await;
    let form = [
        ("patient", "wei-chen"),
        ("need_patient_banner", "false"),
        ("intent", "reconcile"),
        ("smart_style_url", "https://ehr.example/style.json"),
        ("tenant", "ward 3"),
        ("fhirContext", r#"[{"reference":"ImagingStudy/1","role":"https://ehr.example/prior"}]"#),
        ("task", "2"),
    ];
    let tokens = context_of(&server, &handle(&posts_form(&server, &form).await)).await;
    assert_eq!(tokens.0["need_patient_banner"], false);
    assert_eq!(tokens.0["tenant"], "ward 3");
    assert_eq!(tokens.0["fhirContext"][0]["role"], "https://ehr.example/prior");
    assert_eq!(tokens.0["fhirContext"][1]["reference"], "Task/2");
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_with_a_text_that_says_so() {
    let server = TestServer::start().await;
    let long = "x".repeat(65);
    for (name, value, said) in [
        ("patient", "../x", "patient must be the id"),
        ("patient", "Encounter/1", "patient must be the id"),
        ("patient", "a b", "patient must be the id"),
        ("patient", long.as_str(), "patient must be the id"),
        ("encounter", "Patient/1", "encounter must be the id"),
        ("imagingstudy", "a/b/c", "ImagingStudy"),
        ("imagingstudy", "Patient/1", "ImagingStudy"),
        ("nonsense", "1", "nonsense is neither"),
        ("need_patient_banner", "maybe", "need_patient_banner"),
        ("smart_style_url", "style.json", "smart_style_url"),
        ("smart_style_url", "javascript:alert(1)", "smart_style_url"),
        ("fhirContext", "[", "fhirContext"),
        ("fhirContext", "{}", "fhirContext"),
        ("access_token", "x", "access_token"),
        ("scope", "patient/*.rs", "scope"),
    ] {
        let answer = posts_form(&server, &[(name, value)]).await;
        assert_eq!((answer.status, answer.error().as_str()), (400, "invalid_request"), "{name}={value}");
        let description = answer.json()["error_description"].as_str().expect("a text").to_owned();
        assert!(description.contains(said), "{name}={value}: {description}");
    }
}

#[tokio::test]
async fn a_parameter_that_comes_twice_is_refused() {
    let server = TestServer::start().await;
    let answer = posts_form(&server, &[("patient", "wei-chen"), ("patient", "amy-shaw")]).await;
    assert_eq!((answer.status, answer.error().as_str()), (400, "invalid_request"));
}

/// A context with nothing in it is a launch too: the user picks.
#[tokio::test]
async fn an_empty_form_is_a_launch_without_context() {
    let server = TestServer::start().await;
    let tokens = context_of(&server, &handle(&posts_form(&server, &[]).await)).await;
    assert_eq!(tokens.0.get("patient"), None);
    let empty_values = posts_form(&server, &[("patient", ""), ("encounter", "")]).await;
    assert_eq!(context_of(&server, &handle(&empty_values)).await.0.get("patient"), None);
}

#[tokio::test]
async fn a_body_of_another_kind_broken_or_too_large_is_refused_in_json() {
    let server = TestServer::start().await;
    let authorization = ehr();
    let large = vec![b'x'; 1024 * 1024];
    for (kind, body, status) in [
        ("text/plain", b"patient=1".to_vec(), 400),
        ("", b"patient=1".to_vec(), 400),
        ("application/x-www-form-urlencoded", b"patient=%ff".to_vec(), 400),
        ("application/x-www-form-urlencoded", large.clone(), 413),
        ("application/json", b"{".to_vec(), 400),
        ("application/json", b"[]".to_vec(), 400),
        ("application/json", b"\"x\"".to_vec(), 400),
        ("application/json", b"{\"patient\":\"\xff\"}".to_vec(), 400),
        ("application/json", Vec::new(), 400),
        ("application/json", large, 413),
        ("application/json", [vec![b'['; 100_000], vec![b']'; 100_000]].concat(), 400),
    ] {
        let headers = [("authorization", authorization.as_str()), ("content-type", kind)];
        let answer = server.request(Method::POST, PATH, &headers, body).await;
        assert_eq!((answer.status, answer.error().as_str()), (status, "invalid_request"), "{kind}");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("pragma"), Some("no-cache"));
    }
}

#[tokio::test]
async fn form_and_json_make_the_same_context() {
    let server = TestServer::start().await;
    let form = handle(&posts_form(&server, &[("patient", "wei-chen"), ("imagingstudy", "1")]).await);
    let context = json!({ "patient": "wei-chen", "fhirContext": [{ "reference": "ImagingStudy/1" }] });
    let json = Ehr::of(&server).launches(context).await;
    let (by_form, by_json) = (context_of(&server, &form).await, context_of(&server, &json).await);
    for name in ["patient", "fhirContext"] {
        assert_eq!(by_form.0[name], by_json.0[name]);
    }
}
