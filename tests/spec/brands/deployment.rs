//! The one bundle of a deployment (45 CFR 170.404(b)(2)): who is in it, who never is, and who leaves it.

use super::{ALL, ONE, OWN, becomes, entries, names, server};
use admin::{plan::apply, tenant_file};
use kit::{TestServer, server::fill, signing_keys};
use rules::tenant::CONFIGURATION_AGE;
use std::collections::BTreeSet;

/// The other tenant's brand.
const OTHER: &str = r#"
[user_access]
developers = "https://developers.other.example"
listed = true
[[user_access.brands]]
name = "Other Clinic"
identifiers = [{ system = "http://hl7.org/fhir/sid/us-npi", value = "1111111112" }]
website = "https://other.example"
[[user_access.brands.addresses]]
postal_code = "02139"
[[user_access.brands.portals]]
name = "Other"
url = "https://my.other.example"
"#;

/// Long enough for functions to have forgotten what they had in memory.
fn passes(server: &TestServer) {
    server.passes(CONFIGURATION_AGE);
}

/// BRAND-9.
#[tokio::test]
async fn it_has_every_tenant_that_wants_to_be_in_it_with_name_address_and_identifier() {
    let server = server(ONE).await;
    becomes(&server, "other", OTHER).await;
    let bundle = server.get(ALL).await.json();
    assert_eq!(names(&bundle), ["Clinic <script>alert(1)</script> & Partners", "Other Clinic"]);
    for one in entries(&bundle, "Organization") {
        assert!(one["address"][0]["postalCode"].is_string() && one["identifier"][0]["value"].is_string(), "{one}");
    }
    let addresses: BTreeSet<_> = entries(&bundle, "Endpoint").iter().map(|one| one["address"].to_string()).collect();
    assert_eq!(addresses.len(), 2);
}

/// BRAND-9, ALL-3.
#[tokio::test]
async fn what_is_one_tenants_is_in_no_other_tenants_bundle() {
    let server = server(ONE).await;
    becomes(&server, "other", OTHER).await;
    let (clinic, other) = (server.get(OWN).await.body, server.get("/other/brands.json").await.body);
    assert!(!clinic.contains("other.example") && !clinic.contains("/other/"), "{clinic}");
    assert!(!other.contains("clinic.example") && !other.contains("/clinic/"), "{other}");
}

/// BRAND-9: it is for tenants that say so.
#[tokio::test]
async fn a_tenant_that_does_not_say_so_is_not_in_it() {
    let server = server(ONE).await;
    becomes(&server, "other", &OTHER.replace("listed = true", "")).await;
    assert_eq!(names(&server.get(ALL).await.json()).len(), 1);
    assert_eq!(server.get("/other/brands.json").await.status, 200);
    assert_eq!(server.get(ALL).await.json()["timestamp"], "2027-01-15T08:00:00Z");
}

/// BRAND-2: its time goes on when somebody leaves, and never back.
#[tokio::test]
async fn a_tenant_that_leaves_is_gone_and_the_bundle_says_when() {
    let server = server(ONE).await;
    server.passes(3600);
    becomes(&server, "other", OTHER).await;
    assert_eq!(server.get(ALL).await.json()["timestamp"], "2027-01-15T09:00:00Z");
    for (left, is_off) in [(OTHER.replace("listed = true", ""), false), (String::new(), true)] {
        server.passes(3600);
        becomes(&server, "other", OTHER).await;
        server.passes(3600);
        becomes(&server, "other", &left).await;
        let now = server.now().to_string();
        // An instance that has just started finds it so at once.
        let bundle = server.second_instance().get(ALL).await.json();
        assert_eq!((names(&bundle).len(), bundle["timestamp"].as_str()), (1, Some(now.as_str())));
        assert!(!bundle.to_string().contains("other"), "{bundle}");
        passes(&server);
        assert_eq!(server.get(ALL).await.json(), bundle);
        assert_eq!(server.get("/other/brands.json").await.status == 404, is_off);
    }
    becomes(&server, "clinic", "").await;
    assert_eq!(server.second_instance().get(ALL).await.status, 404, "a bundle is not empty");
}

/// ALL-4: each tenant's part is an item of its own, so nobody writes over another's.
#[tokio::test]
async fn two_tenants_applied_at_once_are_both_in_it() {
    let server = TestServer::start().await;
    for round in 0..5 {
        let clinic = ONE.replace("The Old Clinic", &format!("Clinic {round}"));
        let other = OTHER.replace("Other Clinic", &format!("Other {round}"));
        tokio::join!(becomes(&server, "clinic", &clinic), becomes(&server, "other", &other));
        let bundle = server.second_instance().get(ALL).await;
        assert!(bundle.body.contains(&format!("Clinic {round}")) && bundle.body.contains(&format!("Other {round}")));
    }
}

/// Of one tenant's two files, one is there in the end, whole.
#[tokio::test]
async fn two_files_of_one_tenant_at_once_leave_one_of_them() {
    let server = TestServer::start().await;
    let items = |website: &str| {
        let text = fill(&super::with(include_str!("../../fixtures/other.toml"), OTHER), "");
        let file = tenant_file::parse("other.toml", &text.replace("https://other.example", website)).expect("a file");
        let mut items = file.resolve(kit::server::BASE).expect("items");
        items.tenant.policy.signing_keys = signing_keys::custody().unwrap_or_default();
        items
    };
    let (one, two) = (items("https://one.other.example"), items("https://two.other.example"));
    let maker = signing_keys::maker().await;
    let now = server.now();
    let (first, second) =
        tokio::join!(apply(&server.server.store, &maker, &one, now), apply(&server.server.store, &maker, &two, now));
    first.expect("applied");
    second.expect("applied");
    let bundle = server.get("/other/brands.json").await.body;
    let tenant = server.second_instance().server.tenant("other", now).await.expect("an answer").expect("a tenant");
    let website = tenant.user_access.as_ref().and_then(|access| access.brands[0].website.clone()).expect("a website");
    assert!(bundle.contains(&website), "{website}: {bundle}");
}

/// An app that reads it whole is not drowned, and nobody gets a part for the whole.
#[tokio::test]
async fn a_bundle_that_nobody_could_send_is_an_error_and_no_part_of_it() {
    use rules::{brands::PublishedBrands, tenant::TenantId};
    use serde_json::json;
    use server::store::Write;
    let server = TestServer::start().await;
    for number in 0..60 {
        let published = PublishedBrands {
            tenant: TenantId::parse(&format!("t{number}")).expect("an id"),
            entries: vec![json!({ "resource": { "resourceType": "Organization", "name": "x".repeat(99_000) } })],
            changed_at: server.now(),
            listed: true,
            changed_list_at: Some(server.now()),
        };
        server.server.store.write_unraced(vec![Write::create(&published).expect("an item")]).await.expect("written");
    }
    assert_eq!(server.get(ALL).await.refusal(), "500 server_error");
    assert_eq!(server.get("/t7/brands.json").await.status, 200);
}
