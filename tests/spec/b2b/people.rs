//! Apps of people need not say for whom they ask (F§5.2.1). What one says with its code is in all its tokens, until it says otherwise.

use super::{PAYER, bringing, but, said, sends, server, smallest};
use crate::authority::client_becomes;
use kit::{
    Answer, App, TestServer,
    app::{VERIFIER, claims, introspect},
};
use rules::tenant::{CONFIGURATION_AGE, SigningAlg};
use serde_json::{Value, json};

pub const SCOPE: &str = "openid launch/patient offline_access patient/*.rs";

pub fn app(server: &TestServer) -> App<'_> {
    App::asymmetric(server, SigningAlg::ES384)
}

pub async fn exchanges(server: &TestServer, code: &str, extensions: Option<Value>) -> Answer {
    let app = app(server);
    let jwt = extensions.map_or_else(|| app.assertion(), |extensions| bringing(&app, extensions)).sign();
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", app.redirect_uri),
        ("code_verifier", VERIFIER),
    ];
    sends(server, &jwt, &form).await
}

async fn refreshes(server: &TestServer, token: &str, extensions: Option<Value>) -> Answer {
    let app = app(server);
    let jwt = extensions.map_or_else(|| app.assertion(), |extensions| bringing(&app, extensions)).sign();
    sends(server, &jwt, &[("grant_type", "refresh_token"), ("refresh_token", token)]).await
}

fn in_token(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.body);
    claims(answer.json()["access_token"].as_str().expect("a token"))["extensions"].clone()
}

fn refresh_token(answer: &Answer) -> String {
    answer.json()["refresh_token"].as_str().expect("a refresh token").to_owned()
}

/// B2B-4: also where `hl7-b2b` is required of the client, for what it asks by itself.
#[tokio::test]
async fn an_app_of_people_may_leave_it_out() {
    let server = server().await;
    client_becomes(&server, "es384-app", |client| client.required_extensions = ["hl7-b2b".to_owned()].into()).await;
    server.passes(CONFIGURATION_AGE);
    let code = app(&server).code("amy", SCOPE, None).await;
    let answer = exchanges(&server, &code, None).await;
    assert_eq!(in_token(&answer), Value::Null);
    assert_eq!(in_token(&refreshes(&server, &refresh_token(&answer), None).await), Value::Null);
}

/// B2B-4: another object is required of every request.
#[tokio::test]
async fn another_required_object_is_required_of_apps_of_people_too() {
    let server = server().await;
    client_becomes(&server, "es384-app", |client| {
        client.extensions.insert("local_case".to_owned());
        client.required_extensions = ["local_case".to_owned()].into();
    })
    .await;
    server.passes(CONFIGURATION_AGE);
    let code = app(&server).code("amy", SCOPE, None).await;
    let sentence = "the client assertion must bring extensions with local_case";
    assert_eq!(said(&exchanges(&server, &code, None).await, "a code"), sentence);
    let answer = exchanges(&server, &code, Some(json!({ "local_case": { "number": 7 } }))).await;
    assert_eq!(in_token(&answer), json!({ "local_case": { "number": 7 } }));
    assert_eq!(said(&refreshes(&server, &refresh_token(&answer), None).await, "a refresh"), sentence);
}

#[tokio::test]
async fn what_came_with_the_code_is_in_the_tokens_of_all_refreshes_and_what_comes_with_a_refresh_in_its_own() {
    let server = server().await;
    let code = app(&server).code("amy", SCOPE, None).await;
    let first = json!({ "hl7-b2b": smallest() });
    let second = json!({ "hl7-b2b": but(smallest(), "purpose_of_use", json!(["HPAYMT"])) });
    let answer = exchanges(&server, &code, Some(first.clone())).await;
    assert_eq!(in_token(&answer), first);
    let answer = refreshes(&server, &refresh_token(&answer), None).await;
    assert_eq!(in_token(&answer), first);
    let answer = refreshes(&server, &refresh_token(&answer), Some(second.clone())).await;
    assert_eq!(in_token(&answer), second);
    let answer = refreshes(&server, &refresh_token(&answer), None).await;
    assert_eq!(in_token(&answer), first);
    let seen = introspect(&server, answer.json()["access_token"].as_str().expect("a token")).await;
    assert_eq!((&seen["extensions"], &seen["patient"]), (&first, &json!("amy-shaw")));
}

/// Neither the code nor the refresh token, and not the assertion.
#[tokio::test]
async fn a_bad_object_uses_up_neither_code_nor_refresh_token() {
    let server = server().await;
    let bad = json!({ "hl7-b2b": but(smallest(), "organization_id", json!("https://other.example")) });
    let sentence = "extensions: hl7-b2b: organization_id is not one that this client is registered for";
    let code = app(&server).code("amy", SCOPE, None).await;
    assert_eq!(said(&exchanges(&server, &code, Some(bad.clone())).await, "a code"), sentence);
    let answer = exchanges(&server, &code, None).await;
    let token = refresh_token(&answer);
    assert_eq!(said(&refreshes(&server, &token, Some(bad)).await, "a refresh"), sentence);
    server.passes(60);
    assert_eq!(in_token(&refreshes(&server, &token, None).await), Value::Null);
}

/// B2B-7: the world changes between the code and the refresh.
#[tokio::test]
async fn a_grant_for_an_organization_is_not_refreshed_while_the_client_may_not_speak_for_it() {
    let server = server().await;
    let code = app(&server).code("amy", SCOPE, None).await;
    let answer = exchanges(&server, &code, Some(json!({ "hl7-b2b": smallest() }))).await;
    let (token, access) = (refresh_token(&answer), answer.json()["access_token"].as_str().expect("a token").to_owned());
    let becomes = async |organization: &str| {
        client_becomes(&server, "es384-app", |client| client.organization_ids = [organization.to_owned()].into()).await;
        server.passes(CONFIGURATION_AGE);
    };
    becomes("https://b.example").await;
    // Not with an object for the other one either: the person let an app in that spoke for the first.
    let other = json!({ "hl7-b2b": but(smallest(), "organization_id", json!("https://b.example")) });
    for brought in [None, Some(other)] {
        let found = said(&refreshes(&server, &token, brought).await, "a refresh");
        assert_eq!(found, "the refresh token is unknown, has expired or was revoked");
    }
    assert_eq!(introspect(&server, &access).await, json!({ "active": false }));
    becomes(PAYER).await;
    assert_eq!(in_token(&refreshes(&server, &token, None).await), json!({ "hl7-b2b": smallest() }));
    assert_eq!(introspect(&server, &access).await["active"], true);
}
