//! The resources by SMART's profiles, as Inferno's suite looks at them.

use super::{ALL, ONE, OWN, SECOND, entries, server, with};
use kit::TestServer;
use serde_json::{Value, json};

async fn two_brands() -> TestServer {
    let policy = "[policy]\nbrand_identifier = { value = \"https://clinic.example\" }\n";
    TestServer::start_with(move |toml| with(&toml, &format!("{policy}{ONE}{SECOND}"))).await
}

fn extension<'r>(resource: &'r Value, url: &str) -> Vec<&'r Value> {
    let all = resource["extension"].as_array().into_iter().flatten();
    all.filter(|one| one["url"].as_str().is_some_and(|full| full.ends_with(url))).collect()
}

/// BRAND-4: the profile user-access-brand, letter for letter.
#[tokio::test]
async fn an_organization_is_a_user_access_brand() {
    let server = server(ONE).await;
    let bundle = server.get(OWN).await.json();
    assert_eq!((&bundle["resourceType"], &bundle["type"]), (&json!("Bundle"), &json!("collection")));
    let [one] = entries(&bundle, "Organization")[..] else { panic!("one brand") };
    let endpoint = format!("Endpoint/{}", entries(&bundle, "Endpoint")[0]["id"].as_str().expect("an id"));
    assert_eq!(
        *one,
        json!({
            "resourceType": "Organization",
            "id": one["id"],
            "active": true,
            "name": "Clinic <script>alert(1)</script> & Partners",
            "alias": ["The Old Clinic"],
            "identifier": [
                { "system": "urn:ietf:rfc:3986", "value": "https://clinic.example" },
                { "system": "http://hl7.org/fhir/sid/us-npi", "value": "1234567893" },
            ],
            "type": [
                { "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/organization-type", "code": "prov",
                    "display": "Healthcare Provider" }] },
                { "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/organization-type", "code": "laboratory",
                    "display": "Laboratory" }] },
            ],
            "telecom": [{ "system": "url", "value": "https://www.clinic.example" }],
            "address": [{ "line": ["1 Main Street"], "city": "Springfield", "state": "MA", "postalCode": "01101" }],
            "endpoint": [{ "reference": endpoint }],
            "extension": [
                { "url": "http://hl7.org/fhir/StructureDefinition/organization-brand", "extension": [
                    { "url": "brandLogo", "valueUrl": "https://clinic.example/logo.svg" },
                    { "url": "brandLogoLicense", "valueUrl": "https://clinic.example/logo-license" },
                ] },
                { "url": "http://hl7.org/fhir/StructureDefinition/organization-portal", "extension": [
                    { "url": "portalName", "valueString": "MyClinic" },
                    { "url": "portalDescription", "valueMarkdown": "For patients of our *adult* wards." },
                    { "url": "portalUrl", "valueUrl": "https://my.clinic.example" },
                    { "url": "portalLogo", "valueUrl": "https://my.clinic.example/logo.png" },
                    { "url": "portalLogoLicense", "valueUrl": "https://my.clinic.example/logo-license" },
                    { "url": "portalEndpoint", "valueReference": { "reference": endpoint } },
                ] },
            ],
        })
    );
}

/// BRAND-6: the profile user-access-endpoint, and the address that apps send as `aud`.
#[tokio::test]
async fn an_endpoint_is_a_user_access_endpoint_at_the_address_that_apps_send_as_aud() {
    let server = server(ONE).await;
    let bundle = server.get(OWN).await.json();
    let [one] = entries(&bundle, "Endpoint")[..] else { panic!("one endpoint") };
    assert_eq!(
        *one,
        json!({
            "resourceType": "Endpoint",
            "id": one["id"],
            "extension": [
                { "url": "http://hl7.org/fhir/StructureDefinition/endpoint-fhir-version", "valueCode": "4.0.1" },
            ],
            "status": "active",
            "connectionType": {
                "system": "http://terminology.hl7.org/CodeSystem/endpoint-connection-type", "code": "hl7-fhir-rest",
            },
            "name": "FHIR 4.0.1 endpoint of Test Clinic",
            "contact": [{ "system": "url", "value": "https://developers.clinic.example" }],
            "payloadType": [
                { "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/endpoint-payload-type", "code": "none" }] },
            ],
            "address": server.fhir.url,
        })
    );
}

