//! Clients that register a `jwks_uri`: how their keys are fetched, kept and chosen (ASYM-8, ASYM-10, ASYM-11).

use super::shows;
use serde_json::json;
use shared::{
    keys::{self, SigningKeyRecord},
    tenant::{SigningAlg, TenantId},
};
use tests::{App, Assertion, KeyHost, TestServer, app::Proof, assertion::key, assertion::sign_with};

/// Clinic with a backend service whose keys lie at `host`.
async fn server(host: &KeyHost) -> TestServer {
    let url = host.url.clone();
    TestServer::start_with(move |toml| {
        format!(
            "{toml}\n[policy]\nloopback_key_sets = true\n[[clients]]\nclient_id = \"hosted\"\nclient_name = \"Hosted\"\n\
             token_endpoint_auth_method = \"private_key_jwt\"\njwks_uri = \"{url}\"\n\
             grant_types = [\"client_credentials\"]\nscope = \"system/*.rs\"\n"
        )
    })
    .await
}

fn assertion(server: &TestServer) -> Assertion {
    let proof = Proof::Assertion(SigningAlg::ES384);
    App { server, client_id: "hosted", redirect_uri: "", proof }.assertion()
}

async fn status(server: &TestServer, jwt: &str) -> u16 {
    shows(server, jwt).await.status
}

fn new_key() -> SigningKeyRecord {
    keys::generate(&TenantId::parse("t").expect("an id"), SigningAlg::ES384).expect("a key")
}

/// A good assertion by this key.
fn by(key: &SigningKeyRecord, server: &TestServer) -> String {
    let assertion = assertion(server).with_header("kid", json!(key.public.kid));
    sign_with(key, &assertion.header, &assertion.claims)
}

#[tokio::test]
async fn the_keys_are_fetched_by_get_and_asked_for_as_json() {
    let host = KeyHost::start(&[&key(SigningAlg::ES384).public]).await;
    let server = server(&host).await;
    assert_eq!(status(&server, &assertion(&server).sign()).await, 200);
    assert_eq!(host.requests(), [("GET".to_owned(), "application/json".to_owned())]);
}

#[tokio::test]
async fn they_are_kept_for_a_minute_where_their_server_says_nothing() {
    let host = KeyHost::start(&[&key(SigningAlg::ES384).public]).await;
    let server = server(&host).await;
    for _ in 0..3 {
        assert_eq!(status(&server, &assertion(&server).sign()).await, 200);
    }
    server.passes(59);
    assert_eq!(status(&server, &assertion(&server).sign()).await, 200);
    assert_eq!(host.requests().len(), 1);
    server.passes(1);
    assert_eq!(status(&server, &assertion(&server).sign()).await, 200);
    assert_eq!(host.requests().len(), 1);
}

#[tokio::test]
async fn they_are_never_kept_longer_than_their_server_allows() {
    for (cache_control, seconds) in [("max-age=10", 10), ("public, max-age=600", 600)] {
        let host = KeyHost::start(&[&key(SigningAlg::ES384).public]).await;
        host.allows_caching(cache_control);
        let server = server(&host).await;
        assert_eq!(status(&server, &assertion(&server).sign()).await, 200);
        server.passes(seconds - 1);
        assert_eq!(status(&server, &assertion(&server).sign()).await, 200);
        assert_eq!(host.requests().len(), 1, "{cache_control}");
        server.passes(1);
        assert_eq!(status(&server, &assertion(&server).sign()).await, 200);
        assert_eq!(host.requests().len(), 1, "{cache_control}");
    }
}

#[tokio::test]
async fn they_are_fetched_every_time_where_nobody_may_keep_them() {
    for cache_control in ["no-store", "no-cache", "max-age=0"] {
        let host = KeyHost::start(&[&key(SigningAlg::ES384).public]).await;
        host.allows_caching(cache_control);
        let server = server(&host).await;
        for _ in 0..3 {
            assert_eq!(status(&server, &assertion(&server).sign()).await, 200);
        }
        assert_eq!(host.requests().len(), 3, "{cache_control}");
    }
}

