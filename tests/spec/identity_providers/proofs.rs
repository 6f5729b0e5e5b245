//! How this server proves to the provider who it is, and what becomes of the secret.

use super::*;
use base64::{Engine, engine::general_purpose::STANDARD};
use kit::{
    app::{claims, header},
    log::Log,
    provider::{CLIENT_ID, SECRET},
};

fn with_secret(method: &str) -> String {
    format!("token_endpoint_auth_method = \"{method}\"\nclient_secret = \"{SECRET}\"\nfhir_user_claim = \"fhirUser\"")
}

/// RFC 6749 §2.3.1: both halves are form-encoded before Basic.
#[tokio::test]
async fn by_basic_the_secret_is_encoded_and_not_in_the_form() {
    let provider = Provider::start().await;
    let server = server_with(&provider, &with_secret("client_secret_basic")).await;
    gets_tokens(&server, &provider, amy()).await;
    let sent = provider.authorization().remove(0);
    let decoded = STANDARD.decode(sent.strip_prefix("Basic ").expect("Basic")).expect("base64");
    let decoded = String::from_utf8(decoded).expect("text");
    assert_eq!(decoded, format!("{CLIENT_ID}:the+provider%27s+secret+%2B+with%2Fall%3Dthat%26needs+encoding"));
    let form = provider.requests("/token").remove(0);
    assert!(!form.contains_key("client_secret") && !form.contains_key("client_id"), "one way at a time");
}

#[tokio::test]
async fn by_post_the_secret_is_in_the_form() {
    let provider = Provider::start().await;
    let server = server_with(&provider, &with_secret("client_secret_post")).await;
    gets_tokens(&server, &provider, amy()).await;
    let form = provider.requests("/token").remove(0);
    assert_eq!((form["client_id"].as_str(), form["client_secret"].as_str()), (CLIENT_ID, SECRET));
    assert_eq!(provider.authorization(), [""]);
}

#[tokio::test]
async fn by_key_the_assertion_is_for_this_provider_and_no_token_of_ours() {
    let provider = Provider::start().await;
    let lines = "token_endpoint_auth_method = \"private_key_jwt\"\nfhir_user_claim = \"fhirUser\"";
    let server = server_with(&provider, lines).await;
    gets_tokens(&server, &provider, amy()).await;
    let form = provider.requests("/token").remove(0);
    let assertion = &form["client_assertion"];
    let claims = claims(assertion);
    assert_eq!(claims["iss"], CLIENT_ID);
    assert_eq!(claims["sub"], CLIENT_ID);
    assert_eq!(claims["aud"], provider.issuer);
    assert!(claims["exp"].as_i64() <= Some(server.now().0 + 60));
    let kid = header(assertion)["kid"].clone();
    let jwks = server.get("/clinic/.well-known/jwks.json").await.json();
    assert!(jwks["keys"].as_array().expect("keys").iter().any(|key| key["kid"] == kid), "the tenant's published key");
    assert_eq!(header(assertion)["typ"], "client-authentication+jwt");
}

#[tokio::test]
async fn neither_secret_nor_code_nor_token_nor_person_is_logged() {
    let (log, _listening) = Log::listen();
    let provider = Provider::start().await;
    let server = server_with(&provider, &with_secret("client_secret_basic")).await;
    let mut person = somebody(&server);
    let location = is_sent(&mut person, &server).await;
    let sent = kit::provider::parameters(&location);
    let back = provider.signs_in(&location, amy(), server.now().0);
    let code = kit::provider::parameters(&back)["code"].clone();
    person.opens(&back).await;
    provider.lies(|_, claims| claims["aud"] = json!("wrong"));
    is_refused(&server, &provider, amy()).await;
    let text = log.text();
    for secret in [SECRET, &code, &sent["state"], &sent["nonce"], "00u-amy", "Amy at the provider", "amy-shaw"] {
        assert!(!text.contains(secret), "{secret} is in the log");
    }
    assert!(text.contains("aud is not this server"), "the reason is");
}
