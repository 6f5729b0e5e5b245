//! An assertion is good once: its `jti` burns when it has proven itself, and not before (ASYM-7, ASYM-15).

use super::{ALGS, assert_accepted, assert_jwt_refused, assert_refused, backend, server, shows};
use kit::{App, TestServer, app::assertion_form};
use serde_json::json;

#[tokio::test]
async fn the_same_assertion_is_refused_the_second_time() {
    let server = server().await;
    for alg in ALGS {
        let assertion = backend(&server, alg).assertion();
        assert_accepted(&server, &assertion, "once").await;
        assert_refused(&server, &assertion, "twice").await;
    }
}

#[tokio::test]
async fn the_same_jti_in_another_assertion_is_refused() {
    let server = server().await;
    for alg in ALGS {
        let app = backend(&server, alg);
        assert_accepted(&server, &app.assertion().with_claim("jti", json!("one")), "once").await;
        let now = server.now().0;
        let again = app.assertion().with_claim("jti", json!("one")).with_claim("exp", json!(now + 100));
        assert_refused(&server, &again, "twice").await;
    }
}

#[tokio::test]
async fn a_jti_is_remembered_as_long_as_its_assertion_could_be_shown() {
    let server = server().await;
    let app = backend(&server, ALGS[1]);
    let assertion = app.assertion();
    assert_accepted(&server, &assertion, "once").await;
    // exp is 300 ahead, and a minute is allowed for clocks that disagree.
    server.passes(359);
    assert_refused(&server, &assertion, "at the last moment").await;
    server.passes(1);
    assert_refused(&server, &assertion, "expired").await;
}

#[tokio::test]
async fn a_jti_may_come_again_when_its_time_is_over() {
    let server = server().await;
    let app = backend(&server, ALGS[1]);
    assert_accepted(&server, &app.assertion().with_claim("jti", json!("one")), "once").await;
    server.passes(360);
    assert_accepted(&server, &app.assertion().with_claim("jti", json!("one")), "after six minutes").await;
}

#[tokio::test]
async fn clients_and_tenants_do_not_share_jtis() {
    let server = server().await;
    let [rsa, elliptic] = ALGS.map(|alg| backend(&server, alg).assertion().with_claim("jti", json!("one")));
    assert_accepted(&server, &rsa, "rsa-backend").await;
    assert_accepted(&server, &elliptic, "backend").await;
    let elsewhere = elliptic.with_claim("aud", json!("https://auth.example/other/token"));
    let proof = assertion_form(&elsewhere.sign());
    let mut form = vec![("grant_type", "client_credentials"), ("scope", "system/*.rs")];
    form.extend(proof.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    assert_eq!(server.post("/other/token", &form, &[]).await.status, 200);
}

#[tokio::test]
async fn a_jti_is_not_burned_by_a_stranger() {
    // A stranger who knows a jti must not be able to lock the client out.
    let server = server().await;
    for alg in ALGS {
        let good = backend(&server, alg).assertion();
        let input = good.unsigned();
        assert_jwt_refused(&server, &format!("{input}."), "unsigned").await;
        assert_jwt_refused(&server, &format!("{input}.{}", "A".repeat(128)), "badly signed").await;
        assert_jwt_refused(&server, &good.signed_by_a_stranger(), "another key").await;
        assert_accepted(&server, &good, "the client itself").await;
    }
}

#[tokio::test]
async fn a_jti_is_not_burned_by_an_assertion_that_was_refused() {
    let server = server().await;
    let good = backend(&server, ALGS[1]).assertion();
    assert_refused(&server, &good.clone().with_claim("aud", json!("https://elsewhere.example")), "aud").await;
    assert_refused(&server, &good.clone().with_claim("exp", json!(0)), "exp").await;
    assert_refused(&server, &good.clone().with_header("typ", json!("at+jwt")), "typ").await;
    assert_accepted(&server, &good, "good").await;
}

#[tokio::test]
async fn a_request_that_fails_later_has_burned_it_all_the_same() {
    // So a retried refresh needs a new JWT.
    let server = TestServer::start().await;
    let app = App::backend(&server);
    let jwt = app.assertion().sign();
    let proof = assertion_form(&jwt);
    let mut form = vec![("grant_type", "client_credentials"), ("scope", "user/*.rs")];
    form.extend(proof.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    assert_eq!(server.post("/clinic/token", &form, &[]).await.refusal(), "400 invalid_scope");
    assert_eq!(shows(&server, &jwt).await.refusal(), "401 invalid_client");
}

#[tokio::test]
async fn a_jti_burns_at_every_endpoint_alike() {
    let server = TestServer::start().await;
    let jwt = App::backend(&server).assertion().sign();
    let proof = assertion_form(&jwt);
    let mut form = vec![("token", "x")];
    form.extend(proof.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    assert_eq!(server.post("/clinic/introspect", &form, &[]).await.status, 200);
    assert_eq!(server.post("/clinic/revoke", &form, &[]).await.refusal(), "401 invalid_client");
    assert_eq!(shows(&server, &jwt).await.refusal(), "401 invalid_client");
}