#[tokio::test]
async fn a_withdrawn_key_is_refused_once_the_kept_set_is_old() {
    let (old, new) = (new_key(), new_key());
    let host = KeyHost::start(&[&old.public]).await;
    let server = server(&host).await;
    assert_eq!(status(&server, &by(&old, &server)).await, 200);
    host.publishes(&[&new.public]);
    server.passes(60);
    assert_eq!(status(&server, &by(&old, &server)).await, 401);
    assert_eq!(status(&server, &by(&new, &server)).await, 200);
}

#[tokio::test]
async fn an_unknown_kid_is_looked_for_anew_but_not_more_often_than_every_five_seconds() {
    let (old, new) = (new_key(), new_key());
    let host = KeyHost::start(&[&old.public]).await;
    let server = server(&host).await;
    assert_eq!(status(&server, &by(&old, &server)).await, 200);
    host.publishes(&[&old.public, &new.public]);
    server.passes(5);
    assert_eq!(status(&server, &by(&new, &server)).await, 200);
    assert_eq!(host.requests().len(), 2);
    for _ in 0..3 {
        assert_eq!(status(&server, &by(&new_key(), &server)).await, 401);
    }
    assert_eq!(host.requests().len(), 0);
}

#[tokio::test]
async fn a_jku_must_be_the_registered_url_and_no_other_is_ever_asked() {
    let stranger = new_key();
    let host = KeyHost::start(&[&key(SigningAlg::ES384).public]).await;
    let evil = KeyHost::start(&[&stranger.public]).await;
    let server = server(&host).await;
    assert_eq!(status(&server, &assertion(&server).with_header("jku", json!(host.url)).sign()).await, 200);
    let assertion =
        assertion(&server).with_header("jku", json!(evil.url)).with_header("kid", json!(stranger.public.kid));
    assert_eq!(status(&server, &sign_with(&stranger, &assertion.header, &assertion.claims)).await, 401);
    assert_eq!(
        status(&server, &assertion.with_header("kid", json!(key(SigningAlg::ES384).public.kid)).sign()).await,
        401
    );
    assert!(evil.requests().is_empty());
}

#[tokio::test]
async fn a_key_server_that_fails_makes_the_client_unknown_for_the_moment() {
    let host = KeyHost::start(&[]).await;
    host.breaks();
    let server = server(&host).await;
    assert_eq!(shows(&server, &assertion(&server).sign()).await.refusal(), "401 invalid_client");
}

#[tokio::test]
async fn what_is_no_key_set_is_refused() {
    let host = KeyHost::start(&[]).await;
    let server = server(&host).await;
    let mut private = serde_json::to_value(&key(SigningAlg::ES384).public).expect("a JWK");
    private["d"] = json!("AAAA");
    let twice = json!({ "keys": [key(SigningAlg::ES384).public, key(SigningAlg::ES384).public] });
    for body in [
        String::new(),
        "<html>".to_owned(),
        "[]".to_owned(),
        json!({ "keys": "none" }).to_string(),
        json!({ "keys": [] }).to_string(),
        json!({ "keys": [private] }).to_string(),
        twice.to_string(),
        "x".repeat(100_000),
    ] {
        host.answers(body.clone());
        server.passes(61);
        let answer = shows(&server, &assertion(&server).sign()).await;
        assert_eq!(answer.refusal(), "401 invalid_client", "{body:.60}");
    }
}

#[tokio::test]
async fn keys_of_other_kinds_beside_the_right_one_do_no_harm() {
    // RFC 7517 §5: "Implementations SHOULD ignore JWKs within a JWK Set that use "kty" values that are not understood".
    let host = KeyHost::start(&[]).await;
    let server = server(&host).await;
    let good = json!(key(SigningAlg::ES384).public);
    let mut for_encryption = good.clone();
    for_encryption["use"] = json!("enc");
    let okp = json!({ "kty": "OKP", "crv": "Ed25519", "x": "AAAA", "kid": "other" });
    host.answers(json!({ "keys": [okp, for_encryption, json!({ "kty": "RSA" }), good] }).to_string());
    assert_eq!(status(&server, &assertion(&server).sign()).await, 200);
}
