//! A tenant's own bundle: where it lies, how it travels, and when it says that it changed.

use super::{ALL, ONE, OWN, SECOND, becomes, server, with};
use crate::discovery::{SMART, document};
use axum::{body::Body, http::Method};
use kit::{TestServer, server::START};
use serde_json::json;

/// BRAND-1, ALL-1.
#[tokio::test]
async fn without_brands_there_is_no_bundle_and_nobody_is_told_of_one() {
    let server = TestServer::start().await;
    for path in [OWN, ALL, "/nobody/brands.json", "/UPPER/brands.json"] {
        let answer = server.get(path).await;
        assert_eq!((answer.status, answer.error().as_str()), (404, "invalid_request"), "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{path}");
    }
    let smart = document(&server, SMART).await;
    assert!(smart.get("user_access_brand_bundle").is_none() && smart.get("user_access_brand_identifier").is_none());
}

/// BRAND-1, BRAND-3: for everyone, also whoever sends no Origin; kept for a day at most.
#[tokio::test]
async fn it_needs_no_token_and_is_for_pages_of_any_origin() {
    let server = server(ONE).await;
    for path in [OWN, ALL] {
        for headers in [vec![], vec![("origin", "https://anyone.example")], vec![("authorization", "Bearer nonsense")]]
        {
            let answer = server.request(Method::GET, path, &headers, Body::empty()).await;
            assert_eq!(answer.status, 200, "{path}");
            assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
            assert_eq!(answer.header("access-control-allow-credentials"), None);
            assert_eq!(answer.header("access-control-expose-headers"), Some("ETag"));
            assert_eq!(answer.header("content-type"), Some("application/fhir+json"));
            assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
            let age = answer.header("cache-control").and_then(|value| value.strip_prefix("public, max-age="));
            assert!(age.is_some_and(|age| age.parse::<u32>().expect("seconds") <= 86_400));
        }
        let asks = [("origin", "https://a.example"), ("access-control-request-headers", "if-none-match")];
        let preflight = server.request(Method::OPTIONS, path, &asks, Body::empty()).await;
        assert_eq!(preflight.status, 204);
        assert!(preflight.header("access-control-allow-headers").is_some_and(|names| names.contains("if-none-match")));
        let posted = server.post(path, &[], &[]).await;
        assert_eq!((posted.status, posted.header("allow")), (405, Some("GET, HEAD, OPTIONS")), "{path}");
    }
}

/// BRAND-3.
#[tokio::test]
async fn who_has_it_already_is_told_so() {
    let server = server(ONE).await;
    for path in [OWN, ALL] {
        let first = server.get(path).await;
        let etag = first.header("etag").expect("an ETag").to_owned();
        assert!(etag.starts_with("W/\"") && etag.ends_with('"'), "{etag}");
        let strong = etag.trim_start_matches("W/").to_owned();
        for known in [etag.clone(), strong, format!("\"a\", {etag}"), "*".to_owned()] {
            let again = server.request(Method::GET, path, &[("if-none-match", &known)], Body::empty()).await;
            assert_eq!((again.status, again.body.as_str()), (304, ""), "{known}");
            assert_eq!(again.header("etag"), Some(etag.as_str()));
            assert_eq!(again.header("access-control-allow-origin"), Some("*"));
            assert!(again.header("cache-control").is_some());
        }
        for other in ["W/\"\"", "\"x\"", "", etag.trim_end_matches('"')] {
            let again = server.request(Method::GET, path, &[("if-none-match", other)], Body::empty()).await;
            assert_eq!((again.status, &again.body), (200, &first.body), "{other}");
        }
    }
}

/// BRAND-2: the time of the last change, whenever it is asked for and however often the file is applied.
#[tokio::test]
async fn its_time_is_that_of_the_last_change_of_its_content() {
    let server = server(ONE).await;
    let first = server.get(OWN).await;
    assert_eq!(first.json()["timestamp"], "2027-01-15T08:00:00Z");
    assert_eq!(first.json()["meta"]["lastUpdated"], "2027-01-15T08:00:00Z");
    assert_eq!(START, 1_800_000_000);
    server.passes(3600);
    assert_eq!(server.get(OWN).await.body, first.body);
    becomes(&server, "clinic", ONE).await;
    server.passes(60);
    let same = server.get(OWN).await;
    assert_eq!((&same.body, same.header("etag")), (&first.body, first.header("etag")));
    becomes(&server, "clinic", &ONE.replace("The Old Clinic", "The Older Clinic")).await;
    server.passes(60);
    let changed = server.get(OWN).await;
    assert_eq!(changed.json()["timestamp"], "2027-01-15T09:01:00Z");
    assert_ne!(changed.header("etag"), first.header("etag"));
    // Where another list is concerned, this one is what it was.
    let unlisted = ONE.replace("The Old Clinic", "The Older Clinic").replace("listed = true", "");
    becomes(&server, "clinic", &unlisted).await;
    server.passes(60);
    assert_eq!(server.get(OWN).await.body, changed.body);
    assert_eq!(server.get(ALL).await.status, 404);
}

