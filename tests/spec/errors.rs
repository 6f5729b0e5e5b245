//! The error matrix, rows E10 to E22: what token, introspect and revoke answer when something is wrong.

use axum::http::Method;
use kit::{
    Answer, App, TestServer, Tokens,
    app::{assertion_form, introspect, with},
    http::basic,
    log::{Log, assert_explained},
};
use serde_json::{Value, json};

const SCOPE: &str = "openid fhirUser launch/patient offline_access patient/*.rs";
const ORIGIN: &str = "https://app.example";
const SECRET: &str = "symmetric-secret-of-more-than-32-characters";
const FHIR_SECRET: &str = "clinic-fhir-secret-of-more-than-32-characters";
const REFRESH: [(&str, &str); 2] = [("grant_type", "refresh_token"), ("refresh_token", "x")];

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

/// E10.
#[tokio::test]
async fn the_token_endpoint_answers_a_get_with_405_and_names_post() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    let get = server.request(Method::GET, "/clinic/token", &[("origin", ORIGIN)], String::new()).await;
    assert_error(&get, "405 invalid_request", "GET");
    assert!(get.header("allow").is_some_and(|allow| allow.contains("POST")));
}

/// E10.
#[tokio::test]
async fn the_token_endpoint_takes_a_form_and_no_json() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    let json = [("content-type", "application/json"), ("origin", ORIGIN)];
    let answer = server.request(Method::POST, "/clinic/token", &json, r#"{"grant_type":"refresh_token"}"#).await;
    assert_error(&answer, "400 invalid_request", "a JSON body");
}

/// E10.
#[tokio::test]
async fn a_token_request_without_a_grant_type_is_an_invalid_request() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    let answer = posts(&server, "token", &[("client_id", "public-app")], &[]).await;
    assert_error(&answer, "400 invalid_request", "no grant_type");
}

/// E10.
#[tokio::test]
async fn a_token_request_with_a_parameter_twice_is_an_invalid_request() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    let twice = [("grant_type", "refresh_token"), ("grant_type", "refresh_token"), ("client_id", "public-app")];
    assert_error(&posts(&server, "token", &twice, &[]).await, "400 invalid_request", "grant_type twice");
}

/// E11.
#[tokio::test]
async fn an_unknown_grant_type_is_unsupported() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    for grant_type in ["password", "urn:ietf:params:oauth:grant-type:device_code", "nonsense"] {
        let form = [("grant_type", grant_type), ("client_id", "public-app")];
        assert_error(&posts(&server, "token", &form, &[]).await, "400 unsupported_grant_type", grant_type);
    }
}

/// E12.
#[tokio::test]
async fn an_app_of_people_may_not_ask_for_itself() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    let form = [("grant_type", "client_credentials"), ("client_id", "public-app"), ("scope", "system/*.rs")];
    assert_error(&posts(&server, "token", &form, &[]).await, "400 unauthorized_client", "client_credentials");
}

/// E12.
#[tokio::test]
async fn an_app_that_gets_no_refresh_tokens_may_not_refresh() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    let legacy = basic("legacy-app", "legacy-secret-of-more-than-32-characters");
    let answer = posts(&server, "token", &REFRESH, &[("authorization", &legacy)]).await;
    assert_error(&answer, "400 unauthorized_client", "refresh_token");
}

/// E13.
#[tokio::test]
async fn a_wrong_secret_in_the_header_is_challenged() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    for wrong in ["wrong", &SECRET[1..]] {
        is_challenged(&server, "token", &REFRESH, ("symmetric-app", wrong)).await;
    }
}

/// E13.
#[tokio::test]
async fn an_unknown_client_in_the_header_is_challenged_like_a_wrong_secret() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    is_challenged(&server, "token", &REFRESH, ("nobody", SECRET)).await;
}

async fn is_challenged(server: &TestServer, endpoint: &str, form: &[(&str, &str)], (user, password): (&str, &str)) {
    let answer = posts(server, endpoint, form, &[("authorization", &basic(user, password))]).await;
    assert_error(&answer, "401 invalid_client", user);
    assert!(answer.header("www-authenticate").is_some_and(|challenge| challenge.starts_with("Basic ")));
}

