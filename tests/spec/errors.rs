//! The error matrix, rows E10 to E22: what token, introspect and revoke answer when something is wrong.

use axum::http::Method;
use kit::{
    Answer, App, TestServer,
    app::{Proof, assertion_form, introspect, with},
    http::basic,
    log::{Log, assert_explained},
};
use serde_json::{Value, json};

const SCOPE: &str = "openid fhirUser launch/patient offline_access patient/*.rs";
const ORIGIN: &str = "https://app.example";
const SECRET: &str = "symmetric-secret-of-more-than-32-characters";

/// Posts as a browser app's page would.
async fn posts(server: &TestServer, endpoint: &str, form: &[(&str, &str)], headers: &[(&str, &str)]) -> Answer {
    let mut all = vec![("origin", ORIGIN)];
    all.extend_from_slice(headers);
    server.post(&format!("/clinic/{endpoint}"), form, &all).await
}

/// R6749-7. The matrix asks of every body: JSON, `Cache-Control: no-store`, `Pragma: no-cache`, CORS as on success.
fn assert_error(answer: &Answer, refusal: &str, case: &str) {
    assert_eq!(answer.refusal(), refusal, "{case}");
    assert_explained(answer, case);
    assert_eq!(answer.header("content-type"), Some("application/json"), "{case}");
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{case}");
    assert_eq!(answer.header("pragma"), Some("no-cache"), "{case}");
    assert_eq!(answer.header("access-control-allow-origin"), Some(ORIGIN), "{case}");
    let body = answer.json();
    let names: Vec<&String> = body.as_object().expect("members").keys().collect();
    assert_eq!(names, ["error", "error_description"], "{case}");
}

#[tokio::test]
async fn e10_a_get_is_405_and_a_wrong_type_a_missing_grant_type_or_a_duplicate_parameter_400_invalid_request() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    let get = server.request(Method::GET, "/clinic/token", &[("origin", ORIGIN)], String::new()).await;
    assert_error(&get, "405 invalid_request", "GET");
    assert!(get.header("allow").is_some_and(|allow| allow.contains("POST")));
    let json = [("content-type", "application/json"), ("origin", ORIGIN)];
    let body = r#"{"grant_type":"refresh_token"}"#;
    assert_error(
        &server.request(Method::POST, "/clinic/token", &json, body).await,
        "400 invalid_request",
        "a JSON body",
    );
    let nothing = [("client_id", "public-app")];
    assert_error(&posts(&server, "token", &nothing, &[]).await, "400 invalid_request", "no grant_type");
    let twice = [("grant_type", "refresh_token"), ("grant_type", "refresh_token"), ("client_id", "public-app")];
    assert_error(&posts(&server, "token", &twice, &[]).await, "400 invalid_request", "grant_type twice");
}

#[tokio::test]
async fn e11_an_unknown_grant_type_is_400_unsupported_grant_type() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    for grant_type in ["password", "urn:ietf:params:oauth:grant-type:device_code", "nonsense"] {
        let form = [("grant_type", grant_type), ("client_id", "public-app")];
        assert_error(&posts(&server, "token", &form, &[]).await, "400 unsupported_grant_type", grant_type);
    }
}

#[tokio::test]
async fn e12_a_grant_that_is_not_enabled_for_the_client_is_400_unauthorized_client() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    let form = [("grant_type", "client_credentials"), ("client_id", "public-app"), ("scope", "system/*.rs")];
    assert_error(&posts(&server, "token", &form, &[]).await, "400 unauthorized_client", "client_credentials");
    let legacy = basic("legacy-app", "legacy-secret-of-more-than-32-characters");
    let form = [("grant_type", "refresh_token"), ("refresh_token", "x")];
    let answer = posts(&server, "token", &form, &[("authorization", &legacy)]).await;
    assert_error(&answer, "400 unauthorized_client", "refresh_token");
}

#[tokio::test]
async fn e13_basic_with_a_wrong_secret_or_an_unknown_client_is_401_with_a_challenge() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    for (user, password) in [("symmetric-app", "wrong"), ("symmetric-app", &SECRET[1..]), ("nobody", SECRET)] {
        let form = [("grant_type", "refresh_token"), ("refresh_token", "x")];
        let answer = posts(&server, "token", &form, &[("authorization", &basic(user, password))]).await;
        assert_error(&answer, "401 invalid_client", user);
        assert!(answer.header("www-authenticate").is_some_and(|challenge| challenge.starts_with("Basic ")));
    }
}

