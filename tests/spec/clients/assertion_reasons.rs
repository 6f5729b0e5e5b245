//! What the answer says of a refused assertion: to its signer what is wrong, to everybody else nothing (ASYM-9).

use super::{ALGS, backend, server, shows};
use kit::{Answer, Assertion, TestServer};
use rules::tenant::SigningAlg;
use serde_json::{Value, json};

fn said(answer: &Answer) -> String {
    assert_eq!(answer.refusal(), "401 invalid_client", "{}", answer.body);
    let description = answer.json()["error_description"].as_str().expect("a description").to_owned();
    description.split(" (reference ").next().expect("a sentence").to_owned()
}

const NOTHING: &str = "client authentication failed";

type Spoil = Box<dyn Fn(Assertion) -> Assertion>;

/// What may be wrong, and the sentence of it.
fn mistakes(server: &TestServer) -> Vec<(&'static str, Spoil, &'static str)> {
    let now = server.now().0;
    let claim = |name: &'static str, value: Value| -> Spoil {
        Box::new(move |assertion| assertion.with_claim(name, value.clone()))
    };
    let header = |name: &'static str, value: Value| -> Spoil {
        Box::new(move |assertion| assertion.with_header(name, value.clone()))
    };
    vec![
        (
            "an hour, as authlib has it",
            claim("exp", json!(now + 3600)),
            "it lives too long: exp is 3600 seconds ahead, and 300 is the most",
        ),
        ("expired", claim("exp", json!(now - 100)), "it has expired: exp was 100 seconds ago"),
        ("exp as text", claim("exp", json!("soon")), "exp must be a number of seconds since 1970"),
        ("no exp", claim("exp", Value::Null), "exp is missing"),
        ("iat", claim("iat", json!(now + 100)), "iat is 100 seconds in the future"),
        ("nbf", claim("nbf", json!(now + 100)), "nbf is 100 seconds in the future"),
        ("no aud", claim("aud", Value::Null), "aud is missing"),
        (
            "two audiences",
            claim("aud", json!(["https://a.example", "https://b.example"])),
            "aud must name one audience",
        ),
        ("no jti", claim("jti", Value::Null), "jti is missing"),
        ("an empty jti", claim("jti", json!("")), "jti must have 1 to 1024 characters"),
        ("iss of another", claim("iss", json!("https://app.example")), "iss and sub must both be the client_id"),
        ("no iss", claim("iss", Value::Null), "iss is missing"),
        ("no sub", claim("sub", Value::Null), "sub is missing"),
        ("typ", header("typ", json!("at+jwt")), "typ must be JWT or client-authentication+jwt"),
        ("crit", header("crit", json!(["exp"])), "the header has critical extensions"),
        ("jku", header("jku", json!("https://a.example/jwks")), "jku is not the JWKS URL that the client registered"),
    ]
}

#[tokio::test]
async fn the_signer_of_an_assertion_reads_what_is_wrong_with_it() {
    let server = server().await;
    for alg in ALGS {
        for (case, change, sentence) in mistakes(&server) {
            let assertion = change(backend(&server, alg).assertion());
            let answer = shows(&server, &assertion.sign()).await;
            assert_eq!(said(&answer), format!("the client assertion is refused: {sentence}"), "{case}");
        }
        let elsewhere = backend(&server, alg).assertion().with_claim("aud", json!("https://elsewhere.example/token"));
        let sentence = said(&shows(&server, &elsewhere.sign()).await);
        assert!(sentence.contains("aud was https://elsewhere.example/token, this tenant accepts"), "{sentence}");
        let once = backend(&server, alg).assertion();
        assert_eq!(shows(&server, &once.sign()).await.status, 200);
        assert_eq!(
            said(&shows(&server, &once.sign()).await),
            "the client assertion is refused: its jti was used before"
        );
    }
}

/// What is wrong with it is then nobody's business, and the client may or may not be there.
#[tokio::test]
async fn whoever_shows_no_good_signature_reads_the_same_of_clients_that_are_there_and_of_those_that_are_not() {
    let server = server().await;
    for client_id in ["backend", "rsa-backend", "public-app", "symmetric-app", "nobody"] {
        let of_client = |assertion: Assertion| {
            let assertion = assertion.with_claim("iss", json!(client_id));
            assertion.with_claim("sub", json!(client_id))
        };
        let base = || of_client(backend(&server, SigningAlg::ES384).assertion());
        for (case, change, _) in mistakes(&server) {
            let assertion = change(base());
            for jwt in [assertion.signed_by_a_stranger(), format!("{}.", assertion.unsigned())] {
                assert_eq!(said(&shows(&server, &jwt).await), NOTHING, "{client_id}: {case}");
            }
        }
        for (name, value) in
            [("alg", json!("none")), ("alg", json!("HS256")), ("kid", json!("x")), ("kid", Value::Null)]
        {
            let jwt = base().with_header(name, value.clone()).sign();
            assert_eq!(said(&shows(&server, &jwt).await), NOTHING, "{client_id}: {name} {value}");
        }
    }
}

/// A description is ASCII (RFC 6749 §5.2), whatever the signer wrote.
#[tokio::test]
async fn what_the_signer_wrote_breaks_out_of_no_sentence() {
    let server = server().await;
    let aud = json!(format!("\u{e9}\"\\\r\n{}", "x".repeat(5000)));
    let answer = shows(&server, &backend(&server, SigningAlg::ES384).assertion().with_claim("aud", aud).sign()).await;
    let sentence = said(&answer);
    assert!(sentence.len() < 700 && sentence.bytes().all(|byte| (0x20..0x7f).contains(&byte)), "{sentence}");
    assert!(!sentence.contains(['"', '\\']), "{sentence}");
}
