//! What a client finds that knows a FHIR base and nothing else (RFC 9728): PRM-1 to PRM-3.

use super::texts;
use axum::{body::Body, http::Method};
use kit::{TestServer, server::ISSUER};
use rules::scope::ScopeSet;
use serde_json::json;

const AT: &str = "/.well-known/oauth-protected-resource/clinic/fhir";
const BASE: &str = "https://auth.example/clinic/fhir";

/// With this FHIR server, and others that are not this server's to speak for.
async fn server(base: &'static str, default_scope: Option<&'static str>) -> TestServer {
    let server = TestServer::start().await;
    server
        .tenant_becomes(|tenant| {
            let other = |url: &str| {
                let mut other = tenant.fhir_servers[0].clone();
                other.url = url.to_owned();
                other
            };
            let servers =
                [other("https://fhir.example/clinic/fhir"), other(base), other("https://auth.example/other/fhir")];
            tenant.fhir_servers = servers.into();
            tenant.policy.default_scope = default_scope.map(|scope| ScopeSet::strict(scope).expect("scopes"));
        })
        .await;
    server
}

/// PRM-1, PRM-2, PRM-3.
#[tokio::test]
async fn a_fhir_base_of_this_server_says_who_guards_it_and_what_to_ask_for() {
    assert_eq!(ISSUER, "https://auth.example/clinic");
    for (base, asked) in [(BASE, AT), ("https://auth.example/clinic/fhir/", &format!("{AT}/"))] {
        let server = server(base, None).await;
        for path in [AT, asked] {
            let answer = server.get(path).await;
            assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
            assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
            assert!(answer.header("cache-control").is_some_and(|kept| kept.starts_with("public, max-age=")));
            // The very letters of the tenant file: clients compare it (RFC 9728 §3.3).
            let document = answer.json();
            assert_eq!(document["resource"], base);
            assert_eq!(document["authorization_servers"], json!([ISSUER]));
            assert_eq!(document["scopes_supported"], json!(["patient/*.rs"]));
            assert_eq!(document["bearer_methods_supported"], json!(["header"]));
            assert!(document["resource_name"].is_string());
            assert_eq!(document.as_object().map(|members| members.len()), Some(5));
        }
    }
}

/// PRM-1: a FHIR server of another host, of another tenant, or none.
#[tokio::test]
async fn nothing_is_said_of_a_base_that_is_not_this_servers() {
    let server = server(BASE, None).await;
    for path in [
        "/.well-known/oauth-protected-resource/clinic",
        "/.well-known/oauth-protected-resource/clinic/",
        "/.well-known/oauth-protected-resource/clinic/fhir/Patient",
        "/.well-known/oauth-protected-resource/clinic/other",
        "/.well-known/oauth-protected-resource/clinic//fhir",
        "/.well-known/oauth-protected-resource/clinic/FHIR",
        "/.well-known/oauth-protected-resource/other/fhir",
        "/.well-known/oauth-protected-resource/nobody/fhir",
    ] {
        assert_eq!(server.get(path).await.status, 404, "{path}");
    }
    let answer = server.request(Method::POST, AT, &[], Body::empty()).await;
    assert_eq!((answer.status, answer.header("allow")), (405, Some("GET, HEAD, OPTIONS")));
}

/// PRM-3: data alone. Who somebody is and how long access lasts is asked for elsewhere.
#[tokio::test]
async fn the_scopes_are_those_of_the_tenants_default_that_are_about_data() {
    for (default, expected) in [
        (
            "openid fhirUser launch/patient offline_access patient/Observation.rs user/Patient.r",
            &["patient/Observation.rs", "user/Patient.r"][..],
        ),
        ("openid launch/patient", &["patient/*.rs"]),
    ] {
        let server = server(BASE, Some(default)).await;
        assert_eq!(texts(&server.get(AT).await.json(), "scopes_supported"), expected);
    }
}

/// MCP-4: the other place where clients insert the well-known part.
#[tokio::test]
async fn openid_configuration_lies_in_both_places() {
    let server = TestServer::start().await;
    let documents = [super::OPENID, "/.well-known/openid-configuration/clinic"].map(|path| server.get(path));
    let [usual, inserted] = documents;
    let (usual, inserted) = (usual.await, inserted.await);
    assert_eq!((usual.status, usual.body), (inserted.status, inserted.body));
}
