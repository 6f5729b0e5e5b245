//! Searching, and what the FHIR server answers: pages, too many, or nonsense.

use super::*;

#[tokio::test]
async fn it_searches_by_name_birth_date_and_identifier_in_any_combination() {
    let server = TestServer::start().await;
    let (mut hannah, page) = picker(&server, "hannah").await;
    for by in [
        &[("birthdate", "1978-04-17")][..],
        &[("identifier", "MRN-1007")],
        &[("name", "che"), ("birthdate", "1978")],
        &[("name", "wei"), ("birthdate", "1978-04"), ("identifier", " MRN-1007 ")],
    ] {
        assert_eq!(choices(&searches(&mut hannah, &page, by).await), ["wei-chen"], "{by:?}");
    }
    for by in [&[("name", "Wei"), ("birthdate", "1979")][..], &[("identifier", "MRN-1007,MRN-1001")]] {
        assert!(choices(&searches(&mut hannah, &page, by).await).is_empty(), "{by:?}");
    }
}

#[tokio::test]
async fn what_is_no_date_is_said_to_be_none_and_nobody_is_asked() {
    let server = TestServer::start().await;
    let (mut hannah, page) = picker(&server, "hannah").await;
    let asked = server.fhir.tokens().len();
    for date in ["17.4.78", "1978-13-01", "ge1900-01-01", "78", "1978-04-17T00:00", "1978-04-17&_id=x"] {
        let found = searches(&mut hannah, &page, &[("name", "Chen"), ("birthdate", date)]).await;
        assert!(found.answer.body.contains("This is not a date"), "{date}");
        assert!(found.answer.body.contains("value=\"Chen\""), "what was typed stays");
        assert!(choices(&found).is_empty());
    }
    assert_eq!(server.fhir.tokens().len(), asked);
}

fn bundle(patients: usize, links: &[(&str, &str)]) -> String {
    let patient = |n: usize| serde_json::json!({ "resource": { "resourceType": "Patient", "id": format!("p{n}") } });
    let link = |(relation, url): &(&str, &str)| serde_json::json!({ "relation": relation, "url": url });
    serde_json::json!({
        "resourceType": "Bundle",
        "type": "searchset",
        "entry": (0..patients).map(patient).collect::<Vec<_>>(),
        "link": links.iter().map(link).collect::<Vec<_>>(),
    })
    .to_string()
}

fn links(page: &Page) -> Vec<&str> {
    page.answer
        .body
        .split(" href=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .filter(|l| l.contains("page="))
        .collect()
}

#[tokio::test]
async fn it_pages_by_the_servers_own_links() {
    let server = TestServer::start().await;
    let (mut hannah, page) = picker(&server, "hannah").await;
    let next = format!("{}?_getpages=abc&_offset=20", server.fhir.url);
    server.fhir.says(bundle(20, &[("self", "x"), ("next", &next), ("previous", "Patient?_offset=0")]));
    let found = searches(&mut hannah, &page, &[("name", "a")]).await;
    let shown = links(&found);
    assert_eq!(shown.len(), 2, "{}", found.answer.body);
    server.fhir.recovers();
    let previous = shown[0].replace("&#38;", "&");
    let before = hannah.opens(&previous).await.page();
    assert!(choices(&before).contains(&"wei-chen".to_owned()), "{}", before.answer.body);
}

/// Our token goes nowhere but to the FHIR server.
#[tokio::test]
async fn a_link_that_leads_elsewhere_is_neither_shown_nor_followed() {
    let server = TestServer::start().await;
    let (mut hannah, page) = picker(&server, "hannah").await;
    let beside = server.fhir.url.replace("/fhir", "/other/Patient");
    let above = format!("{}/../secrets", server.fhir.url);
    for elsewhere in ["https://evil.example/fhir/Patient?page=2", "//evil.example/", &beside, &above] {
        server.fhir.says(bundle(1, &[("next", elsewhere), ("previous", elsewhere)]));
        assert!(links(&searches(&mut hannah, &page, &[("name", "a")]).await).is_empty(), "{elsewhere}");
        server.fhir.recovers();
        // Typed into the address: it is no link, so the search is what it was.
        let found = searches(&mut hannah, &page, &[("name", "Chen"), ("page", elsewhere)]).await;
        assert_eq!(choices(&found), ["wei-chen"], "{elsewhere}");
    }
}

#[tokio::test]
async fn a_server_that_returns_a_thousand_is_cut_and_the_page_says_so() {
    let server = TestServer::start().await;
    let (mut hannah, page) = picker(&server, "hannah").await;
    server.fhir.says(bundle(1000, &[]));
    let found = searches(&mut hannah, &page, &[("name", "a")]).await;
    assert_eq!(choices(&found).len(), 20);
    assert!(found.answer.body.contains("There are more patients than shown here"));
}

#[tokio::test]
async fn an_answer_that_makes_no_sense_is_no_answer() {
    let server = TestServer::start().await;
    let (mut hannah, page) = picker(&server, "hannah").await;
    let huge = "x".repeat(3_000_000);
    for nonsense in ["<html>Sign in</html>", "{}", "[]", "null", r#"{"resourceType":"OperationOutcome"}"#, &huge] {
        server.fhir.says(nonsense);
        let found = searches(&mut hannah, &page, &[("name", "Chen")]).await;
        assert!(found.answer.body.contains("Try again"), "{nonsense:.40}");
        assert!(hannah.does(&page, Some("wei-chen")).await.page().asks("csrf"), "{nonsense:.40}");
    }
    server.fhir.recovers();
    assert!(hannah.does(&page, Some("wei-chen")).await.page().asks("decision"));
}

/// Somebody else's record, or another resource, in answer to a read.
#[tokio::test]
async fn another_resource_than_the_one_asked_for_is_not_chosen() {
    let server = TestServer::start().await;
    let (mut hannah, page) = picker(&server, "hannah").await;
    for other in [
        r#"{"resourceType":"Patient","id":"amy-shaw"}"#,
        r#"{"resourceType":"Practitioner","id":"wei-chen"}"#,
        r#"{"id":"wei-chen"}"#,
    ] {
        server.fhir.says(other);
        assert!(!hannah.does(&page, Some("wei-chen")).await.page().asks("decision"), "{other}");
    }
}