/// An address of a FHIR server is content too.
#[tokio::test]
async fn another_fhir_server_is_another_content() {
    let server = server(ONE).await;
    let first = server.get(OWN).await.json();
    let moved =
        with(include_str!("../../fixtures/clinic.toml"), ONE).replace("{fhir}", "https://fhir.clinic.example/r4");
    server.passes(3600);
    server.applies(&kit::server::fill(&moved, "")).await;
    server.passes(60);
    let bundle = server.get(OWN).await.json();
    assert_ne!(bundle["timestamp"], first["timestamp"]);
    assert!(bundle.to_string().contains("https://fhir.clinic.example/r4"));
}

/// BRAND-7, DISC-17.
#[tokio::test]
async fn the_smart_configuration_names_the_bundle_and_the_brand_in_it() {
    let one = document(&server(ONE).await, SMART).await;
    assert_eq!(one["user_access_brand_bundle"], "https://auth.example/clinic/brands.json");
    let primary = json!({ "system": "urn:ietf:rfc:3986", "value": "https://clinic.example" });
    assert_eq!(one["user_access_brand_identifier"], primary);
    let policy =
        "[policy]\nbrand_identifier = { system = \"urn:ietf:rfc:3986\", value = \"https://sea.clinic.example\" }";
    let two = TestServer::start_with(|toml| with(&toml, &format!("{policy}\n{ONE}{SECOND}"))).await;
    let smart = document(&two, SMART).await;
    assert_eq!(smart["user_access_brand_identifier"]["value"], "https://sea.clinic.example");
    let bundle = two.get(OWN).await.json();
    let organizations = super::entries(&bundle, "Organization").into_iter();
    let identifiers = organizations.flat_map(|one| one["identifier"].as_array().expect("identifiers"));
    assert_eq!(identifiers.filter(|one| **one == smart["user_access_brand_identifier"]).count(), 1);
}

/// BRAND-7: a policy may name the deployment's bundle, or one elsewhere.
#[tokio::test]
async fn a_bundle_elsewhere_may_be_named_beside_it() {
    let policy = "[policy]\nbrand_bundle = \"{base}/brands.json\"\n";
    let server = TestServer::start_with(|toml| with(&toml, &format!("{policy}{ONE}"))).await;
    let smart = document(&server, SMART).await;
    assert_eq!(smart["user_access_brand_bundle"], "https://auth.example/brands.json");
    assert!(smart.get("user_access_brand_identifier").is_none(), "which brand is the tenant's there, it says itself");
    assert_eq!(server.get(OWN).await.status, 200);
}

/// A tenant that wants no brands any more is known by none at once, but for what functions have in memory.
#[tokio::test]
async fn a_tenant_that_turns_them_off_has_none() {
    let server = server(ONE).await;
    assert_eq!(server.get(OWN).await.status, 200);
    becomes(&server, "clinic", "").await;
    assert_eq!(server.second_instance().get(OWN).await.status, 404);
    server.passes(rules::tenant::CONFIGURATION_AGE);
    assert_eq!(server.get(OWN).await.status, 404);
    server.server.forget_configuration();
    assert!(document(&server, SMART).await.get("user_access_brand_bundle").is_none());
}

/// Whoever asks in a loop costs the table nothing.
#[tokio::test]
async fn it_is_read_once_and_then_from_memory() {
    let server = server(ONE).await;
    for path in [OWN, ALL] {
        server.get(path).await;
        server.calls.take();
        server.get(path).await;
        assert_eq!(server.calls.take().len(), 0, "{path}");
    }
}

#[tokio::test]
async fn an_outage_is_no_missing_bundle() {
    let server = server(ONE).await;
    server.loses_its_table();
    for path in [OWN, ALL] {
        let answer = server.get(path).await;
        assert_eq!(answer.refusal(), "503 temporarily_unavailable", "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
}
