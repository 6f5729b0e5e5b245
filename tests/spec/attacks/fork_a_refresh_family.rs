//! He copied a refresh token and uses it beside the app, hoping to keep a chain of his own. Rotation stops him: each token
//! is good once, and whichever of the two comes second with a used one ends the whole family (RFC 9700 §4.14.2). Within the grace
//! time the second gets what the first got, and the next step finds them out.

use super::*;

/// RFR-8 MUST: the thief comes first, the app second.
#[tokio::test]
async fn a_thief_who_is_faster_loses_when_the_app_refreshes() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let stolen = app.gets_tokens("amy", SCOPE, None).await;
    let thiefs = app.refreshes(stolen.refresh_token()).await;
    server.passes(10);
    assert_refused(&app.sends_refresh(stolen.refresh_token(), None).await, 400, "invalid_grant");
    assert_refused(&app.sends_refresh(thiefs.refresh_token(), None).await, 400, "invalid_grant");
    for tokens in [&stolen, &thiefs] {
        assert_eq!(app.introspected(tokens.access_token()).await["active"], false);
    }
}

/// RFR-8 MUST: the app comes first, the thief second.
#[tokio::test]
async fn a_thief_who_is_slower_ends_the_family_and_gets_nothing() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let stolen = app.gets_tokens("amy", SCOPE, None).await;
    let apps = app.refreshes(stolen.refresh_token()).await;
    server.passes(10);
    assert_refused(&app.sends_refresh(stolen.refresh_token(), None).await, 400, "invalid_grant");
    assert_refused(&app.sends_refresh(apps.refresh_token(), None).await, 400, "invalid_grant");
    assert_eq!(app.introspected(apps.access_token()).await["active"], false);
}

#[tokio::test]
async fn a_token_of_generations_ago_ends_the_family_too() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let first = app.gets_tokens("amy", SCOPE, None).await;
    let mut current = app.refreshes(first.refresh_token()).await;
    for _ in 0..4 {
        current = app.refreshes(current.refresh_token()).await;
    }
    assert_refused(&app.sends_refresh(first.refresh_token(), None).await, 400, "invalid_grant");
    assert_refused(&app.sends_refresh(current.refresh_token(), None).await, 400, "invalid_grant");
}

/// A used token that expired long ago still tells of a theft while the family lives.
#[tokio::test]
async fn an_old_token_found_months_later_ends_the_family() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let first = app.gets_tokens("amy", SCOPE, None).await;
    server.passes(80 * 86_400);
    let second = app.refreshes(first.refresh_token()).await;
    server.passes(80 * 86_400);
    assert_refused(&app.sends_refresh(first.refresh_token(), None).await, 400, "invalid_grant");
    assert_refused(&app.sends_refresh(second.refresh_token(), None).await, 400, "invalid_grant");
}

/// RFR-9: the grace for a lost answer gives the same successor, so there is one chain whoever holds it, and the second to
/// go on with it is found out.
#[tokio::test]
async fn the_grace_never_makes_two_chains() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let stolen = app.gets_tokens("amy", SCOPE, None).await;
    let one = app.refreshes(stolen.refresh_token()).await;
    let two = app.refreshes(stolen.refresh_token()).await;
    assert_eq!(one.refresh_token(), two.refresh_token());
    let next = app.refreshes(one.refresh_token()).await;
    server.passes(10);
    assert_refused(&app.sends_refresh(two.refresh_token(), None).await, 400, "invalid_grant");
    assert_refused(&app.sends_refresh(next.refresh_token(), None).await, 400, "invalid_grant");
}

/// The grace is for the last token alone.
#[tokio::test]
async fn the_grace_does_not_reach_further_back() {
    let policy = "\n[policy]\nrefresh_grace_seconds = 30\n";
    let server = TestServer::start_with(|toml| toml + policy).await;
    let app = App::public(&server);
    let first = app.gets_tokens("amy", SCOPE, None).await;
    let second = app.refreshes(first.refresh_token()).await;
    app.refreshes(second.refresh_token()).await;
    assert_refused(&app.sends_refresh(first.refresh_token(), None).await, 400, "invalid_grant");
}

/// The grant's id stands in every token in the clear, also in the access token. It ends nothing: a stranger without a
/// token that was once good changes nothing.
#[tokio::test]
async fn garbage_with_a_known_grant_id_revokes_nothing() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let tokens = app.gets_tokens("amy", SCOPE, None).await;
    let (grant, secret) = tokens.refresh_token().split_once('.').expect("two parts");
    assert_eq!(tokens.claims("access_token")["grant_id"], grant);
    let (family, rotation) = secret.split_at(43);
    let a = "A".repeat(43);
    for garbage in [
        format!("{grant}.{a}{a}"),
        format!("{grant}.{a}{rotation}"),
        format!("{grant}.{rotation}{family}"),
        format!("{grant}.{family}"),
        format!("{grant}."),
        format!("{grant}.{secret}A"),
        format!("{}.{secret}", "A".repeat(22)),
        secret.to_owned(),
    ] {
        for client in [&app, &App::second(&server)] {
            assert_refused(&client.sends_refresh(&garbage, None).await, 400, "invalid_grant");
            assert!(matches!(client.posts("revoke", &[("token", &garbage)]).await.status, 200 | 400));
        }
    }
    assert_eq!(app.introspected(tokens.access_token()).await["active"], true);
    app.refreshes(tokens.refresh_token()).await;
}

/// Whoever has a token of the family but is not its client changes nothing either.
#[tokio::test]
async fn a_used_token_in_the_hands_of_another_client_ends_nothing() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let first = app.gets_tokens("amy", SCOPE, None).await;
    let second = app.refreshes(first.refresh_token()).await;
    let other = App::second(&server);
    assert_refused(&other.sends_refresh(first.refresh_token(), None).await, 400, "invalid_grant");
    app.refreshes(second.refresh_token()).await;
}

/// RFR-3 MUST; RFR-6 MUST; R9700-4 MUST: a refresh asks for less, never for more, and less now is not less for ever.
#[tokio::test]
async fn a_refresh_widens_nothing() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let mut tokens = app.gets_tokens("amy", "openid launch/patient offline_access patient/Observation.rs", None).await;
    for more in [
        "patient/*.rs",
        "patient/Observation.cruds",
        "patient/Observation.rs patient/Patient.rs",
        "user/Observation.rs",
        "fhirUser",
        "patient/Observation.rs%20patient/*.cruds",
        "system/Observation.rs",
        "nonsense",
    ] {
        assert_refused(&app.sends_refresh(tokens.refresh_token(), Some(more)).await, 400, "invalid_scope");
    }
    for less in [Some("patient/Observation.r"), Some("patient/Observation.rs"), None] {
        let answer = app.sends_refresh(tokens.refresh_token(), less).await;
        tokens = kit::app::tokens(answer);
    }
    assert_eq!(tokens.scope(), "openid launch/patient offline_access patient/Observation.rs");
}
