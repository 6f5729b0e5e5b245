//! id_tokens: who signed in, for this app alone (OpenID Connect Core §2; SMART App Launch 2.2, scopes for identity).

use super::SCOPE;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kit::{
    App, Person, TestServer, Tokens,
    app::{authorize_url, header, with},
    server::ISSUER,
};
use sha2::{Digest, Sha256};

async fn with_nonce(app: &App<'_>, nonce: Option<&str>) -> Tokens {
    let request = with(app.request(SCOPE), "nonce", nonce);
    let answer = Person::named(app.server, "amy").goes_through(&authorize_url(&request), None).await;
    app.exchanges(&answer.query("code").expect("a code")).await
}

#[tokio::test]
async fn it_is_signed_rs256_by_a_published_key() {
    // OIDC-1, OIDC-3
    let server = TestServer::start().await;
    let tokens = App::public(&server).gets_tokens("amy", SCOPE, None).await;
    let id_token = tokens.0["id_token"].as_str().expect("an id_token");
    let header = header(id_token);
    assert_eq!(header["alg"], "RS256");
    assert!(header["kid"].as_str().is_some_and(|kid| !kid.is_empty()));
    server.verified(id_token).await.expect("a good signature");
}

#[tokio::test]
async fn it_is_rs256_whatever_signs_access_tokens() {
    let server = TestServer::start_with(|toml| toml + "\n[policy]\naccess_token_alg = \"RS256\"\n").await;
    let tokens = App::public(&server).gets_tokens("amy", SCOPE, None).await;
    assert_eq!(header(tokens.0["id_token"].as_str().expect("an id_token"))["alg"], "RS256");
}

/// OIDC-18.
#[tokio::test]
async fn it_is_es256_for_a_client_that_is_registered_for_that_and_for_no_other() {
    let own = "client_id = \"public-app\"\nid_token_signed_response_alg = \"ES256\"";
    let server = TestServer::start_with(|toml| toml.replacen("client_id = \"public-app\"", own, 1)).await;
    let app = App::public(&server);
    let first = app.gets_tokens("amy", SCOPE, None).await;
    let again = app.refreshes(first.refresh_token()).await;
    let other = App::second(&server).gets_tokens("amy", SCOPE, None).await;
    for (tokens, alg) in [(first, "ES256"), (again, "ES256"), (other, "RS256")] {
        let id_token = tokens.0["id_token"].as_str().expect("an id_token");
        assert_eq!(header(id_token)["alg"], alg);
        server.verified(id_token).await.expect("a good signature");
        let half = &Sha256::digest(tokens.access_token())[..16];
        assert_eq!(tokens.claims("id_token")["at_hash"], URL_SAFE_NO_PAD.encode(half));
    }
}

#[tokio::test]
async fn the_claims_are_those_of_openid_connect() {
    // OIDC-2
    let server = TestServer::start().await;
    let tokens = App::public(&server).gets_tokens("amy", SCOPE, None).await;
    let claims = tokens.claims("id_token");
    let now = server.now().0;
    assert_eq!(claims["iss"], ISSUER);
    assert_eq!(claims["aud"], "public-app");
    assert_eq!(claims["azp"], "public-app");
    assert_eq!(claims["iat"], now);
    assert_eq!(claims["auth_time"], now);
    assert!(claims["exp"].as_i64().is_some_and(|exp| exp > now));
    let sub = claims["sub"].as_str().expect("a subject");
    assert!(!sub.is_empty() && sub.len() <= 255 && sub.is_ascii());
    assert_eq!(claims["sub"], tokens.claims("access_token")["sub"]);
}

#[tokio::test]
async fn sub_is_the_same_every_time_and_another_for_another_user() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let sub = |tokens: Tokens| tokens.claims("id_token")["sub"].clone();
    let amy = sub(app.gets_tokens("amy", SCOPE, None).await);
    assert_eq!(amy, sub(app.gets_tokens("amy", SCOPE, None).await));
    assert_ne!(amy, sub(app.gets_tokens("hannah", SCOPE, Some("amy-shaw")).await));
}

#[tokio::test]
async fn at_hash_binds_it_to_the_access_token() {
    // OIDC Core §3.1.3.6: "the left-most half of the hash of the octets of the ASCII representation of the access_token
    // value".
    let server = TestServer::start().await;
    let tokens = App::public(&server).gets_tokens("amy", SCOPE, None).await;
    let digest = Sha256::digest(tokens.access_token().as_bytes());
    assert_eq!(tokens.claims("id_token")["at_hash"], URL_SAFE_NO_PAD.encode(&digest[..16]));
}

#[tokio::test]
async fn nonce_comes_back_unchanged_and_only_if_it_was_sent() {
    // OIDC-9
    let server = TestServer::start().await;
    let app = App::public(&server);
    let nonce = "n-0S6_WzA2Mj \"%&+ä";
    assert_eq!(with_nonce(&app, Some(nonce)).await.claims("id_token")["nonce"], nonce);
    assert!(with_nonce(&app, None).await.claims("id_token").get("nonce").is_none());
}

#[tokio::test]
async fn a_refresh_gives_a_new_one_without_nonce() {
    // RFR-15; OIDC Core §12.2: same iss, sub, aud and auth_time, new iat, "it SHOULD NOT have a nonce Claim".
    let server = TestServer::start().await;
    let app = App::public(&server);
    let first = with_nonce(&app, Some("n-1")).await;
    server.passes(1000);
    let second = app.refreshes(first.refresh_token()).await;
    let (old, new) = (first.claims("id_token"), second.claims("id_token"));
    for same in ["iss", "sub", "aud", "azp", "auth_time", "fhirUser"] {
        assert_eq!(old[same], new[same], "{same}");
    }
    assert_eq!(new["iat"], server.now().0);
    assert!(new.get("nonce").is_none());
    server.verified(second.0["id_token"].as_str().expect("an id_token")).await.expect("a good signature");
}

#[tokio::test]
async fn fhir_user_is_the_absolute_url_of_the_users_own_resource() {
    // OIDC-4
    let server = TestServer::start().await;
    let app = App::public(&server);
    for (username, reference) in
        [("amy", "Patient/amy-shaw"), ("hannah", "Practitioner/hannah-patel"), ("rosa", "RelatedPerson/rosa-rivera")]
    {
        let tokens = app.gets_tokens(username, SCOPE, Some("mia-rivera")).await;
        assert_eq!(tokens.claims("id_token")["fhirUser"], format!("{}/{reference}", server.fhir.url));
    }
}

#[tokio::test]
async fn fhir_user_needs_its_scope_and_a_resource_to_point_to() {
    // OIDC-15
    let server = TestServer::start().await;
    let app = App::public(&server);
    let without_scope = app.gets_tokens("amy", "openid launch/patient patient/*.rs", None).await;
    assert!(without_scope.claims("id_token").get("fhirUser").is_none());
    let nobody = app.gets_tokens("clerk", "openid fhirUser user/*.rs", None).await;
    assert!(nobody.claims("id_token").get("fhirUser").is_none());
    assert_eq!(nobody.scope(), "openid user/*.rs");
}

#[tokio::test]
async fn it_is_never_accepted_as_an_access_token() {
    // OIDC-16
    let server = TestServer::start().await;
    let app = App::public(&server);
    let tokens = app.gets_tokens("amy", SCOPE, None).await;
    let id_token = tokens.0["id_token"].as_str().expect("an id_token");
    assert_eq!(app.introspected(id_token).await, serde_json::json!({ "active": false }));
}
