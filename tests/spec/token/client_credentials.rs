//! Backend services: a token for the client itself (SMART App Launch 2.2, backend services).

use kit::{
    App, TestServer,
    app::{Proof, claims, with},
    server::ISSUER,
};

#[tokio::test]
async fn a_backend_service_gets_an_access_token_and_nothing_more() {
    // BSV-3, RFR-12: no refresh token; RFC 6749 §4.4.3 "A refresh token SHOULD NOT be included."
    let server = TestServer::start().await;
    let answer = App::backend(&server).asks_for_itself("system/*.rs").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let mut names: Vec<String> = answer.json().as_object().expect("members").keys().cloned().collect();
    names.sort();
    assert_eq!(names, ["access_token", "expires_in", "scope", "token_type"]);
    assert_eq!(answer.json()["token_type"], "bearer");
    assert_eq!(answer.json()["expires_in"], 300);
}

#[tokio::test]
async fn the_token_is_the_clients_own() {
    // BSV-7, R9068-4
    let server = TestServer::start().await;
    let answer = App::backend(&server).asks_for_itself("system/*.rs").await.json();
    let token = answer["access_token"].as_str().expect("a token");
    let claims = server.verified(token).await.expect("a good signature");
    assert_eq!(claims["iss"], ISSUER);
    assert_eq!(claims["sub"], "backend");
    assert_eq!(claims["client_id"], "backend");
    assert_eq!(claims["aud"], server.fhir.url);
    assert!(claims.get("patient").is_none());
    assert!(claims.get("fhirUser").is_none());
}

#[tokio::test]
async fn the_scope_is_narrowed_to_what_the_client_is_registered_for() {
    // BSV-2
    let server = TestServer::start().await;
    let app = App::backend(&server);
    for (asked, granted) in [
        ("system/Patient.rs", "system/Patient.rs"),
        ("system/*.cruds", "system/*.rs system/Task.cruds"),
        ("system/Task.cruds system/Patient.cruds", "system/Task.cruds system/Patient.rs"),
        ("system/*.read", "system/*.read"),
        ("system/Patient.rs user/Patient.rs patient/Patient.rs openid fhirUser launch", "system/Patient.rs"),
        ("system/Patient.rs offline_access online_access launch/patient", "system/Patient.rs"),
        ("__introspect", "__introspect"),
        ("system/Patient.rs __unknown nonsense", "system/Patient.rs"),
    ] {
        let answer = app.asks_for_itself(asked).await;
        assert_eq!(answer.json()["scope"], granted, "{asked}");
    }
}

#[tokio::test]
async fn without_a_user_there_are_system_scopes_alone_whatever_the_client_is_registered_for() {
    // SCP-11
    let more = |toml: String| {
        toml.replace("scope = \"system/*.rs ", "scope = \"openid launch user/*.rs patient/*.rs system/*.rs ")
    };
    let server = TestServer::start_with(more).await;
    let app = App::backend(&server);
    let answer = app.asks_for_itself("user/*.rs patient/*.rs system/Patient.rs openid launch").await;
    assert_eq!(answer.json()["scope"], "system/Patient.rs");
    assert_eq!(app.asks_for_itself("user/*.rs").await.refusal(), "400 invalid_scope");
}

#[tokio::test]
async fn nothing_grantable_is_invalid_scope() {
    let server = TestServer::start().await;
    let app = App::backend(&server);
    for asked in ["user/*.rs", "patient/*.rs", "openid", "nonsense", "__admin", "launch", "offline_access", " "] {
        assert_eq!(app.asks_for_itself(asked).await.refusal(), "400 invalid_scope", "{asked}");
    }
}

#[tokio::test]
async fn a_missing_scope_is_invalid_scope() {
    let server = TestServer::start().await;
    let answer = App::backend(&server).posts("token", &[("grant_type", "client_credentials")]).await;
    assert_eq!(answer.refusal(), "400 invalid_scope");
}

#[tokio::test]
async fn a_refusal_says_why() {
    // BSV-4
    let server = TestServer::start().await;
    let answer = App::backend(&server).asks_for_itself("user/*.rs").await;
    assert!(answer.json()["error_description"].as_str().is_some_and(|text| !text.is_empty()));
}

#[tokio::test]
async fn a_client_that_is_no_backend_service_may_not() {
    let server = TestServer::start().await;
    let apps = [
        App::public(&server),
        App::symmetric(&server),
        App::asymmetric(&server, rules::tenant::SigningAlg::RS384),
        App::asymmetric(&server, rules::tenant::SigningAlg::ES384),
    ];
    for app in apps {
        let answer = app.asks_for_itself("system/*.rs").await;
        assert_eq!(answer.refusal(), "400 unauthorized_client", "{}", app.client_id);
    }
}

#[tokio::test]
async fn a_backend_service_may_use_no_other_grant() {
    let server = TestServer::start().await;
    let app = App::backend(&server);
    assert_eq!(app.redeems("x").await.refusal(), "400 unauthorized_client");
    assert_eq!(app.sends_refresh("x", None).await.refusal(), "400 unauthorized_client");
}

#[tokio::test]
async fn without_an_assertion_there_is_no_token() {
    // BSV-1
    let server = TestServer::start().await;
    let app = App::backend(&server);
    for (proof, refusal) in [
        (Proof::Public, "400 invalid_client"),
        (Proof::Basic("a-secret-of-more-than-thirty-two-characters"), "401 invalid_client"),
        (Proof::Post("x"), "401 invalid_client"),
    ] {
        let answer = App { proof, ..app.clone() }.asks_for_itself("system/*.rs").await;
        assert_eq!(answer.refusal(), refusal);
    }
}

#[tokio::test]
async fn an_unknown_grant_type_is_exactly_400_unsupported_grant_type() {
    // BSV-5
    let server = TestServer::start().await;
    let app = App::backend(&server);
    for unknown in ["password", "implicit", "CLIENT_CREDENTIALS", "client_credentials ", "not_a_grant_type"] {
        let form = with(vec![("scope".into(), "system/*.rs".into())], "grant_type", Some(unknown));
        assert_eq!(app.sends("token", &form).await.refusal(), "400 unsupported_grant_type", "{unknown}");
    }
}

#[tokio::test]
async fn a_grant_that_the_tenant_does_not_offer_is_unsupported() {
    let apps_only = |toml: String| {
        toml.replace(
            "grant_types = [\"client_credentials\"]",
            "grant_types = [\"authorization_code\"]\nredirect_uris = [\"https://backend.example/\"]",
        ) + "\n[policy]\ngrant_types = [\"authorization_code\", \"refresh_token\"]\n"
    };
    let server = TestServer::start_with(apps_only).await;
    let answer = App::backend(&server).asks_for_itself("system/*.rs").await;
    assert_eq!(answer.refusal(), "400 unsupported_grant_type");
}

#[tokio::test]
async fn each_token_is_another() {
    let server = TestServer::start().await;
    let app = App::backend(&server);
    let jti = |body: serde_json::Value| claims(body["access_token"].as_str().expect("a token"))["jti"].clone();
    let [one, two] = [app.asks_for_itself("system/*.rs").await.json(), app.asks_for_itself("system/*.rs").await.json()];
    assert_ne!(jti(one), jti(two));
}