/// E14.
#[tokio::test]
async fn no_bad_assertion_authenticates_a_client() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    let app = App::backend(&server);
    let now = server.now().0;
    let good = || app.assertion();
    let claim = |name: &str, value: Value| good().with_claim(name, value).sign();
    let header = |name: &str, value: Value| good().with_header(name, value).sign();
    for (case, jwt) in [
        ("signed by another key", good().signed_by_a_stranger()),
        ("iss is not sub", claim("iss", json!("public-app"))),
        ("another aud", claim("aud", json!("https://elsewhere.example/token"))),
        ("exp more than five minutes ahead", claim("exp", json!(now + 361))),
        ("expired", claim("exp", json!(now - 60))),
        ("without exp", claim("exp", Value::Null)),
        ("without jti", claim("jti", Value::Null)),
        ("a jku that is not registered", header("jku", json!("https://elsewhere.example/jwks.json"))),
        ("an unknown kid", header("kid", json!("unknown"))),
        ("alg none", good().with_header("alg", json!("none")).unsigned() + "."),
        ("alg HS256", good().with_header("alg", json!("HS256")).signed_with_the_public_key()),
        ("not a JWT", "nonsense".to_owned()),
    ] {
        assert_error(&shows(&server, &jwt).await, "401 invalid_client", case);
    }
}

/// E14.
#[tokio::test]
async fn an_assertion_authenticates_its_client_once() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    let assertion = App::backend(&server).assertion().sign();
    assert_eq!(shows(&server, &assertion).await.status, 200);
    assert_error(&shows(&server, &assertion).await, "401 invalid_client", "used before");
}

async fn shows(server: &TestServer, jwt: &str) -> Answer {
    let proof = assertion_form(jwt);
    let mut form = vec![("grant_type", "client_credentials"), ("scope", "system/*.rs")];
    form.extend(proof.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    posts(server, "token", &form, &[]).await
}

/// E15.
#[tokio::test]
async fn a_confidential_client_that_does_not_authenticate_is_refused() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    for client_id in ["symmetric-app", "post-app", "rs384-app", "es384-app"] {
        let form = [("grant_type", "authorization_code"), ("code", "x"), ("client_id", client_id)];
        assert_error(&posts(&server, "token", &form, &[]).await, "400 invalid_client", client_id);
    }
}

/// E16.
#[tokio::test]
async fn a_secret_in_the_header_and_in_the_form_is_an_invalid_request() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    let header = basic("symmetric-app", SECRET);
    let form = [&REFRESH[..], &[("client_id", "symmetric-app"), ("client_secret", SECRET)]].concat();
    let answer = posts(&server, "token", &form, &[("authorization", &header)]).await;
    assert_error(&answer, "400 invalid_request", "Basic and a secret in the form");
}

/// E16.
#[tokio::test]
async fn a_secret_and_an_assertion_at_once_are_an_invalid_request() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    let header = basic("symmetric-app", SECRET);
    let assertion = assertion_form(&App::backend(&server).assertion().sign());
    let mut form = REFRESH.to_vec();
    form.extend(assertion.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let answer = posts(&server, "token", &form, &[("authorization", &header)]).await;
    assert_error(&answer, "400 invalid_request", "Basic and an assertion");
}

/// E17.
#[tokio::test]
async fn a_code_that_was_never_given_out_is_an_invalid_grant() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    let answer = redeems(&server, App::public(&server).exchange_form("unknown")).await;
    assert_error(&answer, "400 invalid_grant", "unknown");
}

/// E17.
#[tokio::test]
async fn a_code_is_redeemed_with_the_redirect_uri_it_was_sent_to() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    is_refused_without_harm(&server, "redirect_uri", "https://app.example/other?keep=1").await;
}

/// E17.
#[tokio::test]
async fn a_code_is_redeemed_with_the_verifier_of_its_challenge() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    is_refused_without_harm(&server, "code_verifier", &"v".repeat(43)).await;
}

/// Without the parameter, and with another value; the code is still good for whoever has it right.
async fn is_refused_without_harm(server: &TestServer, name: &str, other: &str) {
    let app = App::public(server);
    let code = app.code("amy", SCOPE, None).await;
    for (case, value) in [("another", Some(other)), ("none", None)] {
        let answer = redeems(server, with(app.exchange_form(&code), name, value)).await;
        assert_error(&answer, "400 invalid_grant", &format!("{name}: {case}"));
    }
    assert_eq!(redeems(server, app.exchange_form(&code)).await.status, 200);
}

