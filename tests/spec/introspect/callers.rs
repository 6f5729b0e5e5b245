//! Who may ask about a token (RFC 7662 §2.1; SMART App Launch 2.2, token introspection).

use super::SCOPE;
use kit::{Answer, App, TestServer, http::basic};
use rules::tenant::SigningAlg;
use serde_json::json;

async fn asks_by(server: &TestServer, authorization: &str, token: &str) -> Answer {
    server.post("/clinic/introspect", &[("token", token)], &[("authorization", authorization)]).await
}

/// An access token of the backend service itself.
async fn own_token(server: &TestServer, scope: &str) -> String {
    let answer = App::backend(server).asks_for_itself(scope).await;
    answer.json()["access_token"].as_str().expect("a token").to_owned()
}

#[tokio::test]
async fn a_fhir_server_asks_about_every_clients_tokens() {
    // INTR-7
    let server = TestServer::start().await;
    for app in [App::public(&server), App::symmetric(&server), App::asymmetric(&server, SigningAlg::ES384)] {
        let tokens = app.gets_tokens("amy", "launch/patient patient/*.rs", None).await;
        assert_eq!(app.introspected(tokens.access_token()).await["active"], true, "{}", app.client_id);
    }
    let own = own_token(&server, "system/*.rs").await;
    assert_eq!(kit::app::introspect(&server, &own).await["active"], true);
}

/// Some FHIR servers' libraries know no other way than the body (RFC 6749 §2.3.1).
#[tokio::test]
async fn a_fhir_server_may_send_its_secret_in_the_body() {
    let server = TestServer::start().await;
    let tokens = App::public(&server).gets_tokens("amy", SCOPE, None).await;
    let asks = async |name: &str, secret: &str| {
        let form = [("token", tokens.access_token()), ("client_id", name), ("client_secret", secret)];
        server.post("/clinic/introspect", &form, &[]).await
    };
    let right = "clinic-fhir-secret-of-more-than-32-characters";
    assert_eq!(asks("clinic-fhir", right).await.json()["active"], true);
    for (name, secret) in [("clinic-fhir", "wrong"), ("clinic-fhir", ""), ("clinic-ehr", right), ("nobody", right)] {
        let answer = asks(name, secret).await;
        assert_eq!(answer.refusal(), "401 invalid_client", "{name}");
    }
    // It is known here alone: elsewhere it is no client.
    let form = [("token", "x"), ("client_id", "clinic-fhir"), ("client_secret", right)];
    assert_eq!(server.post("/clinic/revoke", &form, &[]).await.refusal(), "401 invalid_client");
}

/// RFC 7662 §4: "If the token can be used only at certain resource servers, the authorization server MUST determine whether
/// or not the token can be used at the resource server making the introspection call."
#[tokio::test]
async fn of_several_fhir_servers_the_one_that_the_token_is_for_may_ask() {
    let second = "[[fhir_servers]]\nname = \"second\"\nurl = \"https://second-fhir.example/r4\"\n\
                  introspection_secret = \"the-second-secret-of-more-than-32-characters\"\n\n[[ehrs]]";
    let server = TestServer::start_with(|toml| toml.replacen("[[ehrs]]", second, 1)).await;
    let tokens = App::public(&server).gets_tokens("amy", SCOPE, None).await;
    let second = basic("second", "the-second-secret-of-more-than-32-characters");
    let answer = asks_by(&server, &second, tokens.access_token()).await;
    assert_eq!((answer.status, answer.json()), (200, json!({ "active": false })));
    assert_eq!(kit::app::introspect(&server, tokens.access_token()).await["active"], true);
    let form = [
        ("grant_type", "client_credentials"),
        ("scope", "system/*.rs"),
        ("resource", "https://second-fhir.example/r4"),
    ];
    let own = App::backend(&server).posts("token", &form).await.json();
    let own = own["access_token"].as_str().expect("a token");
    assert_eq!(asks_by(&server, &second, own).await.json()["active"], true);
    assert_eq!(kit::app::introspect(&server, own).await, json!({ "active": false }));
}

#[tokio::test]
async fn nobody_may_ask_without_credentials() {
    // INTR-6: "the endpoint MUST also require some form of authorization to access this endpoint" (§2.1).
    let server = TestServer::start().await;
    let tokens = App::public(&server).gets_tokens("amy", SCOPE, None).await;
    for form in [
        vec![("token", tokens.access_token())],
        vec![("token", tokens.access_token()), ("client_id", "public-app")],
        vec![("token", tokens.access_token()), ("client_id", "symmetric-app")],
    ] {
        let answer = server.post("/clinic/introspect", &form, &[]).await;
        assert_eq!(answer.refusal(), "401 invalid_client");
        assert!(answer.header("www-authenticate").is_some_and(|challenge| challenge.starts_with("Basic ")));
    }
}

#[tokio::test]
async fn bad_credentials_are_401_with_a_challenge() {
    // INTR-8
    let server = TestServer::start().await;
    for (user, password) in [
        ("clinic-fhir", "wrong-secret-of-more-than-thirty-two-characters"),
        ("clinic-fhir", ""),
        ("clinic-fhir", "short"),
        ("nobody", "wrong-secret-of-more-than-thirty-two-characters"),
        ("clinic-ehr", "clinic-ehr-secret-of-more-than-32-characters"),
        ("other-fhir", "other-fhir-secret-of-more-than-32-characters"),
        ("symmetric-app", "wrong-secret-of-more-than-thirty-two-characters"),
        ("public-app", ""),
    ] {
        let answer = asks_by(&server, &basic(user, password), "x").await;
        assert_eq!(answer.refusal(), "401 invalid_client", "{user}");
        assert!(answer.header("www-authenticate").is_some());
    }
}

