//! People type a name as they know it, and a birth date as they write it.

use super::*;

async fn found(person: &mut Person<'_>, page: &Page, by: &[(&str, &str)]) -> Vec<String> {
    choices(&searches(person, page, by).await)
}

#[tokio::test]
async fn a_full_name_finds_the_patient_in_any_order() {
    let server = TestServer::start().await;
    let (mut hannah, page) = picker(&server, "hannah").await;
    for name in
        ["Amy Shaw", "Shaw, Amy", "shaw amy", " Shaw ,Amy ", "Amy V. Shaw", "am sha", "Amy Baxter", "SHAW AMY V"]
    {
        assert_eq!(found(&mut hannah, &page, &[("name", name)]).await, ["amy-shaw"], "{name}");
    }
    assert_eq!(found(&mut hannah, &page, &[("name", "Maria Luisa Santos")]).await, ["maria-santos"]);
    for name in ["Amy Chen", "Wei Shaw", "Amy Shaw Nobody", "my haw"] {
        assert!(found(&mut hannah, &page, &[("name", name)]).await.is_empty(), "{name}");
    }
}

/// A server may compare from the beginning of a whole part of a name, as FHIR has it, and records differ in what is a part.
#[tokio::test]
async fn a_family_name_of_several_words_is_asked_for_as_one_and_word_by_word() {
    let server = TestServer::start().await;
    let (mut hannah, page) = picker(&server, "hannah").await;
    let bundle = r#"{"resourceType":"Bundle","type":"searchset"}"#;
    server.fhir.says(bundle);
    searches(&mut hannah, &page, &[("name", "van den Berg, Jan")]).await;
    let asked = server.fhir.queries().pop().expect("it was asked");
    let names: Vec<String> = url::form_urlencoded::parse(asked.as_bytes())
        .filter(|(name, _)| name == "name")
        .map(|(_, value)| value.into_owned())
        .collect();
    assert_eq!(names, ["van", "den,van den", "Berg,den Berg,van den Berg", "Jan"], "{asked}");
}

#[tokio::test]
async fn a_birth_date_is_read_in_the_forms_of_the_pages_language_and_beside_the_name() {
    let server = TestServer::start().await;
    for (language, dates) in [
        ("en", &["17 April 1978", "April 17, 1978", "17/4/1978", "April 1978", "1978-04-17"][..]),
        ("de", &["17.04.1978", "17. April 1978"]),
        ("nl", &["17-04-1978", "17 april 1978"]),
        ("fr", &["17/04/1978", "17 avr. 1978"]),
        ("es", &["17/04/1978", "17 de abril de 1978"]),
    ] {
        let request = kit::app::with(App::public(&server).request(SCOPE), "ui_locales", Some(language));
        let mut hannah = Person::named(&server, "hannah");
        let page = hannah.goes_to(&kit::app::authorize_url(&request), "patient", None).await;
        for date in dates {
            let by = [("name", "chen"), ("birthdate", *date)];
            assert_eq!(found(&mut hannah, &page, &by).await, ["wei-chen"], "{language} {date}");
            let beside = format!("Wei Chen {date}");
            assert_eq!(found(&mut hannah, &page, &[("name", &beside)]).await, ["wei-chen"], "{language} {beside}");
        }
        let other = [("name", "Chen 1979")];
        assert!(found(&mut hannah, &page, &other).await.is_empty(), "{language}");
    }
}

/// A clinician who reads 4 May where the server reads 5 April opens the wrong record, or none.
#[tokio::test]
async fn a_date_that_can_be_read_in_two_ways_is_asked_again() {
    let server = TestServer::start().await;
    let (mut hannah, page) = picker(&server, "hannah").await;
    let asked = server.fhir.tokens().len();
    for by in [[("name", "Chen"), ("birthdate", "4/5/1978")], [("name", "Chen 4/5/1978"), ("birthdate", "")]] {
        let found = searches(&mut hannah, &page, &by).await;
        assert!(found.answer.body.contains("can be read in two ways"), "{by:?}");
        assert!(choices(&found).is_empty());
    }
    assert_eq!(server.fhir.tokens().len(), asked);
}

#[tokio::test]
async fn an_identifier_is_found_without_its_capitals_and_spaces() {
    let server = TestServer::start().await;
    let (mut hannah, page) = picker(&server, "hannah").await;
    for identifier in ["MRN-1007", "mrn-1007", "MRN -1007"] {
        assert_eq!(found(&mut hannah, &page, &[("identifier", identifier)]).await, ["wei-chen"], "{identifier}");
    }
}

#[tokio::test]
async fn the_list_is_in_the_order_of_names_and_says_where_it_stands() {
    let server = TestServer::start().await;
    let (mut hannah, page) = picker(&server, "hannah").await;
    let patient = |n: usize, family: &str, given: &str| {
        serde_json::json!({ "resource": { "resourceType": "Patient", "id": format!("p{n}"), "birthDate": format!("19{n}"),
            "name": [{ "family": family, "given": [given] }] } })
    };
    let people = [("Zorn", "A"), ("adams", "Z"), ("Adams", "B"), ("Adams", "b"), ("", "")];
    let entries: Vec<_> = people.iter().enumerate().map(|(n, of)| patient(60 + n, of.0, of.1)).collect();
    let next = format!("{}?_offset=5", server.fhir.url);
    let bundle = serde_json::json!({ "resourceType": "Bundle", "total": 500, "entry": entries,
        "link": [{ "relation": "next", "url": next }, { "relation": "previous", "url": next }] });
    server.fhir.says(bundle.to_string());
    let first = searches(&mut hannah, &page, &[("name", "a")]).await;
    assert_eq!(choices(&first), ["p62", "p63", "p61", "p60", "p64"]);
    assert!(first.answer.body.contains("1 to 5 of 500"), "{}", first.answer.body);
    let link = |page: &Page, rel: &str| {
        let from = format!("rel=\"{rel}\" href=\"");
        let rest = page.answer.body.split(&from).nth(1).expect("a link").to_owned();
        rest.split('"').next().expect("an end").replace("&#38;", "&")
    };
    let second = hannah.opens(&link(&first, "next")).await.page();
    assert!(second.answer.body.contains("6 to 10 of 500"), "{}", second.answer.body);
    let before = hannah.opens(&link(&second, "prev")).await.page();
    assert!(before.answer.body.contains("1 to 5 of 500"), "{}", before.answer.body);
    // A server that does not count, or counts less than it shows, is not quoted.
    for total in [serde_json::Value::Null, serde_json::json!(3), serde_json::json!("500"), serde_json::json!(5)] {
        let mut without = bundle.clone();
        without["total"] = total.clone();
        server.fhir.says(without.to_string());
        let page = searches(&mut hannah, &page, &[("name", "a")]).await;
        assert!(!page.answer.body.contains("1 to 5 of"), "{total}");
    }
}

/// FHIR R4 §3.1.1.5.1: servers need not know `_sort`.
#[tokio::test]
async fn a_server_that_refuses_to_sort_is_asked_without() {
    let server = TestServer::start().await;
    let (mut hannah, page) = picker(&server, "hannah").await;
    server.fhir.refuses_queries_with("_sort");
    let found = searches(&mut hannah, &page, &[("name", "Chen")]).await;
    assert_eq!(choices(&found), ["wei-chen"]);
}
