//! The published keys (OIDC-7; RFC 7517).

use super::{JWKS, document};
use kit::{App, TestServer, app::header};
use rules::jwk::KeySet;

const SCOPE: &str = "openid launch/patient patient/*.rs";

/// OIDC-7: at least one RSA key, for RS256 id_tokens.
#[tokio::test]
async fn there_is_an_rsa_key_that_imports() {
    let server = TestServer::start().await;
    let document = document(&server, JWKS).await;
    let keys = document["keys"].as_array().expect("keys");
    let rsa: Vec<_> = keys.iter().filter(|key| key["kty"] == "RSA").collect();
    assert_eq!(rsa.len(), 1);
    assert_eq!(rsa[0]["alg"], "RS256");
    serde_json::from_value::<KeySet>(document.clone()).expect("keys that import");
}

#[tokio::test]
async fn every_key_says_what_it_is_for() {
    let server = TestServer::start().await;
    let document = document(&server, JWKS).await;
    for key in document["keys"].as_array().expect("keys") {
        assert_eq!(key["use"], "sig", "{key}");
        assert!(key["alg"].is_string() && key["kid"].as_str().is_some_and(|kid| kid.len() >= 20), "{key}");
    }
}

/// Nothing of a private key (RFC 7518 §6.2.2, §6.3.2).
#[tokio::test]
async fn no_private_member_is_published() {
    let server = TestServer::start().await;
    let document = document(&server, JWKS).await;
    for key in document["keys"].as_array().expect("keys") {
        for private in ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "pkcs8", "custody"] {
            assert_eq!(key.get(private), None, "{private}");
        }
    }
}

#[tokio::test]
async fn tokens_are_signed_with_published_keys() {
    let server = TestServer::start().await;
    let document = document(&server, JWKS).await;
    let tokens = App::public(&server).gets_tokens("amy", SCOPE, None).await;
    for token in ["access_token", "id_token"] {
        let header = header(tokens.0[token].as_str().expect("a JWT"));
        let published = document["keys"].as_array().expect("keys").iter();
        let matching: Vec<_> =
            published.filter(|key| key["kid"] == header["kid"] && key["alg"] == header["alg"]).collect();
        assert_eq!(matching.len(), 1, "{token}");
    }
}

/// AWS-5: a key of one tenant signs nothing for another.
#[tokio::test]
async fn tenants_share_no_key() {
    let server = TestServer::start().await;
    let (clinic, other) = (document(&server, JWKS).await, document(&server, "/other/.well-known/jwks.json").await);
    for key in clinic["keys"].as_array().expect("keys") {
        assert!(!other["keys"].as_array().expect("keys").iter().any(|k| k["kid"] == key["kid"]));
    }
}
