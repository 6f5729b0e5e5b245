//! How long an app goes on that an EHR has opened for its user (VOUCH-11).

use super::{SINCE, code, launches, server, tokens_for, url_for, vouching, word};
use kit::{App, Person, TestServer};
use serde_json::json;

const OFFLINE: &str = "launch openid offline_access user/*.rs";
const ONLINE: &str = "launch openid online_access user/*.rs";

fn has(scope: &str, wanted: &str) -> bool {
    scope.split(' ').any(|scope| scope == wanted)
}

/// As the person is asked, and says yes to everything.
async fn after_consent(server: &TestServer) -> String {
    let (app, launch) = (App::public(server), launches(server, &word(server)).await);
    let mut browser = Person::named(server, "nobody");
    let page = browser.opens(&url_for(&app, OFFLINE, &launch, &[])).await.page();
    let place = browser.submits(&page, &[("decision", "allow")]).await;
    app.exchanges(&code(place).await).await.scope().to_owned()
}

#[tokio::test]
async fn offline_access_is_not_given_unless_the_operator_lets_the_ehr() {
    let server = server().await;
    let tokens = tokens_for(&server, &word(&server), OFFLINE).await;
    assert!(!has(tokens.scope(), "offline_access") && tokens.0.get("refresh_token").is_none(), "{}", tokens.0);
    let asked = TestServer::start_with(|toml| vouching(&toml)).await;
    assert!(!has(&after_consent(&asked).await, "offline_access"));
}

#[tokio::test]
async fn and_then_only_to_a_person_who_was_shown_it() {
    let offline =
        |toml: String| vouching(&toml).replacen("vouches = true\n", "vouches = true\nvouch_offline = true\n", 1);
    let asked = TestServer::start_with(offline).await;
    assert!(has(&after_consent(&asked).await, "offline_access"));
    let unasked = TestServer::start_with(|toml| {
        super::unasked(&toml).replacen("vouches = true\n", "vouches = true\nvouch_offline = true\n", 1)
    })
    .await;
    let tokens = tokens_for(&unasked, &word(&unasked), OFFLINE).await;
    assert!(!has(tokens.scope(), "offline_access"), "{}", tokens.scope());
}

/// Whoever signs in here themselves is asked for it as ever.
#[tokio::test]
async fn a_person_who_signs_in_all_the_same_may_give_it() {
    let server = server().await;
    let (app, launch) = (App::public(&server), launches(&server, &word(&server)).await);
    let url = url_for(&app, OFFLINE, &launch, &[("prompt", "login")]);
    let answer = Person::named(&server, "hannah").goes_through(&url, None).await;
    assert!(has(app.exchanges(&answer.query("code").expect("a code")).await.scope(), "offline_access"));
}

#[tokio::test]
async fn online_access_ends_a_sessions_time_after_the_sign_in_at_the_ehr() {
    let server = server().await;
    let app = App::public(&server);
    let tokens = tokens_for(&server, &word(&server), ONLINE).await;
    server.passes(8 * 3600 - SINCE - 1);
    let tokens = app.refreshes(tokens.refresh_token()).await;
    assert_eq!(app.introspected(tokens.access_token()).await["active"], true);
    server.passes(1);
    assert_eq!(app.sends_refresh(tokens.refresh_token(), None).await.refusal(), "400 invalid_grant");
    assert_eq!(app.introspected(tokens.access_token()).await, json!({ "active": false }));
}

/// Nobody's browser has a cookie for it, and the person's own page lists it: what they end there is over.
#[tokio::test]
async fn it_ends_when_the_person_signs_out_everywhere_or_has_another_password() {
    let server = server().await;
    let app = App::public(&server);
    let tokens = tokens_for(&server, &word(&server), ONLINE).await;
    app.refreshes(tokens.refresh_token()).await;
    let tokens = tokens_for(&server, &word(&server), ONLINE).await;
    let mut hannah = crate::sessions::signed_in(&server, "hannah").await;
    let page = crate::passwords::own_page(&mut hannah).await;
    let new = crate::passwords::NEW;
    crate::passwords::changes(&mut hannah, &page, (kit::server::PASSWORD, new, new)).await;
    assert_eq!(app.sends_refresh(tokens.refresh_token(), None).await.refusal(), "400 invalid_grant");
}
