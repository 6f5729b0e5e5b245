//! BRAND-2, BRAND-5, BRAND-6, BRAND-9: what is published, and since when.

use crate::given::{FHIR, NOW, fhir_server, tenant};
use rules::{
    brands::{PublishedBrands, deployment_bundle, hosted, servers_of, servers_of_portal, text_of},
    tenant::{
        FhirServer, Tenant,
        user_access::{Brand, UserAccess},
    },
};
use serde_json::{Value, json};

const OTHER: &str = "https://two.example/r4";

fn brand(more: Value) -> Brand {
    let mut brand = json!({
        "name": "Clinic", "identifiers": [{ "system": "urn:x", "value": "clinic" }], "website": "https://clinic.example",
        "portals": [{ "name": "Portal", "url": "https://clinic.example/portal", "logo": "https://clinic.example/l.svg" }],
    });
    for (name, value) in more.as_object().unwrap() {
        brand[name] = value.clone();
    }
    serde_json::from_value(brand).unwrap()
}

fn publishing(brands: Vec<Brand>, listed: bool) -> Tenant {
    let second = FhirServer { name: "second".into(), ..fhir_server(OTHER) };
    let user_access = Some(UserAccess { developers: None, listed, brands });
    Tenant { fhir_servers: vec![fhir_server(FHIR), second], user_access, ..tenant() }
}

#[test]
fn a_bundle_changes_with_its_content_and_not_with_time() {
    let clinic = publishing(vec![brand(json!({}))], false);
    assert!(PublishedBrands::next(None, &tenant(), NOW).is_none(), "there is nothing to publish");
    let first = PublishedBrands::next(None, &clinic, NOW).unwrap();
    assert!(PublishedBrands::next(Some(&first), &clinic, NOW.plus(60)).is_none(), "nothing has changed");
    let bundle = first.bundle().unwrap();
    assert_eq!((&bundle["type"], &bundle["timestamp"]), (&json!("collection"), &json!(NOW.to_string())));
    assert_eq!(bundle["entry"].as_array().unwrap().len(), 3, "a brand and two endpoints");
    let renamed = publishing(vec![brand(json!({ "name": "Clinic by the Sea" }))], false);
    let second = PublishedBrands::next(Some(&first), &renamed, NOW.plus(60)).unwrap();
    assert_eq!(second.bundle().unwrap()["timestamp"], NOW.plus(60).to_string());
    let gone = PublishedBrands::nothing(&second, NOW.plus(90)).unwrap();
    assert!(gone.bundle().is_none() && PublishedBrands::nothing(&gone, NOW.plus(99)).is_none());
}

/// FHIR R4 §2.24.0.13: what is not known of an address is left out.
#[test]
fn an_address_and_an_identifier_are_written_as_fhir_has_them() {
    let addresses =
        json!([{ "lines": ["1 Main Street"], "city": "Springfield", "postal_code": "01101" }, { "country": "US" }]);
    let clinic = publishing(vec![brand(json!({ "addresses": addresses }))], false);
    let bundle = PublishedBrands::next(None, &clinic, NOW).unwrap().bundle().unwrap();
    let entries = bundle["entry"].as_array().unwrap();
    let organization = entries.iter().map(|entry| &entry["resource"]).find(|one| one["resourceType"] == "Organization");
    let written = json!([
        { "line": ["1 Main Street"], "city": "Springfield", "postalCode": "01101" }, { "country": "US" },
    ]);
    assert_eq!(organization.unwrap()["address"], written);
    assert_eq!(organization.unwrap()["identifier"][0], json!({ "system": "urn:x", "value": "clinic" }));
}

#[test]
fn the_deployments_bundle_has_those_that_want_to_be_in_it_and_knows_when_one_left() {
    let clinic = publishing(vec![brand(json!({}))], false);
    let unlisted = PublishedBrands::next(None, &clinic, NOW).unwrap();
    assert_eq!(deployment_bundle(std::slice::from_ref(&unlisted)), None);
    let listed = publishing(vec![brand(json!({}))], true);
    let in_it = PublishedBrands::next(Some(&unlisted), &listed, NOW.plus(10)).unwrap();
    assert_eq!((in_it.changed_at, in_it.changed_list_at), (NOW, Some(NOW.plus(10))), "its own content is as it was");
    let other = PublishedBrands { tenant: rules::tenant::TenantId::parse("other").unwrap(), ..in_it.clone() };
    let left = PublishedBrands::next(Some(&other), &clinic, NOW.plus(20)).unwrap();
    let bundle = deployment_bundle(&[in_it, left]).unwrap();
    assert_eq!(bundle["timestamp"], NOW.plus(20).to_string());
    assert_eq!(bundle["entry"].as_array().unwrap().len(), 3);
}

#[test]
fn a_brand_stands_for_the_servers_that_it_names_or_for_all() {
    let names = |servers: Vec<&FhirServer>| servers.iter().map(|one| one.name.clone()).collect::<Vec<_>>();
    let tenant = publishing(Vec::new(), false);
    let all = &tenant.fhir_servers;
    for (more, own) in [
        (json!({}), vec!["fhir", "second"]),
        (json!({ "fhir_servers": ["second"] }), vec!["second"]),
        (json!({ "part_of": "clinic" }), vec![]),
        (json!({ "part_of": "clinic", "fhir_servers": ["fhir"] }), vec!["fhir"]),
    ] {
        let brand = brand(more);
        assert_eq!(names(servers_of(&brand, all)), own);
        assert_eq!(names(servers_of_portal(&brand.portals[0], &brand, all)), own);
    }
    let mut brand = brand(json!({}));
    brand.portals[0].fhir_servers = Some(vec!["second".into()]);
    assert_eq!(names(servers_of_portal(&brand.portals[0], &brand, all)), ["second"]);
}

#[test]
fn discovery_names_the_bundle_and_the_only_brand() {
    let one = publishing(vec![brand(json!({}))], false);
    let (url, primary) = hosted(&one).unwrap();
    assert_eq!((url.as_str(), primary.unwrap().value.as_str()), ("https://auth.example/clinic/brands.json", "clinic"));
    let several = publishing(vec![brand(json!({})), brand(json!({ "part_of": "clinic" }))], false);
    assert_eq!(hosted(&several).unwrap().1, None);
    assert!(hosted(&tenant()).is_none());
    let mut elsewhere = one;
    elsewhere.policy.brand_bundle = Some("https://brands.example/b.json".into());
    assert!(hosted(&elsewhere).is_none());
}

#[test]
fn markup_in_a_name_is_text_wherever_it_is_put() {
    let name = "</script><b>&amp;";
    let published = PublishedBrands::next(None, &publishing(vec![brand(json!({ "name": name }))], false), NOW).unwrap();
    let text = text_of(&published.bundle().unwrap());
    assert!(!text.contains(['<', '>', '&']), "{text}");
    let read: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(read["entry"][0]["resource"]["name"], name);
}
