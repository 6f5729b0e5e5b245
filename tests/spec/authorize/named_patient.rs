//! Whose record it is: the pages say it from the record, and not from what somebody's account is called; and a yes is to the patient
//! whom the page named (LIVE-5).

use super::SCOPE;
use kit::{App, Ehr, Person, TestServer, app::with, browser::Page};
use rules::{authorize::interaction::Interaction, secret::SecretHash, user::User};
use server::store::{Commit, Write, schema};

/// A person who signs in with an account that has another name than their record, as identity providers give it.
async fn start_with_amy_by_another_name() -> TestServer {
    TestServer::start_with(|toml| toml.replace("name = \"Amy Shaw\"", "name = \"ashaw@mail.example\"")).await
}

async fn consent<'a>(server: &'a TestServer, username: &str, patient: Option<&str>) -> (Person<'a>, Page) {
    let mut person = Person::named(server, username);
    let page = person.goes_to(&App::public(server).standalone(SCOPE), "decision", patient).await;
    (person, page)
}

/// The line of the summary that says whose record it is.
fn record_of(page: &Page) -> String {
    let rest = page.answer.body.split("Health record of</dt>").nth(1).expect("the page says whose record it is");
    rest.split("</div>").next().expect("a row").to_owned()
}

#[tokio::test]
async fn a_patients_own_record_is_named_by_the_record_and_not_by_the_account() {
    let server = start_with_amy_by_another_name().await;
    let (_, page) = consent(&server, "amy", None).await;
    let row = record_of(&page);
    for shown in ["Amy V. Shaw", "born 20 February 1987", "MRN-1006"] {
        assert!(row.contains(shown), "{shown}: {row}");
    }
    assert!(!row.contains("ashaw@"), "{row}");
    assert!(page.answer.body.contains("ashaw@mail.example"), "who is signed in is said beside it");
}

#[tokio::test]
async fn the_record_of_somebody_they_act_for_is_named_whether_it_was_picked_or_is_the_only_one() {
    let server = TestServer::start().await;
    let (_, page) = consent(&server, "rosa", Some("noah-kim")).await;
    assert!(record_of(&page).contains("Noah Kim, born 27 November 2011"), "{}", record_of(&page));
    let server = TestServer::start_with(|toml| toml.replace(", \"noah-kim\"]", "]")).await;
    let (_, page) = consent(&server, "rosa", None).await;
    assert!(record_of(&page).contains("Mia Elena Rivera, born 11 March 2019"), "{}", record_of(&page));
}

#[tokio::test]
async fn a_launched_record_is_named_and_marked() {
    let server = TestServer::start().await;
    for (patient, shown) in [
        ("wei-chen", "Wei Chen, born 17 April 1978, MRN-1007"),
        ("rafael-ortega", "Rafael Ortega, born 8 October 1948, MRN-1013 – Deceased: 14 March 2026"),
        ("nina-varga", "Nina Varga, born 21 June 1974 – Record not in use"),
        ("ingrid-olson", "Ingrid Olson, born 2 September 1969, MRN-1015 – Replaced by another record"),
    ] {
        let launch = Ehr::of(&server).launches_patient(patient).await;
        let url = App::public(&server).with_launch("launch openid patient/*.rs", &launch);
        let page = Person::named(&server, "hannah").goes_to(&url, "decision", None).await;
        assert!(record_of(&page).contains(shown), "{}", record_of(&page));
    }
}

#[tokio::test]
async fn a_record_that_can_not_be_read_is_named_by_its_id_and_the_page_says_so() {
    let server = start_with_amy_by_another_name().await;
    let somebody_elses = r#"{"resourceType":"Patient","id":"wei-chen","name":[{"text":"Wei Chen"}]}"#;
    let troubles: [&dyn Fn(); 3] =
        [&|| server.fhir.breaks(), &|| server.fhir.says("<html>"), &|| server.fhir.says(somebody_elses)];
    for trouble in troubles {
        trouble();
        let (mut amy, page) = consent(&server, "amy", None).await;
        let row = record_of(&page);
        assert!(row.contains("Patient/amy-shaw") && row.contains("could not be read"), "{row}");
        assert!(!row.contains("ashaw@") && !row.contains("Wei Chen"), "{row}");
        let answer = amy.does(&page, None).await.app();
        assert!(answer.query("code").is_some(), "she may go on: the record is hers");
        server.fhir.recovers();
    }
}

#[tokio::test]
async fn it_says_so_in_every_language() {
    let server = TestServer::start().await;
    server.fhir.breaks();
    for (language, said) in [
        ("en", "could not be read"),
        ("nl", "kon niet worden gelezen"),
        ("de", "konnte nicht gelesen werden"),
        ("es", "No se ha podido leer"),
        ("fr", "n’a pas pu être lu"),
    ] {
        let request = with(App::public(&server).request(SCOPE), "ui_locales", Some(language));
        let page = Person::named(&server, "amy").goes_to(&kit::app::authorize_url(&request), "decision", None).await;
        let body = &page.answer.body;
        assert!(body.contains("Patient/amy-shaw") && body.contains(said), "{language}: {body}");
    }
}

/// Nobody waits for a FHIR server at which nobody listens.
#[tokio::test]
async fn a_fhir_server_that_is_gone_costs_the_name_and_not_the_page() {
    let server = TestServer::start_with(|toml| toml.replace("{fhir}", "http://127.0.0.1:9/fhir")).await;
    let request = with(App::public(&server).request(SCOPE), "aud", Some("http://127.0.0.1:9/fhir"));
    let page = Person::named(&server, "amy").goes_to(&kit::app::authorize_url(&request), "decision", None).await;
    assert!(record_of(&page).contains("Patient/amy-shaw"));
}

