//! The patient picker: who gets one, what it shows, and what it never lets through (AUTHZ-23).

mod another;
mod linked;
mod marks;
mod names;
mod searching;
mod settings;

use super::SCOPE;
use kit::{
    App, Person, TestServer,
    app::{claims, header},
    browser::Page,
};

async fn picker<'a>(server: &'a TestServer, username: &str) -> (Person<'a>, Page) {
    let mut person = Person::named(server, username);
    let page = person.goes_to(&App::public(server).standalone(SCOPE), "patient", None).await;
    (person, page)
}

async fn searches(person: &mut Person<'_>, page: &Page, by: &[(&str, &str)]) -> Page {
    person.opens(&format!("{}?{}", page.url, kit::http::encode(by))).await.page()
}

/// As the record system has him.
const WEI_CHEN: [&str; 4] = ["Wei Chen", "17 April 1978", "male", "MRN-1007"];

/// The ids that can be chosen on this page.
fn choices(page: &Page) -> Vec<String> {
    let inputs = page.answer.body.split("name=\"patient\" value=\"").skip(1);
    inputs.filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
}

#[tokio::test]
async fn a_patient_gets_their_own_record_without_a_page() {
    let server = TestServer::start().await;
    let mut amy = Person::named(&server, "amy");
    let page = amy.opens(&App::public(&server).standalone(SCOPE)).await.page();
    assert!(amy.does(&page, None).await.page().asks("decision"));
    assert_eq!(server.fhir.tokens().len(), 1, "one read: whose record it is");
}

#[tokio::test]
async fn a_clinician_without_patient_scopes_gets_no_picker() {
    let server = TestServer::start().await;
    let mut hannah = Person::named(&server, "hannah");
    let url = App::public(&server).standalone("openid fhirUser user/*.rs");
    let page = hannah.opens(&url).await.page();
    let consent = hannah.does(&page, None).await.page();
    assert!(consent.asks("decision"));
    let answer = hannah.does(&consent, None).await.app();
    let tokens = App::public(&server).exchanges(&answer.query("code").expect("a code")).await;
    assert_eq!(tokens.0.get("patient"), None);
}

#[tokio::test]
async fn launch_patient_alone_brings_the_picker_too() {
    let server = TestServer::start().await;
    let mut hannah = Person::named(&server, "hannah");
    let url = App::public(&server).standalone("launch/patient user/*.rs");
    hannah.goes_to(&url, "patient", None).await;
}

#[tokio::test]
async fn it_shows_enough_to_choose_safely() {
    let server = TestServer::start().await;
    let (mut hannah, page) = picker(&server, "hannah").await;
    let found = searches(&mut hannah, &page, &[("name", "Chen")]).await;
    assert_eq!(choices(&found), ["wei-chen"]);
    for shown in WEI_CHEN {
        assert!(found.answer.body.contains(shown), "{shown}: {}", found.answer.body);
    }
}

#[tokio::test]
async fn it_searches_by_the_beginning_of_a_name_in_any_case() {
    let server = TestServer::start().await;
    let (mut hannah, page) = picker(&server, "hannah").await;
    for name in ["Wei", "che", "CHEN"] {
        assert!(
            choices(&searches(&mut hannah, &page, &[("name", name)]).await).contains(&"wei-chen".to_owned()),
            "{name}"
        );
    }
    let nobody = searches(&mut hannah, &page, &[("name", "Nobody & Nothing")]).await;
    assert!(choices(&nobody).is_empty());
    assert!(nobody.answer.body.contains("No patient found"));
}

#[tokio::test]
async fn what_is_typed_stays_a_name_and_becomes_no_other_search() {
    let server = TestServer::start().await;
    let (mut hannah, page) = picker(&server, "hannah").await;
    for name in ["Chen&_count=1000", "Chen&birthdate=1900", "../Observation", "%26_id=amy-shaw", "a\r\nb: c"] {
        assert!(choices(&searches(&mut hannah, &page, &[("name", name)]).await).is_empty(), "{name}");
    }
}

/// Looking for somebody chooses nobody.
#[tokio::test]
async fn a_search_by_get_chooses_nobody() {
    let server = TestServer::start().await;
    let (mut hannah, page) = picker(&server, "hannah").await;
    hannah.opens(&format!("{}?patient=wei-chen&decision=allow", page.url)).await.page();
    assert!(hannah.opens(&page.url).await.page().asks("patient"));
}

#[tokio::test]
async fn a_related_person_chooses_among_theirs_and_sees_no_others() {
    let server = TestServer::start().await;
    let (mut rosa, page) = picker(&server, "rosa").await;
    assert_eq!(choices(&page), ["mia-rivera", "noah-kim"]);
    // There is nothing to search, and a search that is sent all the same finds nobody else.
    assert!(!page.answer.body.contains("role=\"search\""));
    assert_eq!(choices(&searches(&mut rosa, &page, &[("name", "Chen")]).await), ["mia-rivera", "noah-kim"]);
    let consent = rosa.does(&page, Some("noah-kim")).await.page();
    let answer = rosa.does(&consent, None).await.app();
    let tokens = App::public(&server).exchanges(&answer.query("code").expect("a code")).await;
    assert_eq!(tokens.0["patient"], "noah-kim");
}

