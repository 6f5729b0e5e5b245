//! Assertions by Ed25519 keys (FAPI 2.0 §5.4.1; RFC 8037, RFC 9864): a FAPI client may sign with one, a SMART client may not.

use super::*;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kit::{Answer, app::assertion_form};
use serde_json::{Value, json};

const ALG: &str = "alg = \"{alg}\", ";

/// `bank` with this key, held to this profile.
async fn start(pair: &Ed25519KeyPair, alg: Option<&str>, profile: &str) -> TestServer {
    let x = URL_SAFE_NO_PAD.encode(pair.public_key());
    let alg = alg.map(|alg| ALG.replace("{alg}", alg)).unwrap_or_default();
    let jwks = format!("{{ keys = [{{ kty = \"OKP\", crv = \"Ed25519\", kid = \"ed\", {alg}x = \"{x}\" }}] }}");
    let own = BANK.replace("{es256}", &jwks);
    let own = format!("{own}profile = \"{profile}\"\nid_token_signed_response_alg = \"ES256\"\n");
    TestServer::start_with(move |toml| with(&toml, "pushed_authorization_requests = \"accepted\"", "accepted", &own))
        .await
}

/// A refresh with an assertion that this key has signed. It comes without a proof, which is what a client hears that is let in.
async fn asks(server: &TestServer, pair: &Ed25519KeyPair, alg: &str, change: fn(&mut Value)) -> Answer {
    let mut assertion = bank(server).assertion();
    assertion.header = json!({ "alg": alg, "typ": "JWT", "kid": "ed" });
    change(&mut assertion.claims);
    let input = assertion.unsigned();
    let jwt = format!("{input}.{}", URL_SAFE_NO_PAD.encode(pair.sign(input.as_bytes())));
    let mut form = vec![("grant_type".to_owned(), "refresh_token".to_owned()), ("refresh_token".into(), "x".into())];
    form.extend(assertion_form(&jwt));
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    server.post("/clinic/token", &form, &[]).await
}

/// FAPI-3.
#[tokio::test]
async fn a_fapi_client_may_sign_with_it_by_either_name() {
    let (pair, stranger) = (Ed25519KeyPair::generate().expect("a key"), Ed25519KeyPair::generate().expect("a key"));
    for registered in [None, Some("EdDSA"), Some("Ed25519")] {
        let server = start(&pair, registered, "fapi2").await;
        for alg in ["EdDSA", "Ed25519"] {
            let answer = asks(&server, &pair, alg, |_| {}).await;
            assert_eq!(answer.refusal(), "400 invalid_dpop_proof", "{alg} by {registered:?}");
        }
        for (signer, alg, change) in [
            (&stranger, "EdDSA", (|_| {}) as fn(&mut Value)),
            (&pair, "ES256", |_| {}),
            (&pair, "Ed448", |_| {}),
            (&pair, "EdDSA", |claims| claims["aud"] = json!("https://other.example")),
        ] {
            assert_eq!(asks(&server, signer, alg, change).await.refusal(), "401 invalid_client", "{alg}");
        }
    }
}

/// Its metadata names the algorithms of SMART.
#[tokio::test]
async fn a_smart_client_may_not() {
    let pair = Ed25519KeyPair::generate().expect("a key");
    let server = start(&pair, None, "smart").await;
    for alg in ["EdDSA", "Ed25519"] {
        assert_eq!(asks(&server, &pair, alg, |_| {}).await.refusal(), "401 invalid_client", "{alg}");
    }
}
