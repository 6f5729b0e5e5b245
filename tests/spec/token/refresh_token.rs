//! The refresh_token grant: who may use it, and for which scope (RFC 6749 §6).

use super::SCOPE;
use kit::{
    App, TestServer,
    app::{Proof, with},
};

#[tokio::test]
async fn a_refresh_without_scope_gives_the_original_scope() {
    // RFR-3, RFR-4
    let server = TestServer::start().await;
    let app = App::public(&server);
    let first = app.gets_tokens("amy", SCOPE, None).await;
    let second = app.refreshes(first.refresh_token()).await;
    assert_eq!(second.scope(), SCOPE);
    assert_eq!(second.0["token_type"], "Bearer");
    assert!(second.0["expires_in"].is_i64());
    assert_ne!(second.access_token(), first.access_token());
    assert_eq!(app.introspected(second.access_token()).await["active"], true);
}

#[tokio::test]
async fn a_refresh_with_the_whole_scope_in_another_order_is_allowed() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let first = app.gets_tokens("amy", SCOPE, None).await;
    let turned: Vec<&str> = SCOPE.split(' ').rev().collect();
    let answer = app.sends_refresh(first.refresh_token(), Some(&turned.join(" "))).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

#[tokio::test]
async fn a_narrowed_scope_is_what_the_access_token_is_for() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let first = app.gets_tokens("amy", SCOPE, None).await;
    let answer = app.sends_refresh(first.refresh_token(), Some("patient/Observation.r")).await;
    assert_eq!(answer.json()["scope"], "patient/Observation.r");
    let token = answer.json()["access_token"].as_str().expect("a token").to_owned();
    assert_eq!(app.introspected(&token).await["scope"], "patient/Observation.r");
    // Without openid there is no id_token.
    assert!(answer.json().get("id_token").is_none());
}

#[tokio::test]
async fn a_narrowed_refresh_does_not_shrink_the_grant() {
    // RFR-6: "the refresh token scope MUST be identical to that of the refresh token included by the client" (§6).
    let server = TestServer::start().await;
    let app = App::public(&server);
    let first = app.gets_tokens("amy", SCOPE, None).await;
    let narrowed = app.sends_refresh(first.refresh_token(), Some("patient/Observation.r")).await.json();
    let successor = narrowed["refresh_token"].as_str().expect("a refresh token");
    assert_eq!(app.refreshes(successor).await.scope(), SCOPE);
}

#[tokio::test]
async fn a_scope_beyond_the_grant_is_refused_and_uses_nothing_up() {
    // RFR-3: "MUST NOT include any scope not originally granted by the resource owner" (RFC 6749 §6).
    let server = TestServer::start().await;
    let app = App::public(&server);
    let first = app.gets_tokens("amy", "openid launch/patient offline_access patient/Observation.rs", None).await;
    for beyond in [
        "patient/*.rs",
        "patient/Observation.cruds",
        "patient/Observation.rs patient/Patient.r",
        "user/Observation.rs",
        "fhirUser",
        "patient/Observation.rs nonsense/x",
        "launch/encounter",
        "system/*.rs",
    ] {
        let answer = app.sends_refresh(first.refresh_token(), Some(beyond)).await;
        assert_eq!(answer.refusal(), "400 invalid_scope", "{beyond}");
    }
    app.refreshes(first.refresh_token()).await;
}

#[tokio::test]
async fn a_scope_that_a_person_unticked_can_not_come_back() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let mut person = kit::Person::named(&server, "amy");
    let page = person.goes_to(&app.standalone(SCOPE), "decision", None).await.without("scope", "fhirUser");
    let answer = person.does(&page, None).await.app();
    let first = app.exchanges(&answer.query("code").expect("a code")).await;
    assert_eq!(app.sends_refresh(first.refresh_token(), Some("openid fhirUser")).await.refusal(), "400 invalid_scope");
}

