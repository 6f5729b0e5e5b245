//! What an app wants to know at launch beside the patient, where no EHR says it: a visit, a study (LC-2, LC-8, LC-12).

use kit::{
    App, Ehr, Person, TestServer, Tokens,
    app::claims,
    browser::{Page, Place},
};
use serde_json::json;

const ENCOUNTER: &str = "launch/patient launch/encounter patient/*.rs";

async fn asked<'a>(server: &'a TestServer, scope: &str) -> (Person<'a>, Page) {
    let mut amy = Person::named(server, "amy");
    let page = amy.goes_to(&App::public(server).standalone(scope), "without", None).await;
    (amy, page)
}

async fn finishes(person: &mut Person<'_>, place: Place) -> Tokens {
    let answer = person.does(&place.page(), None).await.app();
    App::public(person.server()).exchanges(&answer.query("code").expect("a code")).await
}

fn choices(page: &Page) -> Vec<&str> {
    page.answer.body.split("name=\"context\" value=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[tokio::test]
async fn the_patients_visits_are_offered_the_latest_first() {
    let server = TestServer::start().await;
    let (_, page) = asked(&server, ENCOUNTER).await;
    assert_eq!(choices(&page), ["amy-shaw-telehealth", "amy-shaw-visit", "amy-shaw-birth"], "{}", page.answer.body);
    for text in ["Telemedicine consultation", "November 2026", "visits and hospital stays", "Amy V. Shaw"] {
        assert!(page.answer.body.contains(text), "{text}");
    }
    let token = server.fhir.tokens().last().expect("it was asked").clone();
    assert_eq!(claims(&token)["scope"], "system/Encounter.rs");
}

#[tokio::test]
async fn the_picked_visit_is_in_the_answer() {
    let server = TestServer::start().await;
    let (mut amy, page) = asked(&server, ENCOUNTER).await;
    let consent = amy.submits(&page, &[("context", "amy-shaw-birth")]).await;
    let tokens = finishes(&mut amy, consent).await;
    assert_eq!(tokens.0["encounter"], "amy-shaw-birth");
    assert_eq!(tokens.scope(), ENCOUNTER);
}

#[tokio::test]
async fn who_goes_on_without_grants_no_context_and_no_scope_for_it() {
    let server = TestServer::start().await;
    let (mut amy, page) = asked(&server, ENCOUNTER).await;
    let consent = amy.submits(&page, &[("without", "yes")]).await;
    let tokens = finishes(&mut amy, consent).await;
    assert_eq!(tokens.0.get("encounter"), None);
    assert_eq!(tokens.scope(), "launch/patient patient/*.rs");
}

#[tokio::test]
async fn another_patients_visit_can_not_be_picked() {
    let server = TestServer::start().await;
    let (mut amy, page) = asked(&server, ENCOUNTER).await;
    for foreign in ["wei-chen-visit", "nobody", "../Patient/amy-shaw", "", "amy-shaw"] {
        assert!(amy.submits(&page, &[("context", foreign)]).await.page().asks("without"), "{foreign}");
    }
}

/// LC-8: other launch scopes come back in `fhirContext`, with their role.
#[tokio::test]
async fn other_launch_scopes_fill_fhir_context_with_their_role() {
    let role = "https://example.org/role";
    let change = |toml: String| {
        toml.replace("launch/imagingstudy offline", "launch/diagnosticreport launch/imagingstudy offline")
    };
    let server = TestServer::start_with(change).await;
    let scope = format!("launch/patient launch/diagnosticreport?role={role} patient/*.rs");
    let (mut amy, page) = asked(&server, &scope).await;
    let report = choices(&page)[0].to_owned();
    let consent = amy.submits(&page, &[("context", &report)]).await;
    let tokens = finishes(&mut amy, consent).await;
    let expected =
        json!([{ "reference": format!("DiagnosticReport/{report}"), "type": "DiagnosticReport", "role": role }]);
    assert_eq!(tokens.0["fhirContext"], expected);
    assert_eq!(tokens.scope(), scope);
}

#[tokio::test]
async fn where_the_record_holds_nothing_of_the_kind_the_page_says_so() {
    let change = |toml: String| toml.replace("launch/imagingstudy offline", "launch/task offline");
    let server = TestServer::start_with(change).await;
    let (mut amy, page) = asked(&server, "launch/patient launch/task patient/*.rs").await;
    assert!(page.answer.body.contains("holds nothing of this kind"), "{}", page.answer.body);
    let consent = amy.submits(&page, &[("without", "yes")]).await;
    assert_eq!(finishes(&mut amy, consent).await.scope(), "launch/patient patient/*.rs");
}

/// Two wishes are two pages; the form of the first is no answer to the second.
#[tokio::test]
async fn a_form_for_another_wish_answers_nothing() {
    let server = TestServer::start().await;
    let (mut amy, first) = asked(&server, "launch/patient launch/imagingstudy launch/encounter patient/*.rs").await;
    let second = amy.submits(&first, &[("without", "yes")]).await.page();
    assert!(second.answer.body.contains("visits and hospital stays"));
    let again = amy.submits(&first, &[("without", "yes")]).await.page();
    assert!(again.asks("without"), "the second is still to be answered");
}

#[tokio::test]
async fn a_fhir_server_that_is_down_leaves_a_way_on_and_a_way_to_try_again() {
    let server = TestServer::start().await;
    server.fhir.breaks();
    let (mut amy, page) = asked(&server, ENCOUNTER).await;
    for text in ["The record system did not answer", "Try again", "Continue without"] {
        assert!(page.answer.body.contains(text), "{text}: {}", page.answer.body);
    }
    server.fhir.recovers();
    assert_eq!(choices(&amy.opens(&page.url).await.page()).len(), 3);
}

/// In an EHR launch the EHR has said what is in view; nobody is asked for more (LCTX-8).
#[tokio::test]
async fn an_ehr_launch_asks_for_nothing() {
    let server = TestServer::start().await;
    let launch = Ehr::of(&server).launches_patient("amy-shaw").await;
    let mut amy = Person::named(&server, "amy");
    let url = App::public(&server).with_launch("launch launch/encounter patient/*.rs", &launch);
    let page = amy.opens(&url).await.page();
    assert!(amy.does(&page, None).await.page().asks("decision"));
}
