//! Somebody who is a `Person`: `Person.link` says whose records are theirs to choose among.

use super::*;

const PERSON: &str = "fhir_user = \"Person/amy-shaw-person\"";

async fn start_with_a_person() -> TestServer {
    TestServer::start_with(|toml| toml.replace("fhir_user = \"Patient/amy-shaw\"", PERSON)).await
}

/// `Person.link` names Amy as a patient, and as the mother of one.
#[tokio::test]
async fn a_person_chooses_among_the_patients_they_are_linked_to() {
    let server = start_with_a_person().await;
    let (mut amy, page) = picker(&server, "amy").await;
    assert_eq!(choices(&page), ["amy-shaw", "leo-shaw"]);
    let scopes: Vec<String> = server.fhir.tokens().iter().map(|token| claims(token)["scope"].to_string()).collect();
    assert!(scopes.contains(&"\"system/Person.r system/RelatedPerson.r\"".to_owned()), "{scopes:?}");
    assert!(amy.submits(&page, &[("patient", "wei-chen")]).await.page().asks("patient"));
    let consent = amy.does(&page, Some("leo-shaw")).await.page();
    let answer = amy.does(&consent, None).await.app();
    let tokens = App::public(&server).exchanges(&answer.query("code").expect("a code")).await;
    assert_eq!(tokens.0["patient"], "leo-shaw");
}

#[tokio::test]
async fn a_link_the_server_is_not_sure_of_opens_nothing() {
    let server = start_with_a_person().await;
    server.fhir.says(
        r#"{"resourceType":"Person","id":"amy-shaw-person","link":[
            {"target":{"reference":"Patient/wei-chen"},"assurance":"level1"},
            {"target":{"reference":"https://elsewhere.example/fhir/Patient/wei-chen"}},
            {"target":{"reference":"Practitioner/hannah-patel"}}]}"#,
    );
    let mut amy = Person::named(&server, "amy");
    let page = amy.opens(&App::public(&server).standalone(SCOPE)).await.page();
    assert_eq!(amy.does(&page, None).await.app().query("error").as_deref(), Some("access_denied"));
}

#[tokio::test]
async fn links_that_can_not_be_followed_now_are_followed_at_the_next_try() {
    let server = start_with_a_person().await;
    server.fhir.breaks();
    let mut amy = Person::named(&server, "amy");
    let page = amy.goes_to(&App::public(&server).standalone(SCOPE), "cancel", None).await;
    let page = if page.asks("password") { amy.does(&page, None).await.page() } else { page };
    assert!(page.answer.body.contains("Try again"), "{}", page.answer.body);
    server.fhir.recovers();
    assert_eq!(choices(&amy.opens(&page.url).await.page()), ["amy-shaw", "leo-shaw"]);
}
