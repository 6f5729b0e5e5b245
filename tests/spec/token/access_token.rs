//! Access tokens are JWTs after RFC 9068, signed by a published key.

use super::SCOPE;
use kit::{App, TestServer, app::header, server::ISSUER};

#[tokio::test]
async fn the_header_says_what_it_is_and_which_key_signed_it() {
    // R9068-1
    let server = TestServer::start().await;
    let tokens = App::public(&server).gets_tokens("amy", SCOPE, None).await;
    let header = header(tokens.access_token());
    assert_eq!(header["typ"], "at+jwt");
    assert_eq!(header["alg"], "ES256");
    let published = server.get("/clinic/.well-known/jwks.json").await.json();
    let kids: Vec<&serde_json::Value> =
        published["keys"].as_array().expect("keys").iter().map(|key| &key["kid"]).collect();
    assert!(kids.contains(&&header["kid"]));
}

#[tokio::test]
async fn a_published_key_verifies_it() {
    let server = TestServer::start().await;
    let tokens = App::public(&server).gets_tokens("amy", SCOPE, None).await;
    server.verified(tokens.access_token()).await.expect("a good signature");
    let spoiled = format!("{}A", &tokens.access_token()[..tokens.access_token().len() - 4]);
    assert!(server.verified(&spoiled).await.is_err());
}

#[tokio::test]
async fn the_claims_are_those_of_rfc_9068() {
    // R9068-2, R9068-3, R9068-5
    let server = TestServer::start().await;
    let tokens = App::public(&server).gets_tokens("amy", SCOPE, None).await;
    let claims = tokens.claims("access_token");
    let now = server.now().0;
    assert_eq!(claims["iss"], ISSUER);
    assert_eq!(claims["aud"], server.fhir.url);
    assert_eq!(claims["client_id"], "public-app");
    assert_eq!(claims["iat"], now);
    assert_eq!(claims["exp"], now + tokens.0["expires_in"].as_i64().expect("a number"));
    assert_eq!(claims["auth_time"], now);
    assert_eq!(claims["scope"], SCOPE);
    assert_eq!(claims["patient"], "amy-shaw");
    assert!(claims["sub"].as_str().is_some_and(|sub| !sub.is_empty()));
    assert!(claims["jti"].as_str().is_some_and(|jti| jti.len() >= 22));
}

#[tokio::test]
async fn no_two_tokens_share_a_jti() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let first = app.gets_tokens("amy", SCOPE, None).await;
    let second = app.refreshes(first.refresh_token()).await;
    assert_ne!(first.claims("access_token")["jti"], second.claims("access_token")["jti"]);
}

#[tokio::test]
async fn auth_time_stays_that_of_the_sign_in() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let first = app.gets_tokens("amy", SCOPE, None).await;
    let signed_in = server.now().0;
    server.passes(1000);
    let second = app.refreshes(first.refresh_token()).await;
    assert_eq!(second.claims("access_token")["auth_time"], signed_in);
    assert_eq!(second.claims("access_token")["iat"], signed_in + 1000);
}

#[tokio::test]
async fn it_needs_no_escaping_in_a_form() {
    // INTR-9: some post it raw.
    let server = TestServer::start().await;
    let tokens = App::public(&server).gets_tokens("amy", SCOPE, None).await;
    for token in [tokens.access_token(), tokens.refresh_token()] {
        assert!(token.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)), "{token}");
    }
}

#[tokio::test]
async fn a_token_with_a_long_scope_still_fits_into_a_header() {
    // TOK-17
    let server = TestServer::start().await;
    let names = ["Observation", "Condition", "Encounter", "Procedure", "Immunization", "MedicationRequest", "Goal"];
    let scope: Vec<String> = names.iter().map(|name| format!("patient/{name}.rs")).collect();
    let tokens = App::public(&server).gets_tokens("amy", &scope.join(" "), None).await;
    assert!(tokens.access_token().len() < 6000);
}

#[tokio::test]
async fn the_tenant_chooses_rs256_if_its_resource_servers_need_it() {
    // R9068-1: RS256 is what every resource server after RFC 9068 §2.1 can verify.
    let server = TestServer::start_with(|toml| toml + "\n[policy]\naccess_token_alg = \"RS256\"\n").await;
    let tokens = App::public(&server).gets_tokens("amy", SCOPE, None).await;
    assert_eq!(header(tokens.access_token())["alg"], "RS256");
    server.verified(tokens.access_token()).await.expect("a good signature");
}

#[tokio::test]
async fn a_client_may_have_a_lifetime_of_its_own() {
    let own = |toml: String| {
        toml.replace("client_id = \"public-app\"", "client_id = \"public-app\"\naccess_token_seconds = 600")
    };
    let server = TestServer::start_with(own).await;
    let tokens = App::public(&server).gets_tokens("amy", SCOPE, None).await;
    assert_eq!(tokens.0["expires_in"], 600);
    server.passes(600);
    assert_eq!(App::public(&server).introspected(tokens.access_token()).await["active"], false);
}