#[tokio::test]
async fn a_client_learns_of_its_own_tokens_alone() {
    let server = TestServer::start().await;
    let own = App::symmetric(&server);
    let mine = own.gets_tokens("amy", "launch/patient patient/*.rs", None).await;
    let theirs = App::public(&server).gets_tokens("amy", SCOPE, None).await;
    assert_eq!(own.posts("introspect", &[("token", mine.access_token())]).await.json()["active"], true);
    let answer = own.posts("introspect", &[("token", theirs.access_token())]).await;
    assert_eq!((answer.status, answer.json()), (200, json!({ "active": false })));
}

#[tokio::test]
async fn an_app_asks_by_private_key_jwt_too() {
    // KT-I2: a token that is none of its own is inactive.
    let server = TestServer::start().await;
    for alg in [SigningAlg::RS384, SigningAlg::ES384] {
        let app = App::asymmetric(&server, alg);
        let mine = app.gets_tokens("amy", "launch/patient patient/*.rs", None).await;
        let theirs = App::public(&server).gets_tokens("amy", SCOPE, None).await;
        assert_eq!(app.posts("introspect", &[("token", mine.access_token())]).await.json()["active"], true);
        let answer = app.posts("introspect", &[("token", theirs.access_token())]).await;
        assert_eq!(answer.json(), json!({ "active": false }));
    }
}

#[tokio::test]
async fn a_client_registered_for_the_scope_learns_of_every_clients_tokens() {
    let server = TestServer::start().await;
    let tokens = App::public(&server).gets_tokens("amy", SCOPE, None).await;
    let answer = App::backend(&server).posts("introspect", &[("token", tokens.access_token())]).await;
    assert_eq!(answer.json()["active"], true);
    assert_eq!(answer.json()["client_id"], "public-app");
}

#[tokio::test]
async fn a_bearer_token_with_the_scope_may_ask() {
    // INTR-7
    let server = TestServer::start().await;
    let tokens = App::public(&server).gets_tokens("amy", SCOPE, None).await;
    let caller = own_token(&server, "__introspect").await;
    let answer = asks_by(&server, &format!("Bearer {caller}"), tokens.access_token()).await;
    assert_eq!((answer.status, &answer.json()["active"]), (200, &json!(true)));
}

#[tokio::test]
async fn a_bearer_token_without_the_scope_is_403() {
    let server = TestServer::start().await;
    let tokens = App::public(&server).gets_tokens("amy", SCOPE, None).await;
    for caller in [own_token(&server, "system/*.rs").await, tokens.access_token().to_owned()] {
        let answer = asks_by(&server, &format!("Bearer {caller}"), tokens.access_token()).await;
        assert_eq!(answer.refusal(), "403 insufficient_scope");
        assert!(answer.header("www-authenticate").is_some_and(|challenge| challenge.contains("insufficient_scope")));
    }
}

#[tokio::test]
async fn a_bearer_token_that_is_not_good_is_401() {
    let server = TestServer::start().await;
    let expired = own_token(&server, "__introspect").await;
    server.passes(300);
    let revoked = own_token(&server, "__introspect").await;
    App::backend(&server).revokes(&revoked).await;
    let id_token = App::public(&server).gets_tokens("amy", SCOPE, None).await.0["id_token"].clone();
    for bad in ["", "x", "a.b.c", &expired, &revoked, id_token.as_str().expect("an id_token")] {
        let answer = asks_by(&server, &format!("Bearer {bad}"), "x").await;
        assert_eq!(answer.refusal(), "401 invalid_token", "{bad}");
        assert!(answer.header("www-authenticate").is_some_and(|challenge| challenge.starts_with("Bearer ")));
    }
}

#[tokio::test]
async fn a_token_can_not_vouch_for_itself_without_the_scope() {
    let server = TestServer::start().await;
    let tokens = App::public(&server).gets_tokens("amy", SCOPE, None).await;
    let answer = asks_by(&server, &format!("Bearer {}", tokens.access_token()), tokens.access_token()).await;
    assert_eq!(answer.status, 403);
}

#[tokio::test]
async fn a_bearer_token_of_another_tenant_is_401() {
    let server = TestServer::start().await;
    let elsewhere = super::inactive::token_of_other_tenant(&server).await;
    assert_eq!(asks_by(&server, &format!("Bearer {elsewhere}"), "x").await.refusal(), "401 invalid_token");
}

#[tokio::test]
async fn two_live_secrets_of_a_fhir_server_work_side_by_side() {
    let two = |toml: String| {
        toml.replace(
            "introspection_secret = \"clinic-fhir-secret-of-more-than-32-characters\"",
            "introspection_secrets = [\"a-new-secret-of-more-than-32-characters\", \
             \"clinic-fhir-secret-of-more-than-32-characters\"]",
        )
    };
    let server = TestServer::start_with(two).await;
    for secret in ["clinic-fhir-secret-of-more-than-32-characters", "a-new-secret-of-more-than-32-characters"] {
        assert_eq!(asks_by(&server, &basic("clinic-fhir", secret), "x").await.status, 200);
    }
}

#[tokio::test]
async fn two_ways_of_authentication_are_400() {
    let server = TestServer::start().await;
    let header = basic("clinic-fhir", "clinic-fhir-secret-of-more-than-32-characters");
    let form = [("token", "x"), ("client_id", "post-app"), ("client_secret", "x")];
    let answer = server.post("/clinic/introspect", &form, &[("authorization", &header)]).await;
    assert_eq!(answer.refusal(), "400 invalid_request");
}