/// What an app is registered for is the limit of every token (SCP-6), also of one that was approved before.
#[tokio::test]
async fn a_scope_that_the_operator_took_from_the_app_is_gone_at_the_next_refresh() {
    use rules::scope::ScopeSet;
    use server::store::Write;
    let server = TestServer::start().await;
    let app = App::public(&server);
    let first = app.gets_tokens("amy", "openid launch/patient offline_access patient/*.rs", None).await;
    let tenant = rules::tenant::TenantId::parse("clinic").expect("an id");
    let found = server.server.client(&tenant, app.client_id, server.now()).await.expect("an answer").expect("the app");
    let mut client = (*found).clone();
    client.scope = ScopeSet::parse("launch/patient offline_access patient/Observation.rs").set;
    let write = Write::overwrite(&client).expect("an item");
    server.server.store.write_unraced(vec![write]).await.expect("written");
    server.passes(rules::tenant::CONFIGURATION_AGE);
    let second = app.refreshes(first.refresh_token()).await;
    assert_eq!(second.scope(), "launch/patient offline_access patient/Observation.rs");
    assert!(second.0.get("id_token").is_none());
}

#[tokio::test]
async fn a_refresh_token_is_worthless_to_another_client() {
    // RFR-2
    let server = TestServer::start().await;
    let app = App::public(&server);
    let first = app.gets_tokens("amy", SCOPE, None).await;
    for thief in [App::second(&server), App::symmetric(&server)] {
        assert_eq!(thief.sends_refresh(first.refresh_token(), None).await.refusal(), "400 invalid_grant");
    }
    app.refreshes(first.refresh_token()).await;
}

#[tokio::test]
async fn a_refresh_token_is_worthless_at_another_tenant() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let first = app.gets_tokens("amy", SCOPE, None).await;
    let form =
        [("grant_type", "refresh_token"), ("refresh_token", first.refresh_token()), ("client_id", app.client_id)];
    assert_eq!(server.post("/other/token", &form, &[]).await.refusal(), "400 invalid_grant");
    app.refreshes(first.refresh_token()).await;
}

#[tokio::test]
async fn a_confidential_client_authenticates_as_it_did_at_the_exchange() {
    // RFR-1
    let server = TestServer::start().await;
    let app = App::symmetric(&server);
    let first = app.gets_tokens("amy", "launch/patient offline_access patient/*.rs", None).await;
    let impostor = App { proof: Proof::Basic("a-wrong-secret-of-more-than-32-characters!!"), ..app.clone() };
    assert_eq!(impostor.sends_refresh(first.refresh_token(), None).await.refusal(), "401 invalid_client");
    let silent = App { proof: Proof::Public, ..app.clone() };
    assert_eq!(silent.sends_refresh(first.refresh_token(), None).await.refusal(), "400 invalid_client");
    app.refreshes(first.refresh_token()).await;
}

#[tokio::test]
async fn a_refresh_token_that_was_never_issued_is_refused() {
    // RFR-13
    let server = TestServer::start().await;
    let app = App::public(&server);
    let code = app.code("amy", SCOPE, None).await;
    let access_token = app.gets_tokens("amy", SCOPE, None).await.access_token().to_owned();
    for unknown in ["x", ".", &"A".repeat(109), &code, &access_token, "a.b.c"] {
        assert_eq!(app.sends_refresh(unknown, None).await.refusal(), "400 invalid_grant", "{unknown}");
    }
    let form = [("grant_type", "refresh_token")];
    assert_eq!(app.posts("token", &form).await.refusal(), "400 invalid_request");
}

#[tokio::test]
async fn a_refresh_does_not_need_and_does_not_read_the_parameters_of_the_exchange() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let first = app.gets_tokens("amy", SCOPE, None).await;
    let form = with(
        vec![("grant_type".into(), "refresh_token".into()), ("refresh_token".into(), first.refresh_token().to_owned())],
        "redirect_uri",
        Some("https://evil.example/"),
    );
    assert_eq!(app.sends("token", &form).await.status, 200);
}
