//! One client that is held to FAPI, in a tenant of SMART apps.

use super::*;
use kit::{
    Answer,
    app::{assertion_form, tokens},
};
use serde_json::{Value, json};

async fn start() -> TestServer {
    TestServer::start_with(|toml| {
        let own = format!("{BANK}profile = \"fapi2\"\nid_token_signed_response_alg = \"ES256\"\n");
        with(&toml, "pushed_authorization_requests = \"accepted\"", "accepted", &own)
    })
    .await
}

/// FAPI-4, FAPI-5, FAPI-7, FAPI-9, FAPI-10: the whole way.
#[tokio::test]
async fn it_pushes_proves_its_key_and_keeps_its_refresh_token() {
    let server = start().await;
    let key = key();
    let app = bank(&server).with_key(&key);
    let first = gets_tokens(&app).await;
    assert_eq!(
        (&first.0["token_type"], &first.claims("access_token")["cnf"]["jkt"]),
        (&json!("DPoP"), &json!(key.jkt()))
    );
    assert_eq!(kit::app::header(first.0["id_token"].as_str().expect("an id_token"))["alg"], "ES256");
    for later in [10, 3_600, 90_000] {
        server.passes(later);
        let refreshed = app.refreshes(first.refresh_token()).await;
        assert_eq!(refreshed.refresh_token(), first.refresh_token());
        assert_eq!(app.introspected(refreshed.access_token()).await["active"], true);
    }
    assert_eq!(app.revokes(first.refresh_token()).await.status, 200);
    assert_eq!(app.sends_refresh(first.refresh_token(), None).await.refusal(), "400 invalid_grant");
}

/// FAPI-5.
#[tokio::test]
async fn a_direct_request_of_its_is_sent_back() {
    let server = start().await;
    let app = bank(&server);
    let answer = server.get(&app.standalone(SCOPE)).await;
    assert_eq!(answer.query("error").as_deref(), Some("invalid_request"));
    // Another client of this tenant goes on as it did.
    assert_eq!(App::public(&server).gets_tokens("amy", SCOPE, None).await.0["token_type"], "Bearer");
}

/// FAPI-4: nothing of it is a Bearer token.
#[tokio::test]
async fn it_gets_no_token_without_a_proof() {
    let server = start().await;
    let app = bank(&server);
    let url = app.pushed(&app.request(SCOPE)).await;
    let back = Person::named(&server, "amy").goes_through(&url, None).await;
    let code = back.query("code").expect("a code");
    assert_eq!(app.redeems(&code).await.refusal(), "400 invalid_dpop_proof");
    let key = key();
    let bound = app.clone().with_key(&key).exchanges(&code).await;
    assert_eq!(app.sends_refresh(bound.refresh_token(), None).await.refusal(), "400 invalid_dpop_proof");
}

/// DPOP-11: a push with a proof binds the code.
#[tokio::test]
async fn a_push_with_a_proof_binds_its_code_to_the_key() {
    let server = start().await;
    let (own, thief) = (key(), key());
    let app = bank(&server);
    let url = app.clone().with_key(&own).pushed(&app.request(SCOPE)).await;
    let back = Person::named(&server, "amy").goes_through(&url, None).await;
    let code = back.query("code").expect("a code");
    assert_eq!(app.clone().with_key(&thief).redeems(&code).await.refusal(), "400 invalid_grant");
    app.clone().with_key(&own).exchanges(&code).await;
    let other = kit::app::with(app.request(SCOPE), "dpop_jkt", Some(&thief.jkt()));
    assert_eq!(app.with_key(&own).pushes(&other).await.refusal(), "400 invalid_request");
}

/// FAPI-2, FAPI-3.
#[tokio::test]
async fn its_assertions_name_the_issuer_alone() {
    let server = start().await;
    let key = key();
    let app = bank(&server).with_key(&key);
    let posts = async |aud: Value| -> Answer {
        let assertion = app.assertion().with_claim("aud", aud).sign();
        let mut form =
            vec![("grant_type".to_owned(), "refresh_token".to_owned()), ("refresh_token".into(), "x".into())];
        form.extend(assertion_form(&assertion));
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        server.post("/clinic/token", &form, &[]).await
    };
    let issuer = kit::server::ISSUER;
    for aud in [json!([issuer]), json!(format!("{issuer}/token")), json!(format!("{issuer}/par")), json!([issuer, "x"])]
    {
        assert_eq!(posts(aud.clone()).await.refusal(), "401 invalid_client", "{aud}");
    }
    assert_eq!(posts(json!(issuer)).await.refusal(), "400 invalid_dpop_proof");
}

/// FAPI-7: what was issued as a rotating refresh token goes on rotating.
#[tokio::test]
async fn a_grant_of_before_goes_on_as_it_was_issued() {
    let server =
        TestServer::start_with(|toml| with(&toml, "pushed_authorization_requests = \"accepted\"", "accepted", BANK))
            .await;
    let key = key();
    let app = bank(&server).with_key(&key);
    let first = gets_tokens(&app).await;
    let clinic = server.server.tenant("clinic", server.now()).await.expect("the table").expect("a tenant");
    let client = server.server.client(&clinic.id, "bank", server.now()).await.expect("the table").expect("a client");
    let strict =
        rules::client::Client { profile: rules::tenant::Profile::Fapi2, ..rules::client::Client::clone(&client) };
    server
        .server
        .store
        .write_unraced(vec![server::store::Write::overwrite(&strict).expect("an item")])
        .await
        .expect("it is written");
    server.server.forget_configuration();
    let second = app.refreshes(first.refresh_token()).await;
    assert_ne!(second.refresh_token(), first.refresh_token());
    let fresh = gets_tokens(&app).await;
    let again = tokens(app.sends_refresh(fresh.refresh_token(), None).await);
    assert_eq!(again.refresh_token(), fresh.refresh_token());
    assert_eq!(app.posts("token", &exchange_form("x")).await.refusal(), "400 invalid_grant");
}

/// DPOP-12: what is wrong with the proof, or that there is none, uses up no assertion.
#[tokio::test]
async fn an_assertion_that_came_with_no_proof_or_a_wrong_one_is_good_for_the_next_request() {
    let server = start().await;
    let app = bank(&server);
    let assertion = app.assertion().sign();
    let key = key();
    let posts = async |proof: Option<String>| {
        let mut form =
            vec![("grant_type".to_owned(), "refresh_token".to_owned()), ("refresh_token".into(), "x".into())];
        form.extend(assertion_form(&assertion));
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let headers: Vec<(&str, &str)> = proof.iter().map(|proof| ("dpop", proof.as_str())).collect();
        server.post("/clinic/token", &form, &headers).await.refusal()
    };
    assert_eq!(posts(None).await, "400 invalid_dpop_proof");
    let proof = key.proof(&server, "POST", &app.url("token"));
    assert_eq!(posts(Some(proof.with_claim("htm", "GET").sign())).await, "400 invalid_dpop_proof");
    let good = || key.proof(&server, "POST", &app.url("token")).sign();
    assert_eq!(posts(Some(good())).await, "400 invalid_grant", "its turn has come");
    assert_eq!(posts(Some(good())).await, "401 invalid_client", "and now it is used");
}