/// E17.
#[tokio::test]
async fn a_code_is_good_for_the_app_it_was_given_to_alone() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    let app = App::public(&server);
    let form = app.exchange_form(&app.code("amy", SCOPE, None).await);
    assert_eq!(App::second(&server).sends("token", &form).await.refusal(), "400 invalid_grant");
    assert_eq!(redeems(&server, form).await.status, 200);
}

/// E17.
#[tokio::test]
async fn a_code_is_good_once() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    let app = App::public(&server);
    let form = app.exchange_form(&app.code("amy", SCOPE, None).await);
    assert_eq!(redeems(&server, form.clone()).await.status, 200);
    assert_error(&redeems(&server, form).await, "400 invalid_grant", "used");
}

/// E17.
#[tokio::test]
async fn a_code_is_good_for_less_than_a_minute() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    let app = App::public(&server);
    let form = app.exchange_form(&app.code("amy", SCOPE, None).await);
    server.passes(60);
    assert_error(&redeems(&server, form).await, "400 invalid_grant", "expired");
}

/// The public app sends this form.
async fn redeems(server: &TestServer, form: Vec<(String, String)>) -> Answer {
    let form = with(form, "client_id", Some("public-app"));
    let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    posts(server, "token", &form, &[]).await
}

/// E18.
#[tokio::test]
async fn a_refresh_token_that_was_never_given_out_is_an_invalid_grant() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    assert_error(&refreshes(&server, "unknown").await, "400 invalid_grant", "unknown");
}

/// E18.
#[tokio::test]
async fn a_refresh_token_is_good_for_the_app_it_was_given_to_alone() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    let foreign = App::second(&server).gets_tokens("amy", SCOPE, None).await;
    assert_error(&refreshes(&server, foreign.refresh_token()).await, "400 invalid_grant", "another client's");
}

/// E18.
#[tokio::test]
async fn a_refresh_token_that_was_revoked_is_an_invalid_grant() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    let app = App::public(&server);
    let revoked = app.gets_tokens("amy", SCOPE, None).await;
    app.revokes(revoked.refresh_token()).await;
    assert_error(&refreshes(&server, revoked.refresh_token()).await, "400 invalid_grant", "revoked");
}

/// E18.
#[tokio::test]
async fn a_refresh_token_that_is_used_twice_ends_its_whole_family() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    let app = App::public(&server);
    let first = app.gets_tokens("amy", SCOPE, None).await;
    let second = app.refreshes(first.refresh_token()).await;
    server.passes(10);
    assert_error(&refreshes(&server, first.refresh_token()).await, "400 invalid_grant", "reused");
    let answer = refreshes(&server, second.refresh_token()).await;
    assert_error(&answer, "400 invalid_grant", "of a family in which one was reused");
    assert_eq!(app.introspected(second.access_token()).await, json!({ "active": false }));
}

/// The public app sends this refresh token.
async fn refreshes(server: &TestServer, refresh_token: &str) -> Answer {
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh_token), ("client_id", "public-app")];
    posts(server, "token", &form, &[]).await
}

/// E19.
#[tokio::test]
async fn a_refresh_never_gives_more_than_was_granted() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    let tokens = App::public(&server).gets_tokens("amy", "launch/patient offline_access patient/Patient.r", None).await;
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", tokens.refresh_token()),
        ("scope", "patient/*.rs"),
        ("client_id", "public-app"),
    ];
    assert_error(&posts(&server, "token", &form, &[]).await, "400 invalid_scope", "refresh");
}

/// E19.
#[tokio::test]
async fn a_backend_service_that_asks_for_nothing_it_may_have_gets_no_token() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    let proof = assertion_form(&App::backend(&server).assertion().sign());
    let mut form = vec![("grant_type", "client_credentials"), ("scope", "user/*.cruds openid")];
    form.extend(proof.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    assert_error(&posts(&server, "token", &form, &[]).await, "400 invalid_scope", "client_credentials");
}

