//! Proofs at the token endpoint: judged before anything is spent, and good once.

use super::*;
use kit::{dpop::DpopKey, http::at_once};
use serde_json::{Value, json};

/// DPOP-1, DPOP-2, DPOP-3, DPOP-4, DPOP-12: the code is still there afterwards.
#[tokio::test]
async fn a_proof_that_does_not_hold_is_refused_with_the_reason_and_spends_nothing() {
    let server = start().await;
    let (app, key) = (App::public(&server), DpopKey::new());
    let code = app.code("amy", SCOPE, None).await;
    let cases: [(Spoil, &str); 8] = [
        (|proof| proof.with_header("typ", "JWT"), "typ must be dpop+jwt"),
        (|proof| proof.with_header("alg", "none"), "alg must be one of: ES256, ES384, PS256, EdDSA"),
        (|proof| proof.with_header("jwk", Value::Null), "the header has no jwk"),
        (|proof| proof.with_header("jwk", json!({ "kty": "EC" })), "its jwk: a member is missing"),
        (|proof| proof.with_claim("htm", "GET"), "htm must be POST"),
        (
            |proof| proof.with_claim("htu", "https://evil.example/token"),
            "htu must be https://auth.example/clinic/token",
        ),
        (|proof| proof.with_claim("iat", 1), "iat is more than 60 seconds ago"),
        (|proof| proof.with_claim("jti", ""), "jti must have 1 to 128 characters"),
    ];
    for (spoil, reason) in cases {
        let proof = spoil(key.proof(&server, "POST", &token_endpoint())).sign();
        let answer = redeems_with(&app, &code, &[&proof]).await;
        assert_eq!(answer.refusal(), "400 invalid_dpop_proof", "{reason}");
        assert!(description(&answer).contains(reason), "{}", answer.body);
    }
    let good = || key.proof(&server, "POST", &token_endpoint()).sign();
    let (one, other) = (good(), good());
    for two in [vec![one.as_str(), &other], vec![&format!("{one},{other}")], vec!["junk"], vec![""]] {
        assert_eq!(redeems_with(&app, &code, &two).await.refusal(), "400 invalid_dpop_proof", "{two:?}");
    }
    assert_eq!(redeems_with(&app, &code, &[&one]).await.status, 200);
}

/// DPOP-3: the URL is the configured one, whatever the request says of its host.
#[tokio::test]
async fn a_host_that_the_request_names_is_no_host_of_a_proof() {
    let server = start().await;
    let (app, key) = (App::backend(&server), DpopKey::new());
    let proof = key.proof(&server, "POST", "https://evil.example/clinic/token").sign();
    let (form, _) = app.authentication();
    let mut form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    form.extend([("grant_type", "client_credentials"), ("scope", "system/*.rs")]);
    let headers = [("dpop", proof.as_str()), ("host", "evil.example"), ("x-forwarded-host", "evil.example")];
    assert_eq!(server.post("/clinic/token", &form, &headers).await.refusal(), "400 invalid_dpop_proof");
    assert_eq!(App::backend(&server).with_key(&key).asks_for_itself("system/*.rs").await.status, 200);
}

/// DPOP-12: the assertion that came with a bad proof is good for the next request.
#[tokio::test]
async fn a_bad_proof_burns_no_client_assertion() {
    let server = start().await;
    let (app, key) = (App::backend(&server), DpopKey::new());
    let (form, _) = app.authentication();
    let mut form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    form.extend([("grant_type", "client_credentials"), ("scope", "system/*.rs")]);
    let posts = async |proof: String| server.post("/clinic/token", &form, &[("dpop", &proof)]).await;
    let bad = key.proof(&server, "POST", &token_endpoint()).with_claim("htm", "PUT").sign();
    assert_eq!(posts(bad).await.refusal(), "400 invalid_dpop_proof");
    assert_eq!(posts(key.proof(&server, "POST", &token_endpoint()).sign()).await.status, 200);
}