#[tokio::test]
async fn a_related_person_can_not_submit_another_id() {
    let server = TestServer::start().await;
    let (mut rosa, page) = picker(&server, "rosa").await;
    let asked = server.fhir.tokens().len();
    for foreign in
        ["wei-chen", "amy-shaw", "MIA-RIVERA", "mia-rivera ", "Patient/mia-rivera", "mia-rivera/../wei-chen", "*"]
    {
        let answer = rosa.submits(&page, &[("patient", foreign)]).await.page();
        assert!(answer.asks("patient"), "{foreign}");
    }
    let again = server.fhir.tokens().len() - asked;
    assert_eq!(again, 7, "the page reads theirs each time, and nobody else is looked up");
}

/// Somebody who acts for one person has no choice to make.
#[tokio::test]
async fn who_acts_for_one_person_gets_that_record_without_a_page() {
    let server = TestServer::start_with(|toml| toml.replace(", \"noah-kim\"]", "]")).await;
    let tokens = App::public(&server).gets_tokens("rosa", SCOPE, None).await;
    assert_eq!(tokens.0["patient"], "mia-rivera");
}

/// A patient who acts for others as well has a choice.
#[tokio::test]
async fn a_patient_who_acts_for_another_chooses() {
    let amy = "fhir_user = \"Patient/amy-shaw\"\npatients = [\"leo-shaw\"]";
    let server = TestServer::start_with(|toml| toml.replace("fhir_user = \"Patient/amy-shaw\"", amy)).await;
    let (_, page) = picker(&server, "amy").await;
    assert_eq!(choices(&page), ["amy-shaw", "leo-shaw"]);
}

#[tokio::test]
async fn who_has_no_record_is_told_so_at_the_app() {
    let server = TestServer::start().await;
    let mut clerk = Person::named(&server, "clerk");
    let page = clerk.opens(&App::public(&server).standalone(SCOPE)).await.page();
    let answer = clerk.does(&page, None).await.app();
    assert_eq!(answer.query("error").as_deref(), Some("access_denied"));
}

#[tokio::test]
async fn a_patient_nobody_knows_is_not_chosen() {
    let server = TestServer::start().await;
    let (mut hannah, page) = picker(&server, "hannah").await;
    let long = "x".repeat(65);
    for id in
        ["nobody", "", "../Observation/1", "wei-chen/_history/1", "wei-chen?x", "wei chen", "Wei-Chen", &long, "é"]
    {
        assert!(hannah.submits(&page, &[("patient", id)]).await.page().asks("patient"), "{id}");
    }
}

#[tokio::test]
async fn it_says_when_the_fhir_server_is_down_and_nothing_is_lost() {
    let server = TestServer::start().await;
    let (mut hannah, page) = picker(&server, "hannah").await;
    server.fhir.breaks();
    let broken = searches(&mut hannah, &page, &[("name", "Chen")]).await;
    assert_eq!(broken.answer.status, 200);
    for text in ["The record system did not answer", "Nothing is lost", "Try again", "value=\"Chen\""] {
        assert!(broken.answer.body.contains(text), "{text}: {}", broken.answer.body);
    }
    let unread = hannah.does(&page, Some("wei-chen")).await.page();
    assert!(!unread.asks("decision"), "who can't be read can't be chosen");
    assert!(unread.answer.body.contains("The record system did not answer"), "{}", unread.answer.body);
    server.fhir.recovers();
    let consent = hannah.does(&page, Some("wei-chen")).await.page();
    let answer = hannah.does(&consent, None).await.app();
    assert!(answer.query("code").is_some());
}

#[tokio::test]
async fn it_says_so_too_when_nobody_listens_there() {
    let server = TestServer::start_with(|toml| toml.replace("{fhir}", "http://127.0.0.1:9/fhir")).await;
    let request = kit::app::with(App::public(&server).request(SCOPE), "aud", Some("http://127.0.0.1:9/fhir"));
    let mut hannah = Person::named(&server, "hannah");
    let page = hannah.goes_to(&kit::app::authorize_url(&request), "cancel", None).await;
    let page = hannah.does(&page, None).await.page();
    assert!(page.answer.body.contains("The record system did not answer"), "{}", page.answer.body);
    let answer = hannah.submits(&page, &[("cancel", "yes")]).await.app();
    assert_eq!(answer.query("error").as_deref(), Some("access_denied"));
}

/// The server's own token opens as little as possible for as short as possible.
#[tokio::test]
async fn the_token_it_searches_with_is_short_read_only_and_for_this_fhir_server() {
    let server = TestServer::start().await;
    picker(&server, "hannah").await;
    let token = server.fhir.tokens().last().expect("it was asked with a token").clone();
    let claims = claims(&token);
    assert_eq!(header(&token)["typ"], "at+jwt");
    assert_eq!(claims["scope"], "system/Patient.rs");
    assert_eq!(claims["aud"], server.fhir.url.as_str());
    assert_eq!(claims["iss"], kit::server::ISSUER);
    assert_eq!(claims["client_id"], "admit");
    let lives = claims["exp"].as_i64().expect("exp") - claims["iat"].as_i64().expect("iat");
    assert!(lives <= 60, "{lives} seconds");
}

#[tokio::test]
async fn cancelling_denies() {
    let server = TestServer::start().await;
    let (mut hannah, page) = picker(&server, "hannah").await;
    let answer = hannah.submits(&page, &[("cancel", "yes"), ("patient", "wei-chen")]).await.app();
    assert_eq!(answer.query("error").as_deref(), Some("access_denied"));
}
