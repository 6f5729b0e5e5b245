//! What belongs to a patient comes with its patient: nobody is asked to pick one beside it.

use super::{PATH, context_of, ehr, handle, posts_form, refusal};
use kit::{App, Ehr, Person, TestServer, http::basic};
use rules::launch::Launch;
use serde_json::{Value, json};
use server::store::{Write, schema};

#[tokio::test]
async fn an_encounter_or_a_resource_of_a_patient_without_the_patient_is_refused_by_name() {
    let server = TestServer::start().await;
    for (context, what) in [
        (json!({ "encounter": "wei-chen-visit" }), "an encounter"),
        (json!({ "fhirContext": [{ "reference": "ImagingStudy/1" }] }), "ImagingStudy/1"),
        (
            json!({ "fhirContext": [{ "reference": "Location/1" }, { "reference": "DiagnosticReport/1" }] }),
            "DiagnosticReport/1",
        ),
        (json!({ "fhirContext": [{ "reference": "CarePlan/1", "role": "https://ehr.example/plan" }] }), "CarePlan/1"),
        (
            json!({ "fhirContext": [{ "reference": "Encounter/2", "role": "https://ehr.example/prior" }] }),
            "Encounter/2",
        ),
        (json!({ "fhirContext": [{ "identifier": { "value": "1" }, "type": "ServiceRequest" }] }), "a ServiceRequest"),
    ] {
        let said = refusal(&server, &context).await;
        let expected = format!("{what} belongs to a patient: send that patient as `patient` beside it");
        assert!(said.starts_with(&expected), "{context}: {said}");
        let mut whole = context;
        whole["patient"] = json!("wei-chen");
        Ehr::of(&server).launches(whole).await;
    }
}

/// Firely's form says the same with other words.
#[tokio::test]
async fn in_a_form_too() {
    let server = TestServer::start().await;
    for bare in [("encounter", "wei-chen-visit"), ("imagingstudy", "1"), ("DiagnosticReport", "DiagnosticReport/1")] {
        for form in [vec![bare], vec![bare, ("patient", "")]] {
            let answer = posts_form(&server, &form).await;
            assert_eq!((answer.status, answer.error().as_str()), (400, "invalid_request"), "{form:?}");
            assert!(answer.json()["error_description"].as_str().expect("a text").contains("`patient`"), "{form:?}");
        }
        assert_eq!(posts_form(&server, &[bare, ("patient", "wei-chen")]).await.status, 200);
    }
}

/// Whoever hands it over: the EHR, or the FHIR server's name.
#[tokio::test]
async fn whoever_asks() {
    let server = TestServer::start().await;
    let fhir = basic("clinic-fhir", "clinic-fhir-secret-of-more-than-32-characters");
    for authorization in [ehr(), fhir] {
        let answer = server.post(PATH, &[("encounter", "1")], &[("authorization", &authorization)]).await;
        assert_eq!((answer.status, answer.error().as_str()), (400, "invalid_request"));
    }
}

/// A task or a place may be launched without a patient, for an app that needs none.
#[tokio::test]
async fn what_need_not_be_a_patients_needs_none() {
    let server = TestServer::start().await;
    for (name, value) in [("task", "2"), ("location", "riverside"), ("list", "worklist")] {
        let launch = handle(&posts_form(&server, &[(name, value)]).await);
        let tokens = context_of(&server, &launch).await;
        assert_eq!(tokens.0.get("patient"), None);
        assert!(tokens.0["fhirContext"][0]["reference"].as_str().expect("a reference").ends_with(value));
    }
}

/// Where the browser ends that opens this launch with an app that needs a patient.
async fn opened(server: &TestServer, username: &str, launch: &str) -> kit::browser::Place {
    let mut person = Person::named(server, username);
    let page = person.opens(&App::public(server).with_launch("launch openid patient/*.rs", launch)).await.page();
    person.does(&page, None).await
}

/// The task may be of another patient than the one that would be picked, or than the one who signs in.
#[tokio::test]
async fn beside_what_may_be_a_patients_nobody_is_picked() {
    let server = TestServer::start().await;
    let contexts: [Value; 3] = [
        json!({ "fhirContext": [{ "reference": "Task/2" }] }),
        json!({ "fhirContext": [{ "reference": "List/worklist" }] }),
        json!({ "fhirContext": [{ "identifier": { "value": "1" } }] }),
    ];
    for context in contexts {
        for username in ["hannah", "amy", "rosa"] {
            let launch = Ehr::of(&server).launches(context.clone()).await;
            let answer = opened(&server, username, &launch).await.app();
            assert_eq!(answer.query("error").as_deref(), Some("invalid_request"), "{context} {username}");
            let text = answer.query("error_description").expect("a description");
            assert!(text.contains("without its patient"), "{text}");
        }
    }
    let launch = Ehr::of(&server).launches(json!({ "fhirContext": [{ "reference": "Location/riverside" }] })).await;
    assert!(opened(&server, "hannah", &launch).await.page().asks("patient"), "a place is nobody's");
}

/// A launch that was made before this rule, and is opened after it.
#[tokio::test]
async fn a_kept_launch_with_an_encounter_alone_gets_no_patient_beside_it() {
    let server = TestServer::start().await;
    let launch = Ehr::of(&server).launches_patient("wei-chen").await;
    let tenant = rules::tenant::TenantId::parse("clinic").expect("an id");
    let key = schema::launch(&tenant, &rules::secret::SecretHash::of(&launch));
    let store = &server.server.store;
    let mut kept = store.find::<Launch>(key, server.now()).await.expect("the table").expect("a launch").value;
    kept.context = serde_json::from_value(json!({ "encounter": "wei-chen-visit" })).expect("a context");
    store.write_unraced(vec![Write::overwrite(&kept).expect("an item")]).await.expect("written");
    for username in ["hannah", "amy"] {
        let answer = opened(&server, username, &launch).await.app();
        assert_eq!(answer.query("error").as_deref(), Some("invalid_request"), "{username}");
        assert_eq!(answer.query("code"), None);
    }
}

/// Both are taken at the EHR's word: no FHIR server is asked.
#[tokio::test]
async fn the_ehrs_word_that_an_encounter_is_of_its_patient_costs_no_request() {
    let server = TestServer::start().await;
    Ehr::of(&server).launches(json!({ "patient": "wei-chen", "encounter": "amy-shaw-visit" })).await;
    assert!(server.fhir.tokens().is_empty());
}
