//! openid-configuration and oauth-authorization-server (OIDC-5, OIDC-6; R8414-1 to 3; RFC 9207).

use super::{OAUTH, OPENID, SMART, document, texts, urls};
use kit::{TestServer, server::ISSUER};

/// OpenID Connect Discovery §4.3 and RFC 8414 §3.3: what comes back must be identical to what the URL was made from
/// (R8414-1).
#[tokio::test]
async fn the_issuer_is_the_one_that_was_asked() {
    let server = TestServer::start().await;
    for path in [OPENID, OAUTH] {
        assert_eq!(document(&server, path).await["issuer"], ISSUER, "{path}");
    }
    assert!(ISSUER.starts_with("https://") && !ISSUER.ends_with('/'));
}

/// OIDC-5; OpenID Connect Discovery §3: what a provider must publish.
#[tokio::test]
async fn openid_configuration_has_all_that_openid_requires() {
    let server = TestServer::start().await;
    let document = document(&server, OPENID).await;
    for name in ["issuer", "authorization_endpoint", "token_endpoint", "jwks_uri"] {
        assert!(document[name].is_string(), "{name}");
    }
    assert_eq!(texts(&document, "response_types_supported"), ["code"]);
    assert_eq!(texts(&document, "subject_types_supported"), ["public"]);
    assert!(texts(&document, "id_token_signing_alg_values_supported").contains(&"RS256".to_owned()));
    for claim in ["sub", "fhirUser"] {
        assert!(texts(&document, "claims_supported").contains(&claim.to_owned()), "{claim}");
    }
    assert!(texts(&document, "scopes_supported").contains(&"openid".to_owned()));
    assert_eq!(texts(&document, "response_modes_supported"), ["query"]);
}

/// Their defaults are true for `request_uri` (OpenID Connect Discovery §3), so silence would be a promise.
#[tokio::test]
async fn what_openid_offers_and_this_server_does_not_is_said() {
    let server = TestServer::start().await;
    let document = document(&server, OPENID).await;
    for name in ["claims_parameter_supported", "request_parameter_supported", "request_uri_parameter_supported"] {
        assert_eq!(document[name], false, "{name}");
    }
}

/// These two know `refresh_token`, which SMART's own document does not (DISC-9).
#[tokio::test]
async fn all_grant_types_are_named() {
    let server = TestServer::start().await;
    for path in [OPENID, OAUTH] {
        let grants = texts(&document(&server, path).await, "grant_types_supported");
        assert_eq!(grants, ["authorization_code", "refresh_token", "client_credentials"], "{path}");
    }
}

/// RFC 9207 §3, and RFC 9700 §2.6: publish what clients can check.
#[tokio::test]
async fn the_protections_are_published() {
    let server = TestServer::start().await;
    for path in [OPENID, OAUTH] {
        let document = document(&server, path).await;
        assert_eq!(document["authorization_response_iss_parameter_supported"], true, "{path}");
        assert_eq!(texts(&document, "code_challenge_methods_supported"), ["S256"], "{path}");
    }
}

/// Public clients send no credentials, which RFC 8414 calls `none`; at introspection nobody may.
#[tokio::test]
async fn each_endpoint_says_how_to_authenticate() {
    let server = TestServer::start().await;
    let document = document(&server, OAUTH).await;
    for name in ["token_endpoint", "revocation_endpoint"] {
        let methods = texts(&document, &format!("{name}_auth_methods_supported"));
        assert!(methods.contains(&"none".to_owned()), "{name}");
    }
    let introspection = texts(&document, "introspection_endpoint_auth_methods_supported");
    assert!(!introspection.contains(&"none".to_owned()));
}

#[tokio::test]
async fn the_documents_agree_about_every_url() {
    let server = TestServer::start().await;
    let smart = urls(&document(&server, SMART).await);
    assert_eq!(urls(&document(&server, OPENID).await), smart);
    assert_eq!(urls(&document(&server, OAUTH).await), smart);
}

/// R8414-2: RFC 8414 puts the well-known part before the issuer's path, OpenID Connect after it; clients of the Model Context Protocol look for
/// the latter in both places (MCP-4).
#[tokio::test]
async fn the_document_of_rfc_8414_lies_before_the_issuers_path_alone() {
    let server = TestServer::start().await;
    assert_eq!(server.get("/clinic/.well-known/oauth-authorization-server").await.status, 404);
}
