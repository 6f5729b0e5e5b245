//! Who may call: the EHR, the FHIR server, or a backend service with the scope (LCTX-6).

use super::{PATH, context_of, handle};
use axum::{body::Body, http::Method};
use kit::{App, TestServer, app::tokens, http::basic};

async fn with_authorization(server: &TestServer, authorization: &str) -> kit::Answer {
    server.post(PATH, &[("patient", "wei-chen")], &[("authorization", authorization)]).await
}

#[tokio::test]
async fn the_ehr_is_taken_by_its_own_credentials() {
    let server = TestServer::start().await;
    assert_eq!(with_authorization(&server, &super::ehr()).await.status, 200);
}

/// Firely's documentation names both.
#[tokio::test]
async fn the_fhir_servers_credentials_are_taken_too() {
    let server = TestServer::start().await;
    let fhir = basic("clinic-fhir", "clinic-fhir-secret-of-more-than-32-characters");
    let launch = handle(&with_authorization(&server, &fhir).await);
    assert_eq!(context_of(&server, &launch).await.0["patient"], "wei-chen");
}

/// RFC 9110 §11.6.1: a 401 names what would have been taken.
#[tokio::test]
async fn bad_credentials_get_401_and_a_challenge() {
    let server = TestServer::start().await;
    for (user, password) in [
        ("clinic-ehr", "wrong"),
        ("clinic-ehr", ""),
        ("", "clinic-ehr-secret-of-more-than-32-characters"),
        ("nobody", "clinic-ehr-secret-of-more-than-32-characters"),
        ("CLINIC-EHR", "clinic-ehr-secret-of-more-than-32-characters"),
        ("clinic-fhir", "clinic-ehr-secret-of-more-than-32-characters"),
        ("other-ehr", "other-ehr-secret-of-more-than-32-characters!"),
        ("symmetric-app", "symmetric-secret-of-more-than-32-characters"),
        ("hannah", kit::server::PASSWORD),
    ] {
        let answer = with_authorization(&server, &basic(user, password)).await;
        assert_eq!((answer.status, answer.error().as_str()), (401, "invalid_client"), "{user}");
        assert!(answer.header("www-authenticate").is_some_and(|challenge| challenge.starts_with("Basic ")));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
}

#[tokio::test]
async fn no_credentials_get_401_and_a_challenge() {
    let server = TestServer::start().await;
    let answer = server.post(PATH, &[("patient", "wei-chen")], &[]).await;
    assert_eq!(answer.status, 401);
    assert!(answer.header("www-authenticate").is_some_and(|challenge| challenge.starts_with("Basic ")));
    let in_form = [("patient", "wei-chen"), ("client_id", "clinic-ehr"), ("client_secret", "x")];
    assert_eq!(server.post(PATH, &in_form, &[]).await.status, 401);
}

#[tokio::test]
async fn an_authorization_header_that_makes_no_sense_is_refused() {
    let server = TestServer::start().await;
    for header in ["Basic", "Basic !!!", "Basic Og==", "Digest x", "Bearer", "Bearer a b", "nonsense"] {
        let answer = with_authorization(&server, header).await;
        assert!(matches!(answer.status, 400 | 401), "{header}: {}", answer.status);
        answer.error();
    }
}

async fn token_of_backend(server: &TestServer, scope: &str) -> String {
    tokens(App::backend(server).asks_for_itself(scope).await).access_token().to_owned()
}

#[tokio::test]
async fn a_backend_service_with_the_scope_is_taken() {
    let server = TestServer::start().await;
    let token = token_of_backend(&server, "__launch.create").await;
    let launch = handle(&with_authorization(&server, &format!("Bearer {token}")).await);
    assert_eq!(context_of(&server, &launch).await.0["patient"], "wei-chen");
}

/// RFC 6750 §3.1.
#[tokio::test]
async fn a_backend_service_without_the_scope_gets_403() {
    let server = TestServer::start().await;
    let token = token_of_backend(&server, "system/*.rs __introspect").await;
    let answer = with_authorization(&server, &format!("Bearer {token}")).await;
    assert_eq!((answer.status, answer.error().as_str()), (403, "insufficient_scope"));
    let challenge = answer.header("www-authenticate").expect("a challenge");
    assert!(challenge.starts_with("Bearer ") && challenge.contains("error=\"insufficient_scope\""), "{challenge}");
}

/// An app that a user let in speaks for that user, and not for the EHR.
#[tokio::test]
async fn a_users_token_is_not_the_ehrs() {
    let allowed = "scope = \"__launch.create openid";
    let server = TestServer::start_with(|toml| toml.replacen("scope = \"openid", allowed, 1)).await;
    let tokens = App::public(&server).gets_tokens("amy", "openid __launch.create patient/*.rs", None).await;
    assert!(!tokens.scope().contains("__launch.create"));
    let answer = with_authorization(&server, &format!("Bearer {}", tokens.access_token())).await;
    assert_eq!((answer.status, answer.error().as_str()), (401, "invalid_token"));
}

#[tokio::test]
async fn a_token_that_is_spoilt_expired_or_of_another_tenant_is_refused() {
    let server = TestServer::start().await;
    let token = token_of_backend(&server, "__launch.create").await;
    let mut spoilt = token.clone();
    spoilt.pop();
    for bad in [spoilt.as_str(), "x", "a.b.c", ""] {
        let answer = with_authorization(&server, &format!("Bearer {bad}")).await;
        assert!(matches!(answer.status, 400 | 401), "{}", answer.status);
    }
    let elsewhere = server
        .post("/other/launchContext", &[("patient", "x")], &[("authorization", &format!("Bearer {token}"))])
        .await;
    assert_eq!((elsewhere.status, elsewhere.error().as_str()), (401, "invalid_token"));
    server.passes(300);
    let late = with_authorization(&server, &format!("Bearer {token}")).await;
    assert_eq!((late.status, late.error().as_str()), (401, "invalid_token"));
}

#[tokio::test]
async fn a_revoked_token_is_refused() {
    let server = TestServer::start().await;
    let token = token_of_backend(&server, "__launch.create").await;
    assert_eq!(App::backend(&server).posts("revoke", &[("token", &token)]).await.status, 200);
    assert_eq!(with_authorization(&server, &format!("Bearer {token}")).await.status, 401);
}

#[tokio::test]
async fn an_id_token_is_no_access_token() {
    let server = TestServer::start().await;
    let tokens = App::public(&server).gets_tokens("amy", "openid patient/*.rs", None).await;
    let id_token = tokens.0["id_token"].as_str().expect("an id_token");
    assert_eq!(with_authorization(&server, &format!("Bearer {id_token}")).await.status, 401);
}

#[tokio::test]
async fn other_methods_get_405() {
    let server = TestServer::start().await;
    for method in [Method::GET, Method::PUT, Method::DELETE, Method::PATCH] {
        let headers = [("authorization", super::ehr())];
        let headers: Vec<(&str, &str)> = headers.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let answer = server.request(method.clone(), PATH, &headers, Body::empty()).await;
        assert_eq!(answer.status, 405, "{method}");
        assert_eq!(answer.header("allow"), Some("POST, OPTIONS"));
    }
}

#[tokio::test]
async fn the_tenant_must_exist() {
    let server = TestServer::start().await;
    let headers = [("authorization", super::ehr())];
    let headers: Vec<(&str, &str)> = headers.iter().map(|(n, v)| (*n, v.as_str())).collect();
    assert_eq!(server.post("/nobody/launchContext", &[("patient", "x")], &headers).await.status, 404);
}

/// Both secrets are good while one is being replaced.
#[tokio::test]
async fn two_secrets_are_good_while_one_is_being_replaced() {
    let one = "secret = \"clinic-ehr-secret-of-more-than-32-characters\"";
    let two =
        "secrets = [\"clinic-ehr-secret-of-more-than-32-characters\", \"the-next-secret-of-more-than-32-characters\"]";
    let server = TestServer::start_with(|toml| toml.replace(one, two)).await;
    assert_eq!(with_authorization(&server, &super::ehr()).await.status, 200);
    let next = basic("clinic-ehr", "the-next-secret-of-more-than-32-characters");
    assert_eq!(with_authorization(&server, &next).await.status, 200);
}
