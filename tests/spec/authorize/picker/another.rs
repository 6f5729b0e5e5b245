//! A wrong pick is corrected on each page after it, and what was said of the wrong patient counts for nobody.

use super::*;

const ENCOUNTER: &str = "launch/patient launch/encounter patient/*.rs";

async fn takes_back(person: &mut Person<'_>, page: &Page) -> kit::browser::Place {
    person.submits(page, &[("another_patient", "yes")]).await
}

fn offers_another(page: &Page) -> bool {
    page.answer.body.contains("Choose another patient") && page.asks("another_patient")
}

#[tokio::test]
async fn from_consent_the_person_goes_back_to_the_picker_and_chooses_another() {
    let server = TestServer::start().await;
    let (mut hannah, page) = picker(&server, "hannah").await;
    let consent = hannah.does(&page, Some("wei-chen")).await.page();
    assert!(offers_another(&consent), "{}", consent.answer.body);
    let again = takes_back(&mut hannah, &consent).await.page();
    assert!(again.asks("patient") && again.asks("name"));
    let consent = hannah.does(&again, Some("amy-shaw")).await.page();
    assert!(consent.answer.body.contains("Amy V. Shaw") && !consent.answer.body.contains("Wei Chen"));
    let answer = hannah.does(&consent, None).await.app();
    let tokens = App::public(&server).exchanges(&answer.query("code").expect("a code")).await;
    assert_eq!(tokens.0["patient"], "amy-shaw");
}

#[tokio::test]
async fn from_the_choice_of_a_visit_too_and_no_visit_of_the_first_is_kept() {
    let server = TestServer::start().await;
    let mut hannah = Person::named(&server, "hannah");
    let page = hannah.goes_to(&App::public(&server).standalone(ENCOUNTER), "patient", None).await;
    let visits = hannah.submits(&page, &[("patient", "amy-shaw")]).await.page();
    assert!(visits.asks("without") && offers_another(&visits));
    let consent = hannah.submits(&visits, &[("context", "amy-shaw-birth")]).await.page();
    let again = takes_back(&mut hannah, &consent).await.page();
    let visits = hannah.submits(&again, &[("patient", "amy-shaw")]).await.page();
    assert!(visits.asks("without"), "the same patient is asked about anew: {}", visits.answer.body);
    let again = takes_back(&mut hannah, &visits).await.page();
    assert!(again.asks("patient"));
}

/// The yes was to the patient that the page named.
#[tokio::test]
async fn a_form_of_the_first_patients_pages_says_nothing_of_the_second() {
    let server = TestServer::start().await;
    let (mut hannah, page) = picker(&server, "hannah").await;
    let first = hannah.does(&page, Some("wei-chen")).await.page();
    let again = takes_back(&mut hannah, &first).await.page();
    let at_the_picker = hannah.submits(&first, &[("decision", "allow")]).await.page();
    assert!(at_the_picker.asks("patient"), "nobody is chosen by an old yes");
    let second = hannah.does(&again, Some("amy-shaw")).await.page();
    let unchanged = hannah.submits(&first, &[("decision", "allow")]).await.page();
    assert!(unchanged.asks("decision") && unchanged.answer.body.contains("Amy V. Shaw"));
    let to_nobody = second.without("named_patient", "amy-shaw");
    assert_ne!(to_nobody.fields, second.fields);
    let unchanged = hannah.submits(&to_nobody, &[("decision", "allow")]).await.page();
    assert!(unchanged.asks("decision"), "a yes that names nobody is to nobody");
    let answer = hannah.does(&second, None).await.app();
    let tokens = App::public(&server).exchanges(&answer.query("code").expect("a code")).await;
    assert_eq!(tokens.0["patient"], "amy-shaw");
}

#[tokio::test]
async fn the_way_back_needs_the_token_of_the_page() {
    let server = TestServer::start().await;
    let (mut hannah, page) = picker(&server, "hannah").await;
    let consent = hannah.does(&page, Some("wei-chen")).await.page();
    let forged = takes_back(&mut hannah, &consent.with("csrf", "another")).await.end();
    assert_eq!(forged.status, 400);
    assert!(hannah.opens(&page.url).await.page().asks("decision"), "nothing has changed");
}

#[tokio::test]
async fn somebody_who_acts_for_a_few_can_go_back_to_theirs() {
    let server = TestServer::start().await;
    let (mut rosa, page) = picker(&server, "rosa").await;
    let consent = rosa.does(&page, Some("noah-kim")).await.page();
    assert!(offers_another(&consent));
    let again = takes_back(&mut rosa, &consent).await.page();
    assert_eq!(choices(&again), ["mia-rivera", "noah-kim"]);
}

/// A launch names the patient, and somebody with one record has no choice: there is nothing to take back, whatever is sent.
#[tokio::test]
async fn a_patient_whom_nobody_picked_can_not_be_exchanged() {
    let server = TestServer::start().await;
    let launch = kit::Ehr::of(&server).launches_patient("wei-chen").await;
    let app = App::public(&server);
    for (username, url) in [
        ("hannah", app.with_launch("launch openid patient/*.rs", &launch)),
        ("amy", app.standalone(SCOPE)),
        ("hannah", app.standalone("openid fhirUser user/*.rs")),
    ] {
        let mut person = Person::named(&server, username);
        let consent = person.goes_to(&url, "decision", None).await;
        assert!(!offers_another(&consent), "{username}: {}", consent.answer.body);
        let same = takes_back(&mut person, &consent).await.page();
        assert!(same.asks("decision"), "{username}");
    }
}