#[tokio::test]
async fn e14_a_bad_assertion_is_401_invalid_client() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    let app = App::backend(&server);
    let now = server.now().0;
    let good = || app.assertion();
    let claim = |name: &str, value: Value| good().with_claim(name, value).sign();
    let header = |name: &str, value: Value| good().with_header(name, value).sign();
    let used = good().sign();
    assert_eq!(shows(&server, &used).await.status, 200);
    for (case, jwt) in [
        ("signed by another key", good().signed_by_a_stranger()),
        ("iss is not sub", claim("iss", json!("public-app"))),
        ("another aud", claim("aud", json!("https://elsewhere.example/token"))),
        ("exp more than five minutes ahead", claim("exp", json!(now + 361))),
        ("expired", claim("exp", json!(now - 60))),
        ("without exp", claim("exp", Value::Null)),
        ("without jti", claim("jti", Value::Null)),
        ("used before", used.clone()),
        ("a jku that is not registered", header("jku", json!("https://elsewhere.example/jwks.json"))),
        ("an unknown kid", header("kid", json!("unknown"))),
        ("alg none", good().with_header("alg", json!("none")).unsigned() + "."),
        ("alg HS256", good().with_header("alg", json!("HS256")).signed_with_the_public_key()),
        ("not a JWT", "nonsense".to_owned()),
    ] {
        assert_error(&shows(&server, &jwt).await, "401 invalid_client", case);
    }
}

async fn shows(server: &TestServer, jwt: &str) -> Answer {
    let proof = assertion_form(jwt);
    let mut form = vec![("grant_type", "client_credentials"), ("scope", "system/*.rs")];
    form.extend(proof.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    posts(server, "token", &form, &[]).await
}

#[tokio::test]
async fn e15_a_confidential_client_without_authentication_is_401_invalid_client() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    for client_id in ["symmetric-app", "post-app", "rs384-app", "es384-app"] {
        let form = [("grant_type", "authorization_code"), ("code", "x"), ("client_id", client_id)];
        assert_error(&posts(&server, "token", &form, &[]).await, "401 invalid_client", client_id);
    }
}

#[tokio::test]
async fn e16_two_ways_of_authentication_are_400_invalid_request() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    let base = [("grant_type", "refresh_token"), ("refresh_token", "x")];
    let header = basic("symmetric-app", SECRET);
    let post = [base[0], base[1], ("client_id", "symmetric-app"), ("client_secret", SECRET)];
    let answer = posts(&server, "token", &post, &[("authorization", &header)]).await;
    assert_error(&answer, "400 invalid_request", "Basic and a secret in the form");
    let assertion = assertion_form(&App::backend(&server).assertion().sign());
    let mut form = base.to_vec();
    form.extend(assertion.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let answer = posts(&server, "token", &form, &[("authorization", &header)]).await;
    assert_error(&answer, "400 invalid_request", "Basic and an assertion");
}

#[tokio::test]
async fn e17_a_code_that_is_unknown_expired_used_foreign_or_unproven_is_400_invalid_grant() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    let app = App::public(&server);
    let sends = async |client_id: &str, form: Vec<(String, String)>| {
        let form = with(form, "client_id", Some(client_id));
        let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        posts(&server, "token", &form, &[]).await
    };
    let code = app.code("amy", SCOPE, None).await;
    let good = || app.exchange_form(&code);
    for (case, form) in [
        ("unknown", app.exchange_form("unknown")),
        ("another redirect_uri", with(good(), "redirect_uri", Some("https://app.example/other?keep=1"))),
        ("no redirect_uri", with(good(), "redirect_uri", None)),
        ("another verifier", with(good(), "code_verifier", Some(&"v".repeat(43)))),
        ("no verifier", with(good(), "code_verifier", None)),
    ] {
        assert_error(&sends("public-app", form).await, "400 invalid_grant", case);
    }
    let answer = App::second(&server).sends("token", &good()).await;
    assert_eq!(answer.refusal(), "400 invalid_grant", "another client's");
    assert_eq!(sends("public-app", good()).await.status, 200);
    assert_error(&sends("public-app", good()).await, "400 invalid_grant", "used");
    let late = app.code("amy", SCOPE, None).await;
    server.passes(60);
    assert_error(&sends("public-app", app.exchange_form(&late)).await, "400 invalid_grant", "expired");
}

#[tokio::test]
async fn e18_a_refresh_token_that_is_unknown_revoked_reused_or_foreign_is_400_invalid_grant() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    let app = App::public(&server);
    let sends = async |refresh_token: &str| {
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh_token), ("client_id", "public-app")];
        posts(&server, "token", &form, &[]).await
    };
    assert_error(&sends("unknown").await, "400 invalid_grant", "unknown");
    let foreign = App::second(&server).gets_tokens("amy", SCOPE, None).await;
    assert_error(&sends(foreign.refresh_token()).await, "400 invalid_grant", "another client's");
    let revoked = app.gets_tokens("amy", SCOPE, None).await;
    app.revokes(revoked.refresh_token()).await;
    assert_error(&sends(revoked.refresh_token()).await, "400 invalid_grant", "revoked");
    let first = app.gets_tokens("amy", SCOPE, None).await;
    let second = app.refreshes(first.refresh_token()).await;
    assert_error(&sends(first.refresh_token()).await, "400 invalid_grant", "reused");
    assert_error(&sends(second.refresh_token()).await, "400 invalid_grant", "of a family in which one was reused");
    assert_eq!(app.introspected(second.access_token()).await, json!({ "active": false }));
}

