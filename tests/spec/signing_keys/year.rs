//! The schedule, with the clock turned through more than a year.

use super::{keys, states};
use kit::{App, TestServer, app::header, signing_keys};
use rules::{
    jwk::KeySet,
    jws::UnverifiedJws,
    signing_keys::{
        KeyState::{Active, Published, Retiring},
        rotation::LEAST_PUBLISHED,
    },
    tenant::SigningAlg,
};
use serde_json::Value;
use std::collections::BTreeSet;

const DAY: i64 = 86_400;
const POLICY: &str = "name = \"Test Clinic\"\npolicy = { key_rotation_days = 30, backend_token_seconds = 86400 }";

async fn rotating() -> TestServer {
    TestServer::start_with(|toml| toml.replacen("name = \"Test Clinic\"", POLICY, 1)).await
}

async fn rotate(server: &TestServer) {
    rotate_keys::rotate_all(&server.server, &signing_keys::maker().await).await.expect("keys are rotated");
}

async fn jwks(server: &TestServer) -> KeySet {
    KeySet::parse(server.get("/clinic/.well-known/jwks.json").await.body.as_bytes()).expect("a key set")
}

fn verifies(jwks: &KeySet, token: &str) -> bool {
    let kid = header(token)["kid"].as_str().expect("a kid").to_owned();
    let key = jwks.keys.iter().find(|key| key.kid == kid);
    key.is_some_and(|key| UnverifiedJws::parse(token).expect("a JWS").verify::<Value>(key).is_ok())
}

/// Whoever verifies may have fetched the keys as long ago as their `Cache-Control` allows, or at this moment.
#[tokio::test]
async fn every_token_of_a_year_is_verified_by_the_keys_of_its_day() {
    let server = rotating().await;
    let (mut alive, mut kids, mut most) = (Vec::new(), BTreeSet::new(), 0);
    for _ in 0..(400 * 2) {
        server.passes(DAY / 2 - 300);
        let cached = jwks(&server).await;
        server.passes(300);
        rotate(&server).await;
        let answer = App::backend(&server).asks_for_itself("system/*.rs").await;
        let token = answer.json()["access_token"].as_str().expect("a token").to_owned();
        assert!(verifies(&cached, &token), "a verifier with a cached key set can't verify a new token");
        kids.insert(header(&token)["kid"].to_string());
        alive.push((server.now().plus(DAY), token));
        alive.retain(|(until, _)| *until > server.now());
        let fresh = jwks(&server).await;
        assert!(alive.iter().all(|(_, token)| verifies(&fresh, token)), "a living token can't be verified");
        most = most.max(fresh.keys.len());
    }
    assert!((13..=14).contains(&kids.len()), "{} keys signed", kids.len());
    // Two algorithms, and never more than three keys each: one on its way in, one in use, one on its way out.
    assert!(most <= 6, "{most} keys at once");
    assert_eq!(states(&server, SigningAlg::ES256).await.iter().filter(|state| **state == Active).count(), 1);
}

#[tokio::test]
async fn a_key_is_published_a_day_before_it_signs_and_kept_until_its_last_token_is_dead() {
    let server = rotating().await;
    let first = keys(&server, SigningAlg::ES256).await[0].public.kid.clone();
    for (seconds, expected) in [
        (29 * DAY - 1, vec![Active]),
        (1, vec![Published, Active]),
        (DAY - 1, vec![Published, Active]),
        (1, vec![Active, Retiring]),
        // A day is what a token of this tenant lives.
        (DAY, vec![Active, Retiring]),
        (90, vec![Active]),
    ] {
        server.passes(seconds);
        rotate(&server).await;
        assert_eq!(states(&server, SigningAlg::ES256).await, expected, "{seconds} seconds later");
    }
    assert_ne!(keys(&server, SigningAlg::ES256).await[0].public.kid, first);
}

/// However short the policy's time is.
#[tokio::test]
async fn no_key_signs_before_every_cached_key_set_may_have_it() {
    let server = TestServer::start_with(|toml| {
        let policy = "name = \"Test Clinic\"\npolicy = { key_rotation_days = 1, key_published_seconds = 0 }";
        toml.replacen("name = \"Test Clinic\"", policy, 1)
    })
    .await;
    server.passes(DAY - LEAST_PUBLISHED);
    rotate(&server).await;
    assert_eq!(states(&server, SigningAlg::ES256).await, [Published, Active]);
    server.passes(LEAST_PUBLISHED - 1);
    rotate(&server).await;
    assert_eq!(states(&server, SigningAlg::ES256).await, [Published, Active]);
    server.passes(1);
    rotate(&server).await;
    assert_eq!(states(&server, SigningAlg::ES256).await, [Active, Retiring]);
}

#[tokio::test]
async fn without_a_schedule_a_key_stays() {
    let server = TestServer::start_with(|toml| {
        toml.replacen("name = \"Test Clinic\"", "name = \"Test Clinic\"\npolicy = { key_rotation_days = 0 }", 1)
    })
    .await;
    server.passes(3650 * DAY);
    rotate(&server).await;
    assert_eq!(states(&server, SigningAlg::ES256).await, [Active]);
}
