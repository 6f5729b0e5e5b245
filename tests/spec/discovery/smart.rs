//! `.well-known/smart-configuration` (DISC-1 to 22; SMART 2.2, conformance).

use super::{SMART, SMART_OF_FHIR, document, texts, urls};
use kit::{TestServer, server::ISSUER};

/// DISC-1.
#[tokio::test]
async fn it_lies_under_the_fhir_base_and_under_the_issuer_and_says_the_same() {
    let server = TestServer::start().await;
    assert_eq!(document(&server, SMART).await, document(&server, SMART_OF_FHIR).await);
}

/// DISC-4: relative URLs were allowed before SMART 2.1.
#[tokio::test]
async fn every_url_is_absolute_and_of_this_tenant() {
    let server = TestServer::start().await;
    let urls = urls(&document(&server, SMART).await);
    assert!(urls.len() >= 6, "{urls:?}");
    for (name, url) in urls {
        assert!(url == ISSUER || url.starts_with(&format!("{ISSUER}/")), "{name} is {url}");
    }
}

/// DISC-5 to 8, 15.
#[tokio::test]
async fn it_names_the_endpoints() {
    let server = TestServer::start().await;
    let document = document(&server, SMART).await;
    assert_eq!(document["issuer"], ISSUER);
    for (name, path) in [
        ("authorization_endpoint", "authorize"),
        ("token_endpoint", "token"),
        ("introspection_endpoint", "introspect"),
        ("revocation_endpoint", "revoke"),
        ("management_endpoint", "manage"),
        ("jwks_uri", ".well-known/jwks.json"),
    ] {
        assert_eq!(document[name], format!("{ISSUER}/{path}"));
    }
}

/// What does not exist is not advertised.
#[tokio::test]
async fn it_names_no_endpoint_that_is_not_there() {
    let server = TestServer::start().await;
    let document = document(&server, SMART).await;
    for name in ["registration_endpoint", "smart_app_state_endpoint", "associated_endpoints"] {
        assert_eq!(document.get(name), None, "{name}");
    }
}

/// DISC-9: "authorization_code" and "client_credentials" are the only values that SMART defines here.
#[tokio::test]
async fn its_grant_types_are_the_two_of_smart() {
    let server = TestServer::start().await;
    let grants = texts(&document(&server, SMART).await, "grant_types_supported");
    assert_eq!(grants, ["authorization_code", "client_credentials"]);
}

/// DISC-10.
#[tokio::test]
async fn pkce_is_s256_and_never_plain() {
    let server = TestServer::start().await;
    let document = document(&server, SMART).await;
    assert_eq!(texts(&document, "code_challenge_methods_supported"), ["S256"]);
}

/// DISC-11, DISC-19, DISC-21.
#[tokio::test]
async fn its_capabilities_are_those_of_smart() {
    const DEFINED: [&str; 20] = [
        "launch-ehr",
        "launch-standalone",
        "authorize-post",
        "client-public",
        "client-confidential-symmetric",
        "client-confidential-asymmetric",
        "sso-openid-connect",
        "context-banner",
        "context-style",
        "context-ehr-patient",
        "context-ehr-encounter",
        "context-standalone-patient",
        "context-standalone-encounter",
        "permission-offline",
        "permission-online",
        "permission-patient",
        "permission-user",
        "permission-v1",
        "permission-v2",
        "smart-app-state",
    ];
    let server = TestServer::start().await;
    let capabilities = texts(&document(&server, SMART).await, "capabilities");
    for capability in &capabilities {
        assert!(DEFINED.contains(&capability.as_str()), "{capability}");
    }
    let once: std::collections::BTreeSet<&String> = capabilities.iter().collect();
    assert_eq!(once.len(), capabilities.len(), "none comes twice");
}

/// DISC-20: the four capability sets.
#[tokio::test]
async fn every_capability_set_is_complete() {
    let server = TestServer::start().await;
    let capabilities = texts(&document(&server, SMART).await, "capabilities");
    for (name, set) in [
        ("Patient Access Standalone", "launch-standalone client-public context-standalone-patient permission-patient"),
        ("Patient Access EHR", "launch-ehr client-public context-ehr-patient permission-patient"),
        ("Clinician Standalone", "launch-standalone client-public permission-user permission-patient"),
        (
            "Clinician EHR",
            "launch-ehr client-confidential-symmetric context-ehr-patient context-ehr-encounter permission-user \
             permission-patient",
        ),
        ("what the rest of this server does", "authorize-post client-confidential-asymmetric sso-openid-connect"),
        ("scopes", "permission-v1 permission-v2 permission-offline"),
    ] {
        for capability in set.split_ascii_whitespace() {
            assert!(capabilities.iter().any(|c| c == capability), "{name} lacks {capability}");
        }
    }
}

/// DISC-12, DISC-13.
#[tokio::test]
async fn clients_learn_how_to_authenticate() {
    let server = TestServer::start().await;
    let document = document(&server, SMART).await;
    let methods = texts(&document, "token_endpoint_auth_methods_supported");
    assert_eq!(methods, ["client_secret_basic", "client_secret_post", "private_key_jwt"]);
    let algorithms = texts(&document, "token_endpoint_auth_signing_alg_values_supported");
    for algorithm in ["RS384", "ES384"] {
        assert!(algorithms.iter().any(|a| a == algorithm), "{algorithm}");
    }
    assert!(!algorithms.iter().any(|a| a == "none" || a.starts_with("HS")), "{algorithms:?}");
}

#[tokio::test]
async fn the_only_response_type_is_code() {
    let server = TestServer::start().await;
    assert_eq!(texts(&document(&server, SMART).await, "response_types_supported"), ["code"]);
}

/// DISC-14: the list need not be complete, but what is in it must be supported.
#[tokio::test]
async fn every_listed_scope_is_one_that_this_server_reads() {
    let server = TestServer::start().await;
    let scopes = texts(&document(&server, SMART).await, "scopes_supported");
    for scope in &scopes {
        assert!(rules::scope::ScopeSet::strict(scope).is_ok(), "{scope}");
    }
    for scope in ["openid", "fhirUser", "launch", "launch/patient", "offline_access", "patient/*.rs", "system/*.rs"] {
        assert!(scopes.iter().any(|s| s == scope), "{scope}");
    }
}

/// DISC-22.
#[tokio::test]
async fn every_tenant_has_urls_of_its_own() {
    let server = TestServer::start().await;
    let other = document(&server, "/other/.well-known/smart-configuration").await;
    for (name, url) in urls(&other) {
        assert!(url.starts_with("https://auth.example/other"), "{name} is {url}");
        assert_ne!(document(&server, SMART).await[&name], url.as_str());
    }
}