#[tokio::test]
async fn e19_a_scope_beyond_the_grant_or_nothing_allowed_is_400_invalid_scope() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    let app = App::public(&server);
    let tokens = app.gets_tokens("amy", "launch/patient offline_access patient/Patient.r", None).await;
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", tokens.refresh_token()),
        ("scope", "patient/*.rs"),
        ("client_id", "public-app"),
    ];
    assert_error(&posts(&server, "token", &form, &[]).await, "400 invalid_scope", "refresh");
    let proof = assertion_form(&App::backend(&server).assertion().sign());
    let mut form = vec![("grant_type", "client_credentials"), ("scope", "user/*.cruds openid")];
    form.extend(proof.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    assert_error(&posts(&server, "token", &form, &[]).await, "400 invalid_scope", "client_credentials");
}

#[tokio::test]
async fn e20_introspection_is_401_for_a_bad_caller_inactive_for_a_bad_token_and_400_without_one() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    assert_error(&posts(&server, "introspect", &[("token", "x")], &[]).await, "401 invalid_client", "nobody");
    let wrong = basic("clinic-fhir", "wrong");
    let answer = posts(&server, "introspect", &[("token", "x")], &[("authorization", &wrong)]).await;
    assert_error(&answer, "401 invalid_client", "a wrong secret");
    assert!(answer.header("www-authenticate").is_some());
    assert_eq!(introspect(&server, "x").await, json!({ "active": false }));
    let right = basic("clinic-fhir", "clinic-fhir-secret-of-more-than-32-characters");
    let answer = posts(&server, "introspect", &[], &[("authorization", &right)]).await;
    assert_error(&answer, "400 invalid_request", "no token");
}

#[tokio::test]
async fn e21_revocation_is_200_for_an_unknown_token_and_401_for_a_bad_client() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    assert_eq!(App::public(&server).revokes("unknown").await.status, 200);
    assert_error(&posts(&server, "revoke", &[("token", "x")], &[]).await, "401 invalid_client", "nobody");
    let wrong = basic("symmetric-app", "wrong");
    let answer = posts(&server, "revoke", &[("token", "x")], &[("authorization", &wrong)]).await;
    assert_error(&answer, "401 invalid_client", "a wrong secret");
    assert!(answer.header("www-authenticate").is_some());
}

#[tokio::test]
async fn e22_throttling_is_429_and_an_outage_503_both_with_retry_after_and_without_a_word_of_the_cause() {
    let (_log, _listening) = Log::listen();
    // An outage that a retry may find over is 503 `temporarily_unavailable` rather than 500 `server_error`.
    let server = TestServer::start().await;
    let app = App::public(&server);
    let tokens = app.gets_tokens("amy", SCOPE, None).await;
    let form =
        [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh_token()), ("client_id", "public-app")];
    for (status, error, refusal) in [
        (400, "ProvisionedThroughputExceededException", "429 temporarily_unavailable"),
        (500, "InternalServerError", "503 temporarily_unavailable"),
    ] {
        server.outage.begins(status, error).await;
        let answer = posts(&server, "token", &form, &[]).await;
        assert_error(&answer, refusal, error);
        assert!(answer.header("retry-after").is_some());
        for word in ["secret of the table", error, "DynamoDB", "panicked", ".rs"] {
            assert!(!answer.body.contains(word), "{word} in {}", answer.body);
        }
    }
    server.outage.ends();
    assert_eq!(posts(&server, "token", &form, &[]).await.status, 200, "nothing was lost");
}

#[tokio::test]
async fn e22_an_outage_never_makes_a_token_inactive_or_a_client_unknown() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    let tokens = App::public(&server).gets_tokens("amy", SCOPE, None).await;
    server.server.forget_configuration();
    introspect(&server, tokens.access_token()).await;
    server.outage.begins(500, "InternalServerError").await;
    let fhir = basic("clinic-fhir", "clinic-fhir-secret-of-more-than-32-characters");
    let token = [("token", tokens.access_token())];
    let asked = server.post("/clinic/introspect", &token, &[("authorization", &fhir)]).await;
    assert_eq!(asked.refusal(), "503 temporarily_unavailable");
    let symmetric = App { proof: Proof::Basic(SECRET), ..App::symmetric(&server) };
    assert_eq!(symmetric.revokes(tokens.access_token()).await.refusal(), "503 temporarily_unavailable");
}
