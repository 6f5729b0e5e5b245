//! Clients with a secret: HTTP Basic, and in the form only where that is registered (RFC 6749 §2.3.1).

use base64::{Engine, engine::general_purpose::STANDARD};
use kit::{Answer, App, TestServer, app::Proof, http::basic};

const SECRET: &str = "symmetric-secret-of-more-than-32-characters";

/// What any client may ask: a refresh token that nobody has. 400 says that the client is who it says.
async fn asks(server: &TestServer, form: &[(&str, &str)], headers: &[(&str, &str)]) -> Answer {
    let mut all = vec![("grant_type", "refresh_token"), ("refresh_token", "x")];
    all.extend_from_slice(form);
    server.post("/clinic/token", &all, headers).await
}

async fn by_basic(server: &TestServer, user: &str, password: &str) -> String {
    asks(server, &[], &[("authorization", &basic(user, password))]).await.refusal()
}

const KNOWN: &str = "400 invalid_grant";
const UNKNOWN: &str = "401 invalid_client";
/// Nothing was shown that could be right: a 400, at which no browser asks its person for a password (CLI-5).
const WITHOUT_PROOF: &str = "400 invalid_client";

#[tokio::test]
async fn basic_with_the_right_secret_is_accepted() {
    // CLI-2
    let server = TestServer::start().await;
    assert_eq!(by_basic(&server, "symmetric-app", SECRET).await, KNOWN);
}

#[tokio::test]
async fn the_scheme_has_no_case() {
    let server = TestServer::start().await;
    let credentials = STANDARD.encode(format!("symmetric-app:{SECRET}"));
    for scheme in ["basic", "BASIC", "Basic"] {
        let header = format!("{scheme} {credentials}");
        assert_eq!(asks(&server, &[], &[("authorization", &header)]).await.refusal(), KNOWN, "{scheme}");
    }
}

#[tokio::test]
async fn two_live_secrets_work_side_by_side() {
    // CLI-6: one is being replaced.
    let server = TestServer::start().await;
    assert_eq!(by_basic(&server, "symmetric-app", SECRET).await, KNOWN);
    assert_eq!(by_basic(&server, "symmetric-app", "short").await, KNOWN);
}

#[tokio::test]
async fn a_wrong_secret_is_401_with_a_challenge() {
    // CLI-5: "the authorization server MUST respond with an HTTP 401 (Unauthorized) status code and include the
    // "WWW-Authenticate" response header field" (RFC 6749 §5.2).
    let server = TestServer::start().await;
    for wrong in ["", "x", "shor", "short ", "SHORT", &SECRET[1..], &format!("{SECRET}x"), &SECRET.to_uppercase()] {
        let header = basic("symmetric-app", wrong);
        let answer = asks(&server, &[], &[("authorization", &header)]).await;
        assert_eq!(answer.refusal(), UNKNOWN, "{wrong}");
        assert!(answer.header("www-authenticate").is_some_and(|challenge| challenge.starts_with("Basic realm=")));
    }
}

#[tokio::test]
async fn an_unknown_client_and_a_wrong_secret_get_the_same_answer() {
    let server = TestServer::start().await;
    let without_reference = |answer: Answer| {
        let body = answer.json();
        let text = body["error_description"].as_str().expect("a description").to_owned();
        (answer.status, text.split(" (reference").next().map(str::to_owned), answer.headers.len())
    };
    let wrong = asks(&server, &[], &[("authorization", &basic("symmetric-app", &"w".repeat(40)))]).await;
    let unknown = asks(&server, &[], &[("authorization", &basic("nobody", &"w".repeat(40)))]).await;
    assert_eq!(without_reference(wrong), without_reference(unknown));
}

#[tokio::test]
async fn one_clients_secret_does_not_open_another() {
    let server = TestServer::start().await;
    assert_eq!(by_basic(&server, "legacy-app", SECRET).await, UNKNOWN);
    assert_eq!(by_basic(&server, "backend", SECRET).await, UNKNOWN);
    assert_eq!(by_basic(&server, "clinic-fhir", "clinic-fhir-secret-of-more-than-32-characters").await, UNKNOWN);
}

/// Symmetric-app with an id and a secret that a form encodes differently.
async fn with_odd_characters() -> TestServer {
    TestServer::start_with(|toml| {
        toml.replace("client_id = \"legacy-app\"", "client_id = \"an app/1\"")
            .replace("legacy-secret-of-more-than-32-characters", "100% legacy+secret/of more than 32 characters")
    })
    .await
}

#[tokio::test]
async fn id_and_secret_may_come_raw_or_form_encoded() {
    // CLI-3: RFC 6749 §2.3.1 encodes them, SMART does not.
    let server = with_odd_characters().await;
    let secret = "100% legacy+secret/of more than 32 characters";
    let encoded_secret = "100%25+legacy%2Bsecret%2Fof+more+than+32+characters";
    let percent_encoded_secret = encoded_secret.replace('+', "%20");
    for id in ["an app/1", "an+app%2F1", "an%20app%2F1"] {
        for password in [secret, encoded_secret, &percent_encoded_secret] {
            let header = basic(id, password);
            let form = [("grant_type", "authorization_code"), ("code", "x"), ("redirect_uri", "x")];
            let answer = server.post("/clinic/token", &form, &[("authorization", &header)]).await;
            assert_eq!(answer.refusal(), KNOWN, "{id} {password}");
        }
    }
    assert_eq!(by_basic(&server, "an app/1", "100%25 wrong").await, UNKNOWN);
}

