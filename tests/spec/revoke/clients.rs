//! Who may revoke: the client that the token was issued to, and no other (RFC 7009 §2.1).

use super::SCOPE;
use kit::{App, TestServer, app::Proof};
use rules::tenant::SigningAlg;

const OWN_SCOPE: &str = "launch/patient offline_access patient/*.rs";

#[tokio::test]
async fn every_kind_of_client_may_revoke_its_own() {
    // R7009-2
    let server = TestServer::start().await;
    for app in [
        App::public(&server),
        App::symmetric(&server),
        App::asymmetric(&server, SigningAlg::RS384),
        App::asymmetric(&server, SigningAlg::ES384),
    ] {
        let tokens = app.gets_tokens("amy", OWN_SCOPE, None).await;
        assert_eq!(app.revokes(tokens.refresh_token()).await.status, 200, "{}", app.client_id);
        assert_eq!(app.introspected(tokens.access_token()).await["active"], false, "{}", app.client_id);
    }
}

#[tokio::test]
async fn a_token_of_another_client_is_refused_and_lives_on() {
    // "… verifies whether the token was issued to the client making the revocation request. If this validation fails, the
    // request is refused" (§2.1)
    let server = TestServer::start().await;
    let app = App::public(&server);
    let tokens = app.gets_tokens("amy", SCOPE, None).await;
    for stranger in [App::second(&server), App::symmetric(&server), App::backend(&server)] {
        for token in [tokens.access_token(), tokens.refresh_token()] {
            assert_eq!(stranger.revokes(token).await.refusal(), "400 invalid_grant", "{}", stranger.client_id);
        }
    }
    assert_eq!(app.introspected(tokens.access_token()).await["active"], true);
    app.refreshes(tokens.refresh_token()).await;
}

#[tokio::test]
async fn a_confidential_client_must_authenticate() {
    let server = TestServer::start().await;
    let app = App::symmetric(&server);
    let tokens = app.gets_tokens("amy", OWN_SCOPE, None).await;
    for (proof, refusal) in [
        (Proof::Public, "400 invalid_client"),
        (Proof::Basic("wrong-secret-of-more-than-thirty-two-characters"), "401 invalid_client"),
    ] {
        let impostor = App { proof, ..app.clone() };
        assert_eq!(impostor.revokes(tokens.refresh_token()).await.refusal(), refusal);
    }
    app.refreshes(tokens.refresh_token()).await;
}

#[tokio::test]
async fn somebody_without_a_name_may_revoke_nothing() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let tokens = app.gets_tokens("amy", SCOPE, None).await;
    let answer = server.post("/clinic/revoke", &[("token", tokens.refresh_token())], &[]).await;
    assert_eq!(answer.refusal(), "400 invalid_client");
    app.refreshes(tokens.refresh_token()).await;
}

#[tokio::test]
async fn the_same_client_id_at_another_tenant_is_another_client() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let tokens = app.gets_tokens("amy", SCOPE, None).await;
    for token in [tokens.access_token(), tokens.refresh_token()] {
        let form = [("token", token), ("client_id", app.client_id)];
        assert_eq!(server.post("/other/revoke", &form, &[]).await.status, 200);
    }
    assert_eq!(app.introspected(tokens.access_token()).await["active"], true);
    app.refreshes(tokens.refresh_token()).await;
}
