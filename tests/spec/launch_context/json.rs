//! JSON: everything that SMART 2.2 can say of a context (LC-2 to 11; LCTX-6, 9).

use super::{context_of, refusal};
use kit::{Ehr, TestServer};
use serde_json::{Value, json};

#[tokio::test]
async fn everything_of_smart_comes_through() {
    let server = TestServer::start().await;
    let context = json!({
        "patient": "wei-chen",
        "encounter": "wei-chen-visit",
        "fhirContext": [
            { "reference": "ImagingStudy/1" },
            { "reference": "Patient/amy-shaw", "role": "https://ehr.example/sibling" },
            { "canonical": "http://codes.example/Questionnaire/phq-9|1.0", "type": "Questionnaire" },
            { "identifier": { "system": "urn:x", "value": "1" }, "type": "ServiceRequest", "role": "launch" },
        ],
        "need_patient_banner": true,
        "intent": "reconcile-medications",
        "smart_style_url": "https://ehr.example/style/1.json",
        "tenant": "2ddd6c3a",
        "appContext": { "task": [1, 2, null] },
        "__vendor": { "deep": { "er": true } },
        "https://ehr.example/extension": 7,
    });
    let launch = Ehr::of(&server).launches(context.clone()).await;
    let tokens = context_of(&server, &launch).await;
    for (name, value) in context.as_object().expect("members") {
        assert_eq!(&tokens.0[name], value, "{name}");
    }
}

#[tokio::test]
async fn an_id_may_come_with_its_type_before_it() {
    let server = TestServer::start().await;
    let context = json!({ "patient": "Patient/wei-chen", "encounter": "Encounter/visit" });
    let tokens = context_of(&server, &Ehr::of(&server).launches(context).await).await;
    assert_eq!((tokens.0["patient"].as_str(), tokens.0["encounter"].as_str()), (Some("wei-chen"), Some("visit")));
}

#[tokio::test]
async fn each_bad_member_is_refused_with_a_text_that_names_it() {
    let server = TestServer::start().await;
    let bad: [(&str, Vec<Value>); 9] = [
        (
            "patient",
            vec![json!(""), json!(1), json!(null), json!(["a"]), json!("a/b"), json!("x".repeat(65)), json!("é")],
        ),
        ("encounter", vec![json!("Patient/1"), json!({}), json!(true)]),
        ("need_patient_banner", vec![json!("true"), json!(0), json!(null)]),
        ("intent", vec![json!(""), json!(1), json!(null)]),
        ("tenant", vec![json!(""), json!({})]),
        ("smart_style_url", vec![json!("style.json"), json!("//x/y"), json!("ftp://x/y"), json!(""), json!(1)]),
        ("client_id", vec![json!(""), json!(1), json!(null), json!("nobody")]),
        ("user", vec![json!(""), json!(1), json!([])]),
        ("fhirContext", vec![json!("ImagingStudy/1"), json!({}), json!(null)]),
    ];
    for (name, values) in bad {
        for value in values {
            let description = refusal(&server, &json!({ name: value })).await;
            assert!(description.contains(name), "{name} {value}: {description}");
        }
    }
}

#[tokio::test]
async fn each_bad_item_of_fhir_context_is_refused() {
    let server = TestServer::start().await;
    for (item, said) in [
        (json!("ImagingStudy/1"), "an object"),
        (json!({}), "a reference, a canonical or an identifier"),
        (json!({ "type": "ImagingStudy" }), "a reference, a canonical or an identifier"),
        (json!({ "reference": "https://fhir.example/ImagingStudy/1" }), "relative"),
        (json!({ "reference": "ImagingStudy" }), "relative"),
        (json!({ "reference": "ImagingStudy/1/_history/2" }), "relative"),
        (json!({ "reference": 1 }), "relative"),
        (json!({ "canonical": "Questionnaire/1" }), "canonical"),
        (json!({ "canonical": 1 }), "canonical"),
        (json!({ "identifier": "1" }), "identifier"),
        (json!({ "reference": "ImagingStudy/1", "role": "" }), "role"),
        (json!({ "reference": "ImagingStudy/1", "role": "prior" }), "role"),
        (json!({ "reference": "ImagingStudy/1", "role": 1 }), "role"),
        (json!({ "reference": "ImagingStudy/1", "type": "imaging study" }), "type"),
        // LC-7: "Patient … Encounter … SHALL NOT be included unless role is other than launch".
        (json!({ "reference": "Patient/1" }), "use patient and encounter"),
        (json!({ "reference": "Encounter/1", "role": "launch" }), "use patient and encounter"),
    ] {
        let description = refusal(&server, &json!({ "fhirContext": [{ "reference": "Task/1" }, item] })).await;
        assert!(description.contains(said), "{item}: {description}");
    }
}

/// LCTX-6: they would stand for what the protocol says.
#[tokio::test]
async fn members_of_the_token_response_are_refused() {
    let server = TestServer::start().await;
    for name in [
        "access_token",
        "token_type",
        "expires_in",
        "refresh_token",
        "id_token",
        "scope",
        "error",
        "authorization_details",
    ] {
        let description = refusal(&server, &json!({ "patient": "wei-chen", name: "x" })).await;
        assert!(description.contains(name) && description.contains("token response"), "{description}");
    }
}

/// LC-11: extensions are full URIs or begin with `__`.
#[tokio::test]
async fn a_member_nobody_defined_is_refused() {
    let server = TestServer::start().await;
    for name in ["Patient", "patientId", "_vendor", "launch", "imagingstudy", "", "code", "sub", "aud"] {
        let description = refusal(&server, &json!({ name: "x" })).await;
        assert!(description.contains("no launch context"), "{name}: {description}");
    }
}

/// A stranger's text can't break out of the answer.
#[tokio::test]
async fn the_answer_holds_only_characters_of_an_error_description() {
    let server = TestServer::start().await;
    let description = refusal(&server, &json!({ "é\"\\\r\n<script>": 1 })).await;
    assert!(description.chars().all(|c| matches!(c, ' '..='!' | '#'..='[' | ']'..='~')), "{description}");
}

#[tokio::test]
async fn an_empty_object_is_a_launch_without_context() {
    let server = TestServer::start().await;
    let launch = Ehr::of(&server).launches(json!({})).await;
    assert_eq!(context_of(&server, &launch).await.0.get("patient"), None);
}