/// DPOP-5. The `jti` is its key's: another client may have the same.
#[tokio::test]
async fn a_proof_is_good_once_at_every_instance_and_its_jti_is_its_keys_alone() {
    let server = start().await;
    let (app, key, other) = (App::public(&server), DpopKey::new(), DpopKey::new());
    let codes = [0, 1, 2].map(|_| app.code("amy", SCOPE, None));
    let [first, second, third] = at_once(codes.into()).await.try_into().expect("three");
    let proof = |key: &DpopKey| key.proof(&server, "POST", &token_endpoint()).with_claim("jti", "same").sign();
    let used = proof(&key);
    assert_eq!(redeems_with(&app, &first, &[&used]).await.status, 200);
    let elsewhere = server.second_instance();
    let there = App { server: &elsewhere, ..app.clone() };
    for (app, proof) in [(&app, &used), (&there, &used), (&app, &proof(&key))] {
        let answer = redeems_with(app, &second, &[proof]).await;
        assert_eq!(answer.refusal(), "400 invalid_dpop_proof");
        assert!(description(&answer).contains("its jti was used before"));
    }
    assert_eq!(redeems_with(&app, &second, &[&proof(&other)]).await.status, 200);
    // It is kept for as long as it would be good.
    server.passes(59);
    assert_eq!(redeems_with(&there, &third, &[&used]).await.refusal(), "400 invalid_dpop_proof");
}

/// ALL-4, DPOP-5.
#[tokio::test]
async fn of_many_uses_of_one_proof_at_once_one_succeeds_and_the_codes_of_the_others_are_not_spent() {
    let server: &'static TestServer = Box::leak(Box::new(start().await));
    let (app, key) = (App::public(server), DpopKey::new());
    let mut codes = Vec::new();
    for _ in 0..8 {
        codes.push(app.code("amy", SCOPE, None).await);
    }
    let proof = key.proof(server, "POST", &token_endpoint()).sign();
    let tasks = codes.iter().map(|code| {
        let (app, code, proof) = (app.clone(), code.clone(), proof.clone());
        tokio::spawn(async move { (redeems_with(&app, &code, &[&proof]).await, code) })
    });
    let tasks: Vec<_> = tasks.collect();
    let mut lost = Vec::new();
    for task in tasks {
        let (answer, code) = task.await.expect("nobody panicked");
        if answer.status != 200 {
            assert_eq!(answer.refusal(), "400 invalid_dpop_proof");
            lost.push(code);
        }
    }
    assert_eq!(lost.len(), 7);
    for code in lost {
        assert_eq!(app.clone().with_key(&key).redeems(&code).await.status, 200);
    }
}

/// The same of each other grant, whose commit is another.
#[tokio::test]
async fn a_proof_is_good_once_for_a_refresh_and_for_a_backend_service_too() {
    let server = start().await;
    let key = DpopKey::new();
    let used = key.proof(&server, "POST", &token_endpoint()).sign();
    let backend = App::backend(&server);
    let for_itself = async || {
        let (form, _) = backend.authentication();
        let mut form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        form.extend([("grant_type", "client_credentials"), ("scope", "system/*.rs")]);
        server.post("/clinic/token", &form, &[("dpop", &used)]).await
    };
    assert_eq!(for_itself().await.status, 200);
    assert_eq!(for_itself().await.refusal(), "400 invalid_dpop_proof");
    let app = App::public(&server);
    let tokens = app.clone().with_key(&key).gets_tokens("amy", SCOPE, None).await;
    let refreshes = async |proof: &str| {
        let form =
            [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh_token()), ("client_id", app.client_id)];
        server.post("/clinic/token", &form, &[("dpop", proof)]).await
    };
    assert_eq!(refreshes(&used).await.refusal(), "400 invalid_dpop_proof");
    let fresh = key.proof(&server, "POST", &token_endpoint()).sign();
    assert_eq!(refreshes(&fresh).await.status, 200, "the refresh token was not spent");
    assert_eq!(
        refreshes(&fresh).await.refusal(),
        "400 invalid_dpop_proof",
        "nor does a repeat of it come with the same proof"
    );
}

/// DPOP-5: the same of a code exchange that comes once more.
#[tokio::test]
async fn an_exchange_that_was_copied_ends_nothing() {
    let server = start().await;
    let (app, key) = (App::public(&server), DpopKey::new());
    let code = app.code("amy", SCOPE, None).await;
    let proof = key.proof(&server, "POST", &token_endpoint()).sign();
    let tokens = redeems_with(&app, &code, &[&proof]).await.json();
    assert_eq!(redeems_with(&app, &code, &[&proof]).await.refusal(), "400 invalid_dpop_proof");
    let token = tokens["access_token"].as_str().expect("a token");
    assert_eq!(app.introspected(token).await["active"], true);
    // With a proof of its own it is a second use.
    assert_eq!(app.clone().with_key(&key).redeems(&code).await.refusal(), "400 invalid_grant");
    assert_eq!(app.introspected(token).await["active"], false);
}
