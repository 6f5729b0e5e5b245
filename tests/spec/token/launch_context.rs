//! Launch context beside the access token (SMART App Launch 2.2, launch context arrives with your access_token).

use kit::{App, Ehr, Person, TestServer, Tokens, app::authorize_url};
use serde_json::{Value, json};

const SCOPE: &str = "launch launch/patient launch/imagingstudy patient/*.rs";

/// What the app gets when the EHR hands over this context.
async fn launched(app: &App<'_>, scope: &str, context: Value) -> Tokens {
    let launch = Ehr::of(app.server).launches(context).await;
    let answer =
        Person::named(app.server, "hannah").goes_through(&app.with_launch(scope, &launch), Some("wei-chen")).await;
    app.exchanges(&answer.query("code").expect("a code")).await
}

#[tokio::test]
async fn patient_and_encounter_are_bare_ids_at_the_top_level() {
    // LC-1, LC-2
    let server = TestServer::start().await;
    let context = json!({ "patient": "Patient/amy-shaw", "encounter": "Encounter/amy-shaw-visit" });
    let tokens = launched(&App::public(&server), SCOPE, context).await;
    assert_eq!(tokens.0["patient"], "amy-shaw");
    assert_eq!(tokens.0["encounter"], "amy-shaw-visit");
}

#[tokio::test]
async fn patient_is_there_whenever_a_patient_scope_is_granted() {
    // LC-3, though neither the scope launch/patient nor the EHR named one.
    let server = TestServer::start().await;
    let tokens = launched(&App::public(&server), "launch patient/Observation.rs", json!({})).await;
    assert_eq!(tokens.0["patient"], "wei-chen");
    let standalone = App::public(&server).gets_tokens("amy", "patient/Observation.rs", None).await;
    assert_eq!(standalone.0["patient"], "amy-shaw");
}

#[tokio::test]
async fn what_the_launch_does_not_have_is_not_invented() {
    let server = TestServer::start().await;
    let tokens = launched(&App::public(&server), SCOPE, json!({ "patient": "amy-shaw" })).await;
    for absent in ["encounter", "fhirContext", "need_patient_banner", "intent", "smart_style_url", "tenant"] {
        assert!(tokens.0.get(absent).is_none(), "{absent}");
    }
}

#[tokio::test]
async fn a_user_scope_alone_comes_without_a_patient() {
    let server = TestServer::start().await;
    let tokens = App::public(&server).gets_tokens("hannah", "user/Observation.rs", None).await;
    assert!(tokens.0.get("patient").is_none());
}

#[tokio::test]
async fn fhir_context_is_an_array_of_objects_as_the_ehr_gave_them() {
    // LC-4 to LC-8
    let server = TestServer::start().await;
    let items = json!([
        { "reference": "ImagingStudy/chest-1" },
        { "reference": "ImagingStudy/chest-2", "role": "https://ehr.example/role/prior" },
        { "canonical": "http://example.org/Questionnaire/phq9|1.0", "type": "Questionnaire" },
        { "identifier": { "system": "urn:x", "value": "7" }, "type": "ServiceRequest" },
        { "reference": "Patient/mia-rivera", "role": "https://ehr.example/role/sibling" },
    ]);
    let context = json!({ "patient": "amy-shaw", "fhirContext": items });
    let tokens = launched(&App::public(&server), SCOPE, context).await;
    assert_eq!(tokens.0["fhirContext"], items);
    assert_eq!(tokens.scope(), SCOPE);
}

#[tokio::test]
async fn fhir_context_is_an_array_of_strings_for_an_app_of_smart_v1() {
    // LC-9
    let server = TestServer::start().await;
    let context = json!({
        "patient": "amy-shaw",
        "fhirContext": [{ "reference": "ImagingStudy/chest-1" }, { "identifier": { "value": "7" } }],
    });
    let app = App::legacy(&server);
    let tokens = launched(&app, "launch launch/imagingstudy patient/*.read", context).await;
    assert_eq!(tokens.0["fhirContext"], json!(["ImagingStudy/chest-1"]));
}

#[tokio::test]
async fn a_launch_scope_that_the_launch_can_not_answer_is_not_granted() {
    let server = TestServer::start().await;
    let tokens = launched(&App::public(&server), SCOPE, json!({ "patient": "amy-shaw" })).await;
    assert_eq!(tokens.scope(), "launch launch/patient patient/*.rs");
}

#[tokio::test]
async fn a_role_that_nobody_knows_still_gets_context_of_its_type() {
    // LC-12
    let server = TestServer::start().await;
    let scope = "launch launch/imagingstudy?role=https%3A%2F%2Fehr.example%2Fprior patient/*.rs";
    let context = json!({ "patient": "amy-shaw", "fhirContext": [{ "reference": "ImagingStudy/chest-1" }] });
    let tokens = launched(&App::public(&server), scope, context).await;
    assert_eq!(tokens.0["fhirContext"][0]["reference"], "ImagingStudy/chest-1");
    assert_eq!(tokens.scope(), scope);
}

#[tokio::test]
async fn banner_intent_style_and_tenant_keep_their_types() {
    // LC-10: need_patient_banner is a boolean, and false is not absent.
    let server = TestServer::start().await;
    let context = json!({
        "patient": "amy-shaw", "need_patient_banner": false, "intent": "reconcile-medications",
        "smart_style_url": "https://ehr.example/style-v7.json", "tenant": "ward-3",
    });
    let tokens = launched(&App::public(&server), SCOPE, context.clone()).await;
    for (name, value) in context.as_object().expect("members") {
        assert_eq!(&tokens.0[name], value, "{name}");
    }
}

#[tokio::test]
async fn extensions_come_along_under_their_own_names() {
    // LC-11, LCTX-9
    let server = TestServer::start().await;
    let context = json!({
        "patient": "amy-shaw", "__bed": { "floor": 3, "number": "12" }, "https://ehr.example/shift": ["night"],
        "appContext": "{\"task\":7}",
    });
    let tokens = launched(&App::public(&server), SCOPE, context.clone()).await;
    for (name, value) in context.as_object().expect("members") {
        assert_eq!(&tokens.0[name], value, "{name}");
    }
}

#[tokio::test]
async fn a_refresh_repeats_all_of_it() {
    // RFR-5
    let server = TestServer::start().await;
    let app = App::public(&server);
    let context = json!({
        "patient": "amy-shaw", "encounter": "amy-shaw-visit", "need_patient_banner": true, "intent": "reconcile",
        "smart_style_url": "https://ehr.example/style.json", "tenant": "ward-3", "__bed": "12",
        "fhirContext": [{ "reference": "ImagingStudy/chest-1" }],
    });
    let first = launched(&app, "launch offline_access patient/*.rs", context.clone()).await;
    let second = app.refreshes(first.refresh_token()).await;
    for (name, value) in context.as_object().expect("members") {
        assert_eq!(&second.0[name], value, "{name}");
    }
}

#[tokio::test]
async fn the_launch_of_one_app_says_nothing_to_a_standalone_launch() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    Ehr::of(&server).launches(json!({ "patient": "amy-shaw", "intent": "reconcile" })).await;
    let url = authorize_url(&app.request("launch/patient patient/*.rs"));
    let answer = Person::named(&server, "hannah").goes_through(&url, Some("wei-chen")).await;
    let tokens = app.exchanges(&answer.query("code").expect("a code")).await;
    assert_eq!(tokens.0["patient"], "wei-chen");
    assert!(tokens.0.get("intent").is_none());
}
