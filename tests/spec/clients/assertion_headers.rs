//! The header and the signature of a client assertion (RFC 7515; RFC 8725 §3; SMART App Launch 2.2, asymmetric).

use super::{ALGS, assert_accepted, assert_jwt_refused, assert_refused, backend, server, shows};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kit::{
    App, TestServer,
    assertion::{key, sign_with, stranger},
};
use rules::{signing_keys::SigningKeyRecord, tenant::SigningAlg};
use serde_json::{Value, json};

#[tokio::test]
async fn typ_is_jwt_or_absent_and_nothing_else() {
    // ASYM-3; "client-authentication+jwt" is draft-ietf-oauth-rfc7523bis.
    let server = server().await;
    for alg in ALGS {
        let app = backend(&server, alg);
        for good in [json!("JWT"), json!("jwt"), Value::Null, json!("client-authentication+jwt")] {
            assert_accepted(&server, &app.assertion().with_header("typ", good.clone()), &good.to_string()).await;
        }
        for wrong in [json!("at+jwt"), json!("dpop+jwt"), json!("logout+jwt"), json!("JOSE"), json!(""), json!(7)] {
            let assertion = app.assertion().with_header("typ", wrong.clone());
            assert_refused(&server, &assertion, &format!("typ {wrong}")).await;
        }
    }
}

#[tokio::test]
async fn kid_names_a_registered_key() {
    // ASYM-8
    let server = server().await;
    for alg in ALGS {
        let app = backend(&server, alg);
        let other = ALGS.into_iter().find(|other| *other != alg).expect("two");
        let foreign = key(other).public.kid.clone();
        for wrong in [Value::Null, json!(""), json!("unknown"), json!(7), json!(foreign)] {
            let assertion = app.assertion().with_header("kid", wrong.clone());
            assert_refused(&server, &assertion, &format!("kid {wrong}")).await;
        }
    }
}

#[tokio::test]
async fn alg_is_that_of_the_registered_key() {
    let server = server().await;
    for alg in ALGS {
        let app = backend(&server, alg);
        for wrong in [
            "none", "None", "NONE", "", "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS384", "ES256",
            "ES384", "ES512", "EdDSA", "rs384", "es384",
        ] {
            if wrong == alg.as_str() {
                continue;
            }
            let assertion = app.assertion().with_header("alg", json!(wrong));
            assert_refused(&server, &assertion, &format!("{} as {wrong}", alg.as_str())).await;
        }
        assert_refused(&server, &app.assertion().with_header("alg", Value::Null), "no alg").await;
    }
}

#[tokio::test]
async fn a_key_registered_for_one_algorithm_serves_no_other() {
    // RFC 8725 §3.1: the same key pair, a signature that verifies, but not the `alg` that the JWK names.
    let server = server().await;
    for other in [SigningAlg::RS256, SigningAlg::RS512] {
        let assertion = backend(&server, SigningAlg::RS384).assertion().with_header("alg", json!(other.as_str()));
        let signer = SigningKeyRecord { alg: other, ..key(SigningAlg::RS384).clone() };
        let jwt = sign_with(&signer, &assertion.header, &assertion.claims);
        assert_eq!(shows(&server, &jwt).await.refusal(), "401 invalid_client", "{}", other.as_str());
    }
}

#[tokio::test]
async fn an_unsigned_assertion_is_refused() {
    let server = server().await;
    for alg in ALGS {
        let app = backend(&server, alg);
        for header in ["none", alg.as_str()] {
            let input = app.assertion().with_header("alg", json!(header)).unsigned();
            for jwt in [format!("{input}."), input.clone(), format!("{input}.AAAA"), format!("{input}..")] {
                assert_jwt_refused(&server, &jwt, header).await;
            }
        }
    }
}

#[tokio::test]
async fn a_public_key_is_no_shared_secret() {
    // RFC 8725 §2.1: the attacker signs HS256 with what everybody knows.
    let server = server().await;
    for alg in ALGS {
        let app = backend(&server, alg);
        for hs in ["HS256", "HS384"] {
            let assertion = app.assertion().with_header("alg", json!(hs));
            assert_jwt_refused(&server, &assertion.signed_with_the_public_key(), hs).await;
        }
    }
}