#[tokio::test]
async fn a_secret_in_the_form_is_accepted_only_where_it_is_registered() {
    let server = TestServer::start().await;
    let form = [("client_id", "symmetric-app"), ("client_secret", SECRET)];
    assert_eq!(asks(&server, &form, &[]).await.refusal(), UNKNOWN);
    let secret = "post-secret-of-more-than-thirty-two-characters";
    let form = [("client_id", "post-app"), ("client_secret", secret)];
    assert_eq!(asks(&server, &form, &[]).await.refusal(), KNOWN);
    let form = [("client_id", "post-app"), ("client_secret", "wrong")];
    assert_eq!(asks(&server, &form, &[]).await.refusal(), UNKNOWN);
    assert_eq!(asks(&server, &[("client_secret", secret)], &[]).await.refusal(), "400 invalid_request");
    // RFC 6749 §2.3.1: Basic must work for every client with a password.
    assert_eq!(by_basic(&server, "post-app", secret).await, KNOWN);
}

#[tokio::test]
async fn an_app_with_its_secret_in_the_form_gets_its_tokens() {
    let server = TestServer::start().await;
    App::post(&server).gets_tokens("amy", "launch/patient patient/*.rs", None).await;
}

#[tokio::test]
async fn two_ways_in_one_request_are_400_invalid_request() {
    // CLI-4: "The client MUST NOT use more than one authentication method in each request" (RFC 6749 §2.3).
    let server = TestServer::start().await;
    let header = basic("symmetric-app", SECRET);
    let assertion = App::backend(&server).assertion().sign();
    let by_assertion = [
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", assertion.as_str()),
    ];
    let authorization = [("authorization", header.as_str())];
    let two = "400 invalid_request";
    let same = [("client_id", "symmetric-app"), ("client_secret", SECRET)];
    assert_eq!(asks(&server, &same, &authorization).await.refusal(), two);
    assert_eq!(asks(&server, &by_assertion, &authorization).await.refusal(), two);
    let both = [by_assertion[0], by_assertion[1], same[0], same[1]];
    assert_eq!(asks(&server, &both, &[]).await.refusal(), two);
    assert_eq!(asks(&server, &[("client_id", "public-app")], &authorization).await.refusal(), two);
}

#[tokio::test]
async fn basic_with_the_same_client_id_in_the_form_is_one_way() {
    let server = TestServer::start().await;
    let header = basic("symmetric-app", SECRET);
    let answer = asks(&server, &[("client_id", "symmetric-app")], &[("authorization", &header)]).await;
    assert_eq!(answer.refusal(), KNOWN);
}

#[tokio::test]
async fn a_confidential_client_that_only_says_its_name_is_refused() {
    // CLI-1, R6749-3
    let server = TestServer::start().await;
    for client_id in ["symmetric-app", "post-app", "legacy-app", "rs384-app", "es384-app", "backend"] {
        assert_eq!(asks(&server, &[("client_id", client_id)], &[]).await.refusal(), WITHOUT_PROOF, "{client_id}");
    }
}

#[tokio::test]
async fn an_unknown_client_is_refused() {
    let server = TestServer::start().await;
    for client_id in ["nobody", "PUBLIC-APP", "public-app ", "clinic-fhir", "admit", "public-app#x"] {
        assert_eq!(asks(&server, &[("client_id", client_id)], &[]).await.refusal(), WITHOUT_PROOF, "{client_id}");
    }
    assert_eq!(asks(&server, &[], &[]).await.refusal(), WITHOUT_PROOF);
}

#[tokio::test]
async fn a_public_client_can_not_have_a_secret() {
    let server = TestServer::start().await;
    assert_eq!(by_basic(&server, "public-app", "anything").await, UNKNOWN);
    let form = [("client_id", "public-app"), ("client_secret", "anything")];
    assert_eq!(asks(&server, &form, &[]).await.refusal(), UNKNOWN);
    // Some libraries send Basic with an empty password; it says the client_id and nothing else.
    assert_eq!(by_basic(&server, "public-app", "").await, KNOWN);
}

#[tokio::test]
async fn a_bearer_token_is_no_client_authentication() {
    let server = TestServer::start().await;
    let token = App::backend(&server).asks_for_itself("system/*.rs").await.json()["access_token"].clone();
    let header = format!("Bearer {}", token.as_str().expect("a token"));
    let answer = asks(&server, &[("client_id", "public-app")], &[("authorization", &header)]).await;
    assert_eq!(answer.refusal(), UNKNOWN);
}

#[tokio::test]
async fn a_secret_is_no_way_into_client_credentials() {
    // CLI-7
    let server = TestServer::start().await;
    let app = App { proof: Proof::Basic(SECRET), ..App::symmetric(&server) };
    assert_eq!(app.asks_for_itself("system/*.rs").await.refusal(), "400 unauthorized_client");
}