/// E20.
#[tokio::test]
async fn introspection_refuses_a_caller_who_does_not_authenticate() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    assert_error(&posts(&server, "introspect", &[("token", "x")], &[]).await, "401 invalid_client", "nobody");
}

/// E20.
#[tokio::test]
async fn introspection_challenges_a_caller_with_a_wrong_secret() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    is_challenged(&server, "introspect", &[("token", "x")], ("clinic-fhir", "wrong")).await;
}

/// E20.
#[tokio::test]
async fn introspection_calls_an_unknown_token_inactive() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    assert_eq!(introspect(&server, "x").await, json!({ "active": false }));
}

/// E20.
#[tokio::test]
async fn introspection_without_a_token_is_an_invalid_request() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    let answer = posts(&server, "introspect", &[], &[("authorization", &basic("clinic-fhir", FHIR_SECRET))]).await;
    assert_error(&answer, "400 invalid_request", "no token");
}

/// E21.
#[tokio::test]
async fn revocation_of_an_unknown_token_succeeds() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    assert_eq!(App::public(&server).revokes("unknown").await.status, 200);
}

/// E21.
#[tokio::test]
async fn revocation_refuses_a_caller_who_does_not_authenticate() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    assert_error(&posts(&server, "revoke", &[("token", "x")], &[]).await, "400 invalid_client", "nobody");
}

/// E21.
#[tokio::test]
async fn revocation_challenges_a_client_with_a_wrong_secret() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    is_challenged(&server, "revoke", &[("token", "x")], ("symmetric-app", "wrong")).await;
}

/// E22.
#[tokio::test]
async fn a_throttled_table_is_a_429_that_says_when_to_come_back_and_nothing_of_the_cause() {
    let (_log, _listening) = Log::listen();
    says_when_to_come_back(400, "ProvisionedThroughputExceededException", "429 temporarily_unavailable").await;
}

/// E22. An outage that a retry may find over is 503 `temporarily_unavailable` rather than 500 `server_error`.
#[tokio::test]
async fn an_outage_is_a_503_that_says_when_to_come_back_and_nothing_of_the_cause() {
    let (_log, _listening) = Log::listen();
    says_when_to_come_back(500, "InternalServerError", "503 temporarily_unavailable").await;
}

/// And whoever comes back finds nothing lost.
async fn says_when_to_come_back(status: u16, error: &'static str, refusal: &str) {
    let server = TestServer::start().await;
    let tokens = App::public(&server).gets_tokens("amy", SCOPE, None).await;
    server.outage.begins(status, error).await;
    let answer = refreshes(&server, tokens.refresh_token()).await;
    assert_error(&answer, refusal, error);
    assert!(answer.header("retry-after").is_some());
    for word in ["secret of the table", error, "DynamoDB", "panicked", ".rs"] {
        assert!(!answer.body.contains(word), "{word} in {}", answer.body);
    }
    server.outage.ends();
    assert_eq!(refreshes(&server, tokens.refresh_token()).await.status, 200);
}

/// E22.
#[tokio::test]
async fn an_outage_never_makes_a_token_inactive() {
    let (_log, _listening) = Log::listen();
    let (server, tokens) = in_an_outage().await;
    let (token, fhir) = ([("token", tokens.access_token())], basic("clinic-fhir", FHIR_SECRET));
    let asked = server.post("/clinic/introspect", &token, &[("authorization", &fhir)]).await;
    assert_eq!(asked.refusal(), "503 temporarily_unavailable");
}

/// E22.
#[tokio::test]
async fn an_outage_never_makes_a_client_unknown() {
    let (_log, _listening) = Log::listen();
    let (server, tokens) = in_an_outage().await;
    let revoked = App::symmetric(&server).revokes(tokens.access_token()).await;
    assert_eq!(revoked.refusal(), "503 temporarily_unavailable");
}

/// The tenant and its FHIR server are known; no client has been read since.
async fn in_an_outage() -> (TestServer, Tokens) {
    let server = TestServer::start().await;
    let tokens = App::public(&server).gets_tokens("amy", SCOPE, None).await;
    server.server.forget_configuration();
    introspect(&server, tokens.access_token()).await;
    server.outage.begins(500, "InternalServerError").await;
    (server, tokens)
}