/// BRAND-5, BRAND-6: what is referenced is in the bundle, and what is in it is referenced.
#[tokio::test]
async fn no_reference_leads_nowhere_and_no_endpoint_is_left_out() {
    let server = two_brands().await;
    for path in [OWN, ALL] {
        let bundle = server.get(path).await.json();
        let (organizations, endpoints) = (entries(&bundle, "Organization"), entries(&bundle, "Endpoint"));
        let mut referenced = Vec::new();
        for one in &organizations {
            let own: Vec<&Value> = one["endpoint"].as_array().into_iter().flatten().collect();
            for portal in extension(one, "/organization-portal") {
                for part in
                    portal["extension"].as_array().expect("parts").iter().filter(|p| p["url"] == "portalEndpoint")
                {
                    assert!(own.contains(&&part["valueReference"]), "{part} is not in Organization.endpoint");
                }
            }
            referenced.extend(own.iter().map(|one| one["reference"].as_str().expect("a reference").to_owned()));
        }
        for one in &endpoints {
            assert!(referenced.contains(&format!("Endpoint/{}", one["id"].as_str().expect("an id"))));
        }
        for reference in &referenced {
            let matching =
                endpoints.iter().filter(|one| *reference == format!("Endpoint/{}", one["id"].as_str().unwrap_or("")));
            assert_eq!(matching.count(), 1, "{reference}");
        }
        let parent = organizations.iter().find_map(|one| one["partOf"]["reference"].as_str()).expect("a parent");
        let of_first = organizations.iter().find(|one| one["identifier"][0]["value"] == "https://clinic.example");
        assert_eq!(parent, format!("Organization/{}", of_first.expect("the first")["id"].as_str().expect("an id")));
    }
}

/// Inferno looks whether a reference contains an id, so none may be a part of another.
#[tokio::test]
async fn no_id_is_a_part_of_another_and_each_full_url_ends_with_it() {
    let bundle = two_brands().await.get(OWN).await.json();
    let entries = bundle["entry"].as_array().expect("entries");
    let ids: Vec<&str> = entries.iter().map(|entry| entry["resource"]["id"].as_str().expect("an id")).collect();
    for (place, id) in ids.iter().enumerate() {
        assert!(id.len() <= 64 && id.chars().all(|c| c.is_ascii_hexdigit() || c == '-'), "{id}");
        assert!(ids.iter().enumerate().all(|(other, longer)| place == other || !longer.contains(id)), "{ids:?}");
        let kind = entries[place]["resource"]["resourceType"].as_str().expect("a kind");
        let full = format!("https://auth.example/clinic/brands/{kind}/{id}");
        assert_eq!(entries[place]["fullUrl"], full);
    }
    assert_eq!(two_brands().await.get(OWN).await.json()["entry"][0]["resource"]["id"], ids[0], "the same each time");
}

/// BRAND-8.
#[tokio::test]
async fn what_is_not_known_has_one_of_two_reasons() {
    let absent = |why: &str| {
        json!({ "extension": [
        { "url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": why } ] })
    };
    let unknown = ONE.replace(
        "name = \"MyClinic\"\nurl = \"https://my.clinic.example\"",
        "name_absent = \"asked-declined\"\nurl_absent = \"asked-unknown\"",
    );
    let policy = "[policy]\nbrand_identifier = { value = \"https://clinic.example\" }\n";
    let server = TestServer::start_with(move |toml| with(&toml, &format!("{policy}{unknown}{SECOND}"))).await;
    let bundle = server.get(OWN).await.json();
    let [first, second] = entries(&bundle, "Organization")[..] else { panic!("two brands") };
    assert_eq!(second["telecom"], json!([{ "system": "url", "_value": absent("asked-unknown") }]));
    let portal = extension(first, "/organization-portal")[0];
    assert_eq!(portal["extension"][0], json!({ "url": "portalName", "_valueString": absent("asked-declined") }));
    assert_eq!(portal["extension"][2], json!({ "url": "portalUrl", "_valueUrl": absent("asked-unknown") }));
}

/// A name with markup in it is text, and stays so in whatever page this body is put into.
#[tokio::test]
async fn markup_in_a_name_is_escaped() {
    let server = server(ONE).await;
    for path in [OWN, ALL] {
        let answer = server.get(path).await;
        assert!(!answer.body.contains(['<', '>', '&']), "{}", answer.body);
        assert!(answer.json().to_string().contains("Clinic <script>alert(1)</script> & Partners"));
    }
}
