//! Where a resource server finds the object: in the JWT, at introspection, and in what the API authorizer hands on (B2B-8).

use super::{PAYER, bringing, fullest, payer, server_with, service, shows};
use authorizer::Authorizer;
use kit::{App, TestServer, app, app::introspect};
use serde_json::{Value, json};

const BASE: &str = "https://api.example/clinic/fhir";

async fn token(server: &TestServer, app: &App<'_>, extensions: &Value) -> String {
    let answer = shows(server, &bringing(app, extensions.clone()).sign()).await;
    answer.json()["access_token"].as_str().expect("a token").to_owned()
}

/// B2B-8.
#[tokio::test]
async fn the_object_is_the_same_in_a_jwt_and_at_introspection_of_both_kinds_of_token() {
    let server = server_with("").await;
    let extensions = json!({ "hl7-b2b": fullest(), "local_case": { "number": 7 } });
    let jwt = token(&server, &payer(&server), &extensions).await;
    assert_eq!(app::claims(&jwt)["extensions"], extensions);
    let opaque = token(&server, &service(&server, "opaque-payer"), &extensions).await;
    assert!(!opaque.contains('.'));
    for token in [&jwt, &opaque] {
        let seen = introspect(&server, token).await;
        assert_eq!((&seen["active"], &seen["extensions"]), (&json!(true), &extensions));
    }
}

/// B2B-8. What a gateway puts into a header is ASCII.
#[tokio::test]
async fn the_api_authorizer_hands_it_on_as_texts() {
    let server = kit::TestServer::start_with(|toml| {
        let client = format!("client_id = \"backend\"\nextensions = [\"hl7-b2b\"]\norganization_ids = [\"{PAYER}\"]");
        toml.replace("{fhir}", BASE).replacen("client_id = \"backend\"", &client, 1)
    })
    .await;
    let extensions = json!({ "hl7-b2b": fullest() });
    let authorizer = Authorizer::new(server.server.clone(), &format!("clinic={BASE}"), true).expect("a good setting");
    let context = async |token: String| {
        let arn = "arn:aws:execute-api:us-east-1:123456789012:abcdef123/prod/GET/clinic/fhir/Patient";
        let event = json!({ "type": "TOKEN", "authorizationToken": format!("Bearer {token}"), "methodArn": arn });
        authorizer.answers(event).await.expect("an answer")["context"].clone()
    };
    let found = context(token(&server, &App::backend(&server), &extensions).await).await;
    let text = found["extensions"].as_str().expect("a text");
    assert!(text.is_ascii(), "{text}");
    assert_eq!(serde_json::from_str::<Value>(text).expect("JSON"), extensions);
    assert_eq!(found["organization_id"], PAYER);
    let without = App::backend(&server).asks_for_itself("system/*.rs").await.json();
    let found = context(without["access_token"].as_str().expect("a token").to_owned()).await;
    assert_eq!((&found["extensions"], &found["organization_id"]), (&Value::Null, &Value::Null));
}
