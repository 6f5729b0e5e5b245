//! What the tenant decides about the picker: `[pages.patient_picker]`.

use super::*;

async fn start_with(settings: &str) -> TestServer {
    TestServer::start_with(|toml| format!("{toml}\n[pages.patient_picker]\n{settings}\n")).await
}

async fn signed_in<'a>(server: &'a TestServer, username: &str) -> (Person<'a>, kit::browser::Place) {
    let mut person = Person::named(server, username);
    let sign_in = person.opens(&App::public(server).standalone(SCOPE)).await.page();
    let place = person.does(&sign_in, None).await;
    (person, place)
}

#[tokio::test]
async fn without_a_medical_record_number_no_other_number_is_shown() {
    let server = TestServer::start().await;
    let (mut hannah, page) = picker(&server, "hannah").await;
    assert!(!page.answer.body.contains("999-01-4417"), "a social security number");
    let found = searches(&mut hannah, &page, &[("name", "Varga")]).await;
    assert_eq!(choices(&found), ["nina-varga"]);
    assert!(!found.answer.body.contains("<bdi>Record number"), "{}", found.answer.body);
    let consent = hannah.does(&found, Some("nina-varga")).await.page();
    assert!(consent.answer.body.contains("Nina Varga") && !consent.answer.body.contains("999-01-4417"));
}

#[tokio::test]
async fn the_tenant_says_which_identifiers_are_shown_and_in_which_order() {
    let patient = r#"{"resourceType":"Bundle","type":"searchset","entry":[{"resource":{"resourceType":"Patient","id":"p",
        "identifier":[{"system":"http://riverside.example/mrn","value":"MRN-1"},{"system":"urn:oid:1.2.3","value":"N2"},
        {"system":"http://hl7.org/fhir/sid/us-ssn","value":"999-01-4417"}]}}]}"#;
    for (systems, shown) in [
        ("[\"urn:oid:1.2.3\", \"http://riverside.example/mrn\"]", &["<bdi>N2</bdi>", "<bdi>MRN-1</bdi>"][..]),
        ("[\"http://riverside.example/mrn\"]", &["<bdi>MRN-1</bdi>"]),
    ] {
        let server = start_with(&format!("identifiers = {systems}")).await;
        let (mut hannah, page) = picker(&server, "hannah").await;
        server.fhir.says(patient);
        let found = searches(&mut hannah, &page, &[("name", "a")]).await;
        let numbers: Vec<&str> =
            found.answer.body.match_indices("<bdi>").map(|(at, _)| &found.answer.body[at..]).collect();
        let places = shown.iter().map(|one| numbers.iter().position(|rest| rest.starts_with(one)));
        let places: Vec<usize> = places.map(|place| place.expect("it is shown")).collect();
        assert!(places.is_sorted(), "{}", found.answer.body);
        assert!(!found.answer.body.contains("999-01-4417"));
    }
}

#[tokio::test]
async fn a_tenant_may_list_nobody_before_a_search() {
    let server = start_with("search_first = true").await;
    let (mut hannah, place) = signed_in(&server, "hannah").await;
    let page = place.page();
    assert!(choices(&page).is_empty(), "{}", page.answer.body);
    assert!(page.answer.body.contains("Nobody is listed until you search") && page.asks("name"));
    assert!(!page.answer.body.contains("Continue with this patient"));
    let all = format!("{}/Patient", server.fhir.url);
    for empty in [&[("name", "")][..], &[("name", " "), ("birthdate", ""), ("identifier", "")], &[("page", &all)]] {
        let page = searches(&mut hannah, &page, empty).await;
        assert!(choices(&page).is_empty() && page.answer.body.contains("until you search"), "{empty:?}");
    }
    assert!(server.fhir.tokens().is_empty(), "nothing was asked of the FHIR server");
    let found = searches(&mut hannah, &page, &[("name", "Chen")]).await;
    assert_eq!(choices(&found), ["wei-chen"]);
    assert!(hannah.does(&found, Some("wei-chen")).await.page().asks("decision"));
}

/// They can't search, and the few are theirs.
#[tokio::test]
async fn who_acts_for_a_few_sees_them_without_a_search() {
    let server = start_with("search_first = true").await;
    assert_eq!(choices(&picker(&server, "rosa").await.1), ["mia-rivera", "noah-kim"]);
}

#[tokio::test]
async fn a_tenant_may_say_who_chooses_and_the_others_are_told_so_at_the_app() {
    let server = start_with("user_types = [\"PractitionerRole\", \"RelatedPerson\"]").await;
    let (_, place) = signed_in(&server, "hannah").await;
    let answer = place.app();
    assert_eq!(answer.query("error").as_deref(), Some("access_denied"));
    let text = answer.query("error_description").expect("a description");
    assert!(text.contains("may not choose a patient here"), "{text}");
    assert!(server.fhir.tokens().is_empty(), "no patient was read for them");
    picker(&server, "rosa").await;
    let server = start_with("user_types = [\"Practitioner\"]").await;
    picker(&server, "hannah").await;
    let (_, place) = signed_in(&server, "rosa").await;
    assert_eq!(place.app().query("error").as_deref(), Some("access_denied"));
}

/// Where there is no choice, nobody is asked who may choose.
#[tokio::test]
async fn who_chooses_matters_only_where_there_is_a_choice() {
    let server = start_with("user_types = [\"PractitionerRole\"]").await;
    let launch = kit::Ehr::of(&server).launches_patient("wei-chen").await;
    let url = App::public(&server).with_launch("launch openid patient/*.rs", &launch);
    Person::named(&server, "hannah").goes_to(&url, "decision", None).await;
    assert!(signed_in(&server, "amy").await.1.page().asks("decision"), "her own record is the only one");
}

/// The operator decides it while the page is open.
#[tokio::test]
async fn a_form_of_somebody_who_may_no_longer_choose_chooses_nobody() {
    for look_again in [false, true] {
        let server = TestServer::start().await;
        let (mut hannah, page) = picker(&server, "hannah").await;
        server
            .tenant_becomes(|tenant| {
                tenant.pages.patient_picker.user_types = vec![rules::user::FhirUserType::PractitionerRole];
            })
            .await;
        let answer = match look_again {
            true => hannah.opens(&page.url).await.app(),
            false => hannah.submits(&page, &[("patient", "wei-chen")]).await.app(),
        };
        assert_eq!(answer.query("error").as_deref(), Some("access_denied"));
        assert_eq!(answer.query("code"), None);
    }
}

/// Without a page there is nobody to ask.
#[tokio::test]
async fn without_a_page_they_are_denied_too() {
    let server = start_with("user_types = [\"RelatedPerson\"]").await;
    let mut hannah = Person::named(&server, "hannah");
    let app = App::public(&server);
    let url = app.standalone("openid fhirUser user/*.rs");
    hannah.goes_through(&url, None).await;
    let request = kit::app::with(app.request(SCOPE), "prompt", Some("none"));
    let answer = hannah.opens(&kit::app::authorize_url(&request)).await.app();
    assert_eq!(answer.query("error").as_deref(), Some("access_denied"));
}