/// The patient who is the only one they act for becomes another while the page is before them.
#[tokio::test]
async fn a_yes_is_to_the_patient_that_the_page_named() {
    let server = TestServer::start_with(|toml| toml.replace(", \"noah-kim\"]", "]")).await;
    let (mut rosa, page) = consent(&server, "rosa", None).await;
    acts_for(&server, "rosa", &page, &["noah-kim"]).await;
    let again = rosa.does(&page, None).await.page();
    assert!(again.asks("decision") && record_of(&again).contains("Noah Kim"), "{}", again.answer.body);
    let answer = rosa.does(&again, None).await.app();
    let tokens = App::public(&server).exchanges(&answer.query("code").expect("a code")).await;
    assert_eq!(tokens.0["patient"], "noah-kim");
}

/// A visit that was picked for one patient is not shown in another's record.
#[tokio::test]
async fn what_was_picked_for_one_patient_is_no_context_of_another() {
    let server = TestServer::start_with(|toml| toml.replace(", \"noah-kim\"]", "]")).await;
    let mut rosa = Person::named(&server, "rosa");
    let url = App::public(&server).standalone("launch/patient launch/encounter patient/*.rs");
    let page = rosa.goes_to(&url, "without", None).await;
    let visit = page.answer.body.split("name=\"context\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    let visit = visit.expect("Mia was here").to_owned();
    rosa.submits(&page, &[("context", &visit)]).await.page();
    acts_for(&server, "rosa", &page, &["noah-kim"]).await;
    let again = rosa.opens(&page.url).await.page();
    assert!(again.asks("without"), "his visits are asked for anew");
    assert!(rosa.submits(&again, &[("context", &visit)]).await.page().asks("without"), "hers is none of his");
    let consent = rosa.submits(&again, &[("without", "yes")]).await.page();
    let answer = rosa.does(&consent, None).await.app();
    let tokens = App::public(&server).exchanges(&answer.query("code").expect("a code")).await;
    assert_eq!((tokens.0["patient"].as_str(), tokens.0.get("encounter")), (Some("noah-kim"), None));
}

/// The operator changes whose records this person may open, while they are at this page.
async fn acts_for(server: &TestServer, username: &str, page: &Page, patients: &[&str]) {
    let tenant = rules::tenant::TenantId::parse("clinic").expect("an id");
    let (store, patients) = (&server.server.store, patients.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>());
    let found = store.find::<User>(schema::user(&tenant, username), server.now()).await;
    let user = User { patients: patients.clone(), ..found.expect("the table").expect("a user").value };
    let id = page.action.rsplit('/').next().expect("an id");
    let key = schema::interaction(&tenant, &SecretHash::of(id));
    let found = store.find::<Interaction>(key, server.now()).await.expect("the table").expect("an interaction");
    let next = found.choose(|choosing| choosing.user.patients = patients);
    let writes = vec![Write::overwrite(&user).expect("an item"), Write::update(&found, &next).expect("an item")];
    assert!(matches!(store.commit(writes).await.expect("the table"), Commit::Done));
}

/// The page sends the name back with the yes. Whoever leaves it out, or sends another, has said yes to nobody; a no needs none.
#[tokio::test]
async fn a_yes_that_does_not_say_to_which_patient_is_asked_for_again() {
    let server = TestServer::start().await;
    let (mut rosa, page) = consent(&server, "rosa", Some("mia-rivera")).await;
    let unnamed = page.without("named_patient", "mia-rivera");
    assert!(unnamed.fields.len() < page.fields.len(), "the page names its patient: {:?}", page.fields);
    for wrong in [
        unnamed.clone(),
        page.with("named_patient", "noah-kim"),
        page.with("named_patient", ""),
        page.with("named_patient", "MIA-RIVERA"),
        page.with("named_patient", "Patient/mia-rivera"),
    ] {
        let again = rosa.submits(&wrong, &[("decision", "allow")]).await.page();
        assert!(again.asks("decision") && record_of(&again).contains("Mia Elena Rivera"), "{:?}", wrong.fields);
    }
    let answer = rosa.does(&page, None).await.app();
    assert_eq!(App::public(&server).exchanges(&answer.query("code").expect("a code")).await.0["patient"], "mia-rivera");
    let (mut rosa, page) = consent(&server, "rosa", Some("noah-kim")).await;
    let unnamed = page.without("named_patient", "noah-kim");
    let denied = rosa.submits(&unnamed, &[("decision", "deny")]).await.app();
    assert_eq!(denied.query("error").as_deref(), Some("access_denied"));
}

/// Where no patient is named, a yes to one is to nobody either.
#[tokio::test]
async fn a_yes_to_a_patient_whom_the_page_did_not_name_is_asked_for_again() {
    let server = TestServer::start().await;
    let mut hannah = Person::named(&server, "hannah");
    let page = hannah.goes_to(&App::public(&server).standalone("openid user/*.rs"), "decision", None).await;
    let again = hannah.submits(&page.with("named_patient", "mia-rivera"), &[("decision", "allow")]).await.page();
    assert!(again.asks("decision"));
    assert!(hannah.does(&again, None).await.app().query("code").is_some());
}
