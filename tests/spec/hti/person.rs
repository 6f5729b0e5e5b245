//! The person who signs in is held against the very resource that the portal named (HTI-10, HTI-11).

use super::*;

const HANNAH: &str = "/Practitioner/hannah-patel";

async fn ends(domain: &Domain, claims: Value) -> Place {
    domain.ends(&mut domain.browser(), &domain.token().sign(), claims).await
}

#[tokio::test]
async fn somebody_else_gets_no_code_and_neither_does_the_app() {
    let domain = Domain::start().await;
    for claims in [
        json!({ "sub": "x", "employee": "staff-4712" }),
        json!({ "sub": "x", "employee": "" }),
        json!({ "sub": "x" }),
        json!({ "sub": "x", "employee": ["staff-4711"] }),
        // What the provider itself would call them does not count where the tenant lists an identifier.
        json!({ "sub": "x", "fhirUser": "Practitioner/hannah-patel" }),
    ] {
        assert_eq!(error(ends(&domain, claims.clone()).await), "access_denied", "{claims}");
    }
    code(ends(&domain, claims()).await);
}

/// Nobody is searched for: another resource with the same identifier is not the one that the portal named.
#[tokio::test]
async fn the_resource_itself_must_have_the_identifier_and_be_in_use() {
    let domain = Domain::start().await;
    let identifier =
        |system: &str, value: &str, usage: &str| json!([{ "system": system, "value": value, "use": usage }]);
    for (what, name, value) in [
        ("another value", "identifier", identifier(SYSTEM, "staff-4712", "official")),
        ("another system", "identifier", identifier("https://other.example", "staff-4711", "official")),
        ("an identifier of before", "identifier", identifier(SYSTEM, "staff-4711", "old")),
        ("none", "identifier", Value::Null),
        ("out of use", "active", json!(false)),
        ("another resource", "id", json!("somebody-else")),
        ("another type", "resourceType", json!("Patient")),
    ] {
        let mut resource = hannah();
        resource[name] = value;
        domain.server.fhir.answers_at(HANNAH, 200, resource.to_string());
        assert_eq!(error(ends(&domain, claims()).await), "access_denied", "{what}");
    }
    let several =
        json!([{ "system": "https://other.example", "value": "1" }, { "system": SYSTEM, "value": "staff-4711" }]);
    let mut resource = hannah();
    resource["identifier"] = several;
    domain.server.fhir.answers_at(HANNAH, 200, resource.to_string());
    code(ends(&domain, claims()).await);
    let queries = domain.server.fhir.queries();
    assert!(queries.iter().all(String::is_empty), "nobody is searched for: {queries:?}");
}

#[tokio::test]
async fn who_is_not_there_is_nobody_and_a_server_that_does_not_answer_is_an_outage() {
    let domain = Domain::start().await;
    for status in [404, 410] {
        domain.server.fhir.answers_at(HANNAH, status, "");
        assert_eq!(error(ends(&domain, claims()).await), "access_denied", "{status}");
    }
    for (status, body) in [(500, ""), (401, ""), (200, "<html>")] {
        domain.server.fhir.answers_at(HANNAH, status, body);
        let page = ends(&domain, claims()).await.page();
        assert_eq!(page.answer.status, 502, "{status}");
        assert!(page.asks("cancel") && !page.answer.body.contains("hannah-patel"), "{}", page.answer.body);
    }
    // The same browser tries again when it is back.
    let mut browser = domain.browser();
    let page = domain.ends(&mut browser, &domain.token().sign(), claims()).await.page();
    domain.server.fhir.answers_at(HANNAH, 200, hannah().to_string());
    let there = browser.submits(&page, &[]).await.app();
    let back = domain.provider.signs_in(there.location(), claims(), domain.server.now().0);
    code(browser.opens(&back).await);
}

/// HTI-11.
#[tokio::test]
async fn a_related_person_must_be_related_to_the_patient_of_the_launch() {
    let domain = Domain::start().await;
    let token = |patient: Value| {
        domain.token().with_claim("sub", json!("RelatedPerson/rosa-rivera")).with_claim("patient", patient)
    };
    let url = domain.server.fhir.url.clone();
    let rosa = |patient: Value| {
        json!({ "resourceType": "RelatedPerson", "id": "rosa-rivera", "patient": patient,
                "identifier": [{ "system": SYSTEM, "value": "staff-4711" }] })
    };
    let ends = async |token: Assertion, resource: Value| {
        domain.server.fhir.answers_at("/RelatedPerson/rosa-rivera", 200, resource.to_string());
        domain.ends(&mut domain.browser(), &token.sign(), claims()).await
    };
    let mia = json!("Patient/mia-rivera");
    for good in [json!("Patient/mia-rivera"), json!(format!("{url}/Patient/mia-rivera"))] {
        code(ends(token(mia.clone()), rosa(json!({ "reference": good }))).await);
    }
    for bad in [
        json!({ "reference": "Patient/noah-kim" }),
        json!({ "reference": "https://other.example/Patient/mia-rivera" }),
        json!({ "reference": "RelatedPerson/mia-rivera" }),
        json!({ "display": "Mia" }),
        Value::Null,
    ] {
        assert_eq!(error(ends(token(mia.clone()), rosa(bad.clone())).await), "access_denied", "{bad}");
    }
    assert_eq!(domain.error(&token(Value::Null).sign()).await, "invalid_request");
}

/// Where the tenant lists no identifier, the provider's own word for a person counts, and must be the one of the launch.
#[tokio::test]
async fn without_an_identifier_the_provider_names_the_person() {
    let domain = Domain::start_with(|toml| {
        let without = format!("\nidentifier = \"{SYSTEM}|{{employee}}\"");
        toml.replace(&without, "").replace(
            "token_endpoint_auth_method = \"none\"\n\n[policy]",
            "token_endpoint_auth_method = \"none\"\nfhir_user_claim = \"fhirUser\"\n[policy]",
        )
    })
    .await;
    for (named, right) in
        [("Practitioner/hannah-patel", true), ("Practitioner/another", false), ("Patient/hannah-patel", false)]
    {
        let place = ends(&domain, json!({ "sub": "x", "fhirUser": named })).await.app();
        assert_eq!(place.query("code").is_some(), right, "{named}: {}", place.location());
    }
}

/// HTI-24.
#[tokio::test]
async fn the_identity_providers_no_is_a_page_with_a_reference_and_without_details() {
    let domain = Domain::start().await;
    let mut browser = domain.browser();
    let there = browser.opens(&authorize_url(&domain.request(&domain.token().sign()))).await.app();
    let page = browser.opens(&domain.provider.refuses(there.location(), "access_denied")).await.page();
    assert_eq!(page.answer.status, 403);
    let reference = page.answer.header("admit-refusal").expect("a reference");
    assert!(page.answer.body.contains(reference) && !page.answer.body.contains("boo"), "{}", page.answer.body);
    domain.provider.lies(|_, claims| claims["aud"] = json!("another"));
    let page = domain.ends(&mut domain.browser(), &domain.token().sign(), claims()).await.page();
    assert_eq!(page.answer.status, 401, "{}", page.answer.body);
    assert!(!page.answer.body.contains("aud"), "{}", page.answer.body);
}
