//! Bound tokens at this server's own resources.

use super::*;
use axum::http::Method;
use kit::{Tokens, dpop::DpopKey, http::basic};

const USERINFO: &str = "https://auth.example/clinic/userinfo";

async fn asks(server: &TestServer, headers: &[(&str, &str)]) -> Answer {
    server.request(Method::GET, "/clinic/userinfo", headers, "").await
}

async fn bound(server: &TestServer, key: &DpopKey) -> Tokens {
    App::public(server).with_key(key).gets_tokens("amy", SCOPE, None).await
}

fn challenge(answer: &Answer) -> (u16, String) {
    (answer.status, answer.header("www-authenticate").unwrap_or_default().to_owned())
}

fn refused(error: &str) -> (u16, String) {
    (401, format!("DPoP realm=\"admit\", error=\"{error}\", algs=\"ES256 ES384 PS256 EdDSA\""))
}

/// DPOP-14, DPOP-15, DPOP-5.
#[tokio::test]
async fn userinfo_answers_the_holder_of_a_bound_token_and_nobody_else() {
    let server = start().await;
    let (key, thief) = (DpopKey::new(), DpopKey::new());
    let tokens = bound(&server, &key).await;
    let token = tokens.access_token();
    let dpop = format!("DPoP {token}");
    let proof = |key: &DpopKey| key.proof(&server, "GET", USERINFO).of_token(token).sign();
    let good = proof(&key);
    let answer = asks(&server, &[("authorization", &dpop), ("dpop", &good)]).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    // Once more the same proof; here and elsewhere.
    let elsewhere = server.second_instance();
    for server in [&server, &elsewhere] {
        let answer = asks(server, &[("authorization", &dpop), ("dpop", &good)]).await;
        assert_eq!(challenge(&answer), refused("invalid_dpop_proof"));
    }
    let bearer = format!("Bearer {token}");
    assert_eq!(challenge(&asks(&server, &[("authorization", &bearer)]).await), refused("invalid_token"));
    let by_thief = proof(&thief);
    let answer = asks(&server, &[("authorization", &dpop), ("dpop", &by_thief)]).await;
    assert_eq!(challenge(&answer), refused("invalid_token"));
    assert_eq!(challenge(&asks(&server, &[("authorization", &dpop)]).await), refused("invalid_dpop_proof"));
    // In a form it is a Bearer token (RFC 9449 §7.1).
    let in_form = server.post("/clinic/userinfo", &[("access_token", token)], &[("dpop", &proof(&key))]).await;
    assert_eq!(challenge(&in_form), refused("invalid_token"));
    let cases: [(Spoil, &str); 4] = [
        (|proof| proof.with_claim("ath", serde_json::Value::Null), "no ath"),
        (|proof| proof.of_token("another"), "another token"),
        (|proof| proof.with_claim("htm", "POST"), "another method"),
        (|proof| proof.with_claim("htu", "https://auth.example/clinic/token"), "another URL"),
    ];
    for (spoil, case) in cases {
        let proof = spoil(key.proof(&server, "GET", USERINFO).of_token(token)).sign();
        let answer = asks(&server, &[("authorization", &dpop), ("dpop", &proof)]).await;
        assert_eq!(challenge(&answer), refused("invalid_dpop_proof"), "{case}");
    }
}

/// DPOP-15.
#[tokio::test]
async fn an_unbound_token_is_not_good_by_the_scheme_dpop() {
    let server = start().await;
    let tokens = App::public(&server).gets_tokens("amy", SCOPE, None).await;
    let key = DpopKey::new();
    let proof = key.proof(&server, "GET", USERINFO).of_token(tokens.access_token()).sign();
    let dpop = format!("DPoP {}", tokens.access_token());
    let answer = asks(&server, &[("authorization", &dpop), ("dpop", &proof)]).await;
    assert_eq!(challenge(&answer), (401, "Bearer realm=\"admit\", error=\"invalid_token\"".to_owned()));
}

/// DPOP-15: tokens with powers over this server.
#[tokio::test]
async fn introspection_and_launch_context_take_a_bound_token_from_its_holder_alone() {
    let server = start().await;
    let (key, thief) = (DpopKey::new(), DpopKey::new());
    let backend = App::backend(&server).with_key(&key);
    let answer = backend.asks_for_itself("__introspect __launch.create").await;
    let token = answer.json()["access_token"].as_str().expect("a token").to_owned();
    assert_eq!(answer.json()["token_type"], "DPoP");
    let shown = App::public(&server).gets_tokens("amy", SCOPE, None).await;
    for (endpoint, form) in
        [("introspect", vec![("token", shown.access_token())]), ("launchContext", vec![("patient", "amy-shaw")])]
    {
        let url = format!("{ISSUER}/{endpoint}");
        let posts = async |scheme: &str, key: &DpopKey| {
            let proof = key.proof(&server, "POST", &url).of_token(&token).sign();
            let authorization = format!("{scheme} {token}");
            let headers = [("authorization", authorization.as_str()), ("dpop", proof.as_str())];
            server.post(&format!("/clinic/{endpoint}"), &form, &headers).await
        };
        let answer = posts("DPoP", &key).await;
        assert_eq!(answer.status, 200, "{endpoint}: {}", answer.body);
        for (scheme, key) in [("Bearer", &key), ("DPoP", &thief)] {
            let answer = posts(scheme, key).await;
            assert_eq!(answer.refusal(), "401 invalid_token", "{endpoint} {scheme}");
        }
    }
}

/// DPOP-18.
#[tokio::test]
async fn a_binding_that_nobody_here_understands_makes_a_token_nobodys() {
    use rules::jws::TokenKind;
    let server = start().await;
    let app = App::public(&server);
    let tokens = app.gets_tokens("amy", SCOPE, None).await;
    let clinic = server.server.tenant("clinic", server.now()).await.expect("the table").expect("a tenant");
    for (cnf, active) in [
        (serde_json::json!({ "jkt": "A".repeat(43) }), true),
        (serde_json::json!({ "x5t#S256": "A".repeat(43) }), false),
        (serde_json::json!({ "jkt": "A".repeat(43), "x5t#S256": "A".repeat(43) }), false),
        (serde_json::json!({}), false),
    ] {
        let mut claims = tokens.claims("access_token");
        claims["cnf"] = cnf.clone();
        let token = server.server.signer.sign(&clinic, TokenKind::AccessToken, &claims).await.expect("a token");
        assert_eq!(app.introspected(token.expose()).await["active"], active, "{cnf}");
    }
}

/// ALL-3: a tenant's own.
#[tokio::test]
async fn another_tenants_endpoint_is_another_url() {
    let server = start().await;
    let key = DpopKey::new();
    let tokens = bound(&server, &key).await;
    let proof = key.proof(&server, "POST", "https://auth.example/other/introspect").sign();
    let authorization = basic("clinic-fhir", "clinic-fhir-secret-of-more-than-32-characters");
    let headers = [("authorization", authorization.as_str()), ("dpop", proof.as_str())];
    let answer = server.post("/clinic/introspect", &[("token", tokens.access_token())], &headers).await;
    assert_eq!(answer.status, 200, "who authenticates otherwise proves no key");
    let proof = key.proof(&server, "GET", "https://auth.example/other/userinfo").of_token(tokens.access_token()).sign();
    let dpop = format!("DPoP {}", tokens.access_token());
    let answer = asks(&server, &[("authorization", &dpop), ("dpop", &proof)]).await;
    assert_eq!(challenge(&answer), refused("invalid_dpop_proof"));
}
