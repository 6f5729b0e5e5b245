//! To which apps an EHR may bring its user (VOUCH-13).

use super::{launches, server, url_for, word};
use kit::{App, Person, TestServer, app::Proof};
use serde_json::json;

const SCOPE: &str = "openid launch/patient patient/*.rs";

/// A server with a public app at this address.
async fn with_app(server: &TestServer, client_id: &str) -> String {
    let word = word(server).with_claim("client_id", json!(client_id));
    let body = json!({ "patient": "amy-shaw", "client_id": client_id, "user_assertion": word.sign() });
    kit::Ehr::of(server).launches(body).await
}

#[tokio::test]
async fn a_public_app_that_any_other_on_the_device_could_be_is_not_opened() {
    let server = server().await;
    for redirect_uri in ["http://127.0.0.1/callback", "http://127.0.0.1:4711/callback", "com.example.app:/callback"] {
        let launch = with_app(&server, "native-app").await;
        let app = App { client_id: "native-app", redirect_uri, ..App::public(&server) };
        let answer = Person::named(&server, "nobody").asks(&url_for(&app, SCOPE, &launch, &[])).await;
        assert_eq!(answer.query("error").as_deref(), Some("invalid_request"), "{redirect_uri}: {}", answer.location());
    }
}

/// Without an EHR's word, the same app is opened as ever.
#[tokio::test]
async fn that_app_is_opened_for_a_person_who_signs_in() {
    let server = server().await;
    let launch = kit::Ehr::of(&server).launches(json!({ "patient": "amy-shaw", "client_id": "native-app" })).await;
    let app = App { client_id: "native-app", redirect_uri: "com.example.app:/callback", ..App::public(&server) };
    assert!(Person::named(&server, "hannah").opens(&url_for(&app, SCOPE, &launch, &[])).await.page().asks("password"));
}

#[tokio::test]
async fn a_confidential_app_is_opened() {
    let server = server().await;
    let launch = with_app(&server, "symmetric-app").await;
    let app = App::symmetric(&server);
    assert!(matches!(app.proof, Proof::Basic(_)));
    let scope = "launch openid patient/*.rs";
    let answer = Person::named(&server, "nobody").goes_through(&url_for(&app, scope, &launch, &[]), None).await;
    let tokens = app.exchanges(&answer.query("code").expect("a code")).await;
    assert_eq!(tokens.0["patient"], "amy-shaw");
}

/// In an address, a token is anybody's.
#[tokio::test]
async fn no_token_is_given_at_the_redirect() {
    let server = TestServer::start_with(|toml| {
        let grants = "[policy]\ngrant_types = [\"authorization_code\", \"refresh_token\", \"client_credentials\", \"implicit\"]\n";
        let own = "grant_types = [\"authorization_code\", \"refresh_token\"]\nredirect_uris = [\"https://app.example/callback\"";
        let both = own.replace("\"refresh_token\"]", "\"refresh_token\", \"implicit\"]");
        super::unasked(&toml).replacen("[[fhir_servers]]", &format!("{grants}[[fhir_servers]]"), 1).replacen(own, &both, 1)
    })
    .await;
    let app = App::public(&server);
    let launch = launches(&server, &word(&server)).await;
    let url = url_for(&app, "launch user/*.rs", &launch, &[("response_type", "token")]);
    let answer = Person::named(&server, "nobody").asks(&url).await;
    assert!(answer.location().contains("error=invalid_request"), "{}", answer.location());
}