#[tokio::test]
async fn a_signature_by_another_key_is_refused() {
    let server = server().await;
    for alg in ALGS {
        let jwt = backend(&server, alg).assertion().signed_by_a_stranger();
        assert_jwt_refused(&server, &jwt, "the registered kid, another key").await;
    }
}

#[tokio::test]
async fn a_key_inside_the_header_is_not_believed() {
    // RFC 8725 §3.10
    let server = server().await;
    for alg in ALGS {
        let stranger = stranger(alg);
        let jwk = serde_json::to_value(&stranger.public).expect("a JWK");
        for kid in [json!(stranger.public.kid), json!(key(alg).public.kid)] {
            let assertion = backend(&server, alg).assertion().with_header("jwk", jwk.clone()).with_header("kid", kid);
            let jwt = sign_with(&stranger, &assertion.header, &assertion.claims);
            assert_jwt_refused(&server, &jwt, "jwk").await;
        }
    }
}

#[tokio::test]
async fn a_changed_assertion_is_refused() {
    let server = server().await;
    for alg in ALGS {
        let jwt = backend(&server, alg).assertion().sign();
        let parts: Vec<&str> = jwt.split('.').collect();
        let later = backend(&server, alg).assertion().sign();
        let other: Vec<&str> = later.split('.').collect();
        assert_jwt_refused(&server, &format!("{}.{}.{}", parts[0], other[1], parts[2]), "other claims").await;
        assert_jwt_refused(&server, &format!("{}.{}.{}", parts[0], parts[1], other[2]), "other signature").await;
        assert_jwt_refused(&server, &format!("{}.{}", parts[0], parts[1]), "two parts").await;
        assert_jwt_refused(&server, &format!("{jwt}.x"), "four parts").await;
        assert_jwt_refused(&server, &format!("{jwt}=="), "padding").await;
        assert_jwt_refused(&server, &jwt[..jwt.len() - 8], "cut short").await;
        assert_jwt_refused(&server, "x", "no JWT").await;
    }
}

#[tokio::test]
async fn a_der_signature_is_no_jose_signature() {
    // RFC 7518 §3.4: R and S as fixed octets, nothing else; zeros are not a signature either.
    let server = server().await;
    let input = backend(&server, SigningAlg::ES384).assertion().unsigned();
    for bytes in [vec![0; 96], vec![0; 104], vec![0xff; 96], Vec::new()] {
        let jwt = format!("{input}.{}", URL_SAFE_NO_PAD.encode(&bytes));
        assert_jwt_refused(&server, &jwt, &format!("{} bytes", bytes.len())).await;
    }
}

#[tokio::test]
async fn a_jku_is_refused_where_the_client_registered_its_keys_inline() {
    // ASYM-8
    let server = server().await;
    for alg in ALGS {
        for jku in ["https://backend.example/jwks.json", "https://auth.example/clinic/.well-known/jwks.json", ""] {
            let assertion = backend(&server, alg).assertion().with_header("jku", json!(jku));
            assert_refused(&server, &assertion, jku).await;
        }
    }
}

#[tokio::test]
async fn critical_extensions_are_refused() {
    // RFC 7515 §4.1.11: "If any of the listed extension Header Parameters are not understood and supported by the
    // recipient, then the JWS is invalid."
    let server = server().await;
    let app = backend(&server, SigningAlg::ES384);
    assert_refused(&server, &app.assertion().with_header("crit", json!(["exp"])), "crit").await;
    assert_refused(&server, &app.assertion().with_header("b64", json!(false)), "b64").await;
}

#[tokio::test]
async fn header_members_that_nobody_knows_are_ignored() {
    let server = server().await;
    let app = backend(&server, SigningAlg::ES384);
    assert_accepted(&server, &app.assertion().with_header("cty", json!("x")).with_header("x", json!(1)), "extra").await;
}

#[tokio::test]
async fn an_access_token_of_ours_is_no_assertion() {
    let server = TestServer::start().await;
    let answer = App::backend(&server).asks_for_itself("system/*.rs").await.json();
    assert_jwt_refused(&server, answer["access_token"].as_str().expect("a token"), "an access token").await;
}
