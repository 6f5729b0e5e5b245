//! He learns or guesses the `jti` that a client will use next and sends it first in a JWT of his own, so that the client's
//! good assertion counts as a replay. A `jti` is burned only once the signature holds, and for its client alone (ASYM-7).

use super::*;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kit::{
    Assertion,
    app::assertion_form,
    key_server::{new_key, signed_by},
};
use serde_json::json;

const JTI: &str = "the-next-one";

async fn authenticates(server: &TestServer, jwt: &str) -> Answer {
    let mut form = assertion_form(jwt);
    form.extend([("grant_type".into(), "client_credentials".into()), ("scope".into(), "system/*.rs".into())]);
    let pairs: Vec<(&str, &str)> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    server.post("/clinic/token", &pairs, &[]).await
}

fn victim(server: &TestServer) -> Assertion {
    App::backend(server).assertion().with_claim("jti", json!(JTI))
}

#[tokio::test]
async fn a_jwt_that_nobody_signed_burns_nothing() {
    let server = TestServer::start().await;
    let good = victim(&server);
    let none = json!({ "alg": "none" });
    let parts = |header: &serde_json::Value| {
        format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(good.claims.to_string()))
    };
    for forged in [
        format!("{}.", parts(&none)),
        format!("{}.", parts(&good.header)),
        format!("{}.{}", parts(&good.header), "A".repeat(128)),
        signed_by(&new_key(), &good.claims),
    ] {
        assert_refused(&authenticates(&server, &forged).await, 401, "invalid_client");
    }
    assert_eq!(authenticates(&server, &good.sign()).await.status, 200);
}

/// Nor does one that is signed and yet wrong: expired, or for another server.
#[tokio::test]
async fn an_assertion_that_does_not_hold_burns_nothing() {
    let server = TestServer::start().await;
    for (name, value) in
        [("aud", json!("https://evil.example/token")), ("exp", json!(1)), ("nbf", json!(4_000_000_000_i64))]
    {
        let bad = victim(&server).with_claim(name, value).sign();
        assert_refused(&authenticates(&server, &bad).await, 401, "invalid_client");
    }
    assert_eq!(authenticates(&server, &victim(&server).sign()).await.status, 200);
}

#[tokio::test]
async fn a_jti_of_another_client_burns_nothing() {
    let server = TestServer::start().await;
    let app = App::asymmetric(&server, rules::tenant::SigningAlg::ES384);
    let own = app.assertion().with_claim("jti", json!(JTI)).sign();
    // It authenticates, and has no right to this grant: its `jti` is burned.
    assert_refused(&authenticates(&server, &own).await, 400, "unauthorized_client");
    assert_refused(&authenticates(&server, &own).await, 401, "invalid_client");
    assert_eq!(authenticates(&server, &victim(&server).sign()).await.status, 200);
}

/// Names that could be put together to the same key in the table.
#[tokio::test]
async fn no_spelling_of_a_jti_reaches_another() {
    let server = TestServer::start().await;
    for jti in ["a", "a#backend", "A", "a ", " a", "a\u{0}", "clinic#JTI#a", "\u{e9}", "e\u{301}"] {
        let assertion = App::backend(&server).assertion().with_claim("jti", json!(jti));
        assert_eq!(authenticates(&server, &assertion.sign()).await.status, 200, "{jti:?}");
    }
}
