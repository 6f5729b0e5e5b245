//! `prompt`, `max_age` and `id_token_hint` (OpenID Connect Core §3.1.2.1; OIDC-10 to 12).

use super::{SCOPE, asks, one_answer, patient_of, signed_in};
use kit::{
    Answer, App, Person, TestServer,
    app::{STATE, header},
    server::ISSUER,
};

/// The app's answer to `prompt=none`, which comes at once: a redirect, no page, no cookie.
async fn silently(server: &TestServer, person: &Person<'_>, more: &[(&str, &str)]) -> Answer {
    let mut all = vec![("prompt", "none")];
    all.extend_from_slice(more);
    let answer = one_answer(server, person, &asks(server, &all)).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    assert!(answer.location().starts_with("https://second.example/callback"), "{}", answer.location());
    assert_eq!((answer.body.as_str(), answer.header("set-cookie")), ("", None));
    assert_eq!(answer.query("state").as_deref(), Some(STATE));
    assert_eq!(answer.query("iss").as_deref(), Some(ISSUER));
    assert_eq!(answer.query("code"), None);
    answer
}

async fn error(server: &TestServer, person: &Person<'_>, more: &[(&str, &str)]) -> String {
    silently(server, person, more).await.query("error").expect("an error")
}

async fn id_token_of(server: &TestServer, username: &str) -> String {
    let tokens = App::public(server).gets_tokens(username, SCOPE, Some(patient_of(username))).await;
    tokens.0["id_token"].as_str().expect("an id_token").to_owned()
}

/// OIDC-10, E8: each of them says what page it would have taken.
#[tokio::test]
async fn prompt_none_names_the_page_that_it_does_not_show() {
    let server = TestServer::start().await;
    assert_eq!(error(&server, &Person::named(&server, "amy"), &[]).await, "login_required");
    let amy = signed_in(&server, "amy").await;
    assert_eq!(error(&server, &amy, &[]).await, "consent_required");
    assert_eq!(error(&server, &amy, &[("login_hint", "rosa")]).await, "account_selection_required");
    assert_eq!(error(&server, &amy, &[("max_age", "0")]).await, "login_required");
    let rosa = signed_in(&server, "rosa").await;
    assert_eq!(error(&server, &rosa, &[]).await, "interaction_required");
}

#[tokio::test]
async fn prompt_none_of_somebody_who_was_left_alone_is_login_required() {
    let server = TestServer::start().await;
    let amy = signed_in(&server, "amy").await;
    server.passes(3600);
    assert_eq!(error(&server, &amy, &[]).await, "login_required");
}

#[tokio::test]
async fn prompt_login_asks_for_the_password_once_more() {
    let server = TestServer::start().await;
    let mut amy = signed_in(&server, "amy").await;
    server.passes(100);
    let page = amy.opens(&asks(&server, &[("prompt", "login")])).await.page();
    assert!(page.asks("password"));
    let page = amy.does(&page, None).await.page();
    assert!(page.asks("decision"), "once is enough");
    let answer = amy.does(&page, None).await.app();
    let tokens = App::second(&server).exchanges(&answer.query("code").expect("a code")).await;
    assert_eq!(tokens.claims("id_token")["auth_time"], server.now().0);
}

#[tokio::test]
async fn prompt_consent_asks_for_consent_and_not_for_the_password() {
    let server = TestServer::start().await;
    let mut amy = signed_in(&server, "amy").await;
    let page = amy.opens(&asks(&server, &[("prompt", "consent")])).await.page();
    assert!(page.asks("decision"));
}

/// OIDC-11.
#[tokio::test]
async fn a_sign_in_older_than_max_age_is_not_enough() {
    let server = TestServer::start().await;
    let mut amy = signed_in(&server, "amy").await;
    let at = server.now().0;
    server.passes(600);
    let page = amy.opens(&asks(&server, &[("max_age", "600")])).await.page();
    assert!(page.asks("decision"));
    let answer = amy.does(&page, None).await.app();
    let tokens = App::second(&server).exchanges(&answer.query("code").expect("a code")).await;
    assert_eq!(tokens.claims("id_token")["auth_time"], at, "the sign-in is as old as it is");
    for old in ["599", "1", "0"] {
        assert!(amy.opens(&asks(&server, &[("max_age", old)])).await.page().asks("password"), "{old}");
    }
    assert!(amy.opens(&asks(&server, &[("max_age", "99999999999999999")])).await.page().asks("decision"));
}

/// "max_age=0 is equivalent to prompt=login" (OIDC Core §3.1.2.1, errata 2), in the very second of the sign-in too.
#[tokio::test]
async fn max_age_zero_is_prompt_login() {
    let server = TestServer::start().await;
    let mut amy = signed_in(&server, "amy").await;
    assert!(amy.opens(&asks(&server, &[("max_age", "0")])).await.page().asks("password"));
}

#[tokio::test]
async fn an_id_token_hint_of_the_same_person_goes_straight_on_even_when_it_has_expired() {
    let server = TestServer::start().await;
    let hint = id_token_of(&server, "amy").await;
    server.passes(86_400);
    let mut amy = signed_in(&server, "amy").await;
    assert!(amy.opens(&asks(&server, &[("id_token_hint", &hint)])).await.page().asks("decision"));
    assert_eq!(error(&server, &amy, &[("id_token_hint", &hint)]).await, "consent_required");
}

/// "otherwise, it MUST return an error, such as login_required" (OIDC Core §3.1.2.1).
#[tokio::test]
async fn an_id_token_hint_of_somebody_else_asks_for_them_and_takes_nobody_else() {
    let server = TestServer::start().await;
    let hint = id_token_of(&server, "rosa").await;
    let mut amy = signed_in(&server, "amy").await;
    assert_eq!(error(&server, &amy, &[("id_token_hint", &hint)]).await, "login_required");
    let page = amy.opens(&asks(&server, &[("id_token_hint", &hint)])).await.page();
    assert!(page.asks("password"));
    let answer = amy.does(&page, None).await.app();
    assert_eq!(answer.query("error").as_deref(), Some("login_required"));
}

/// What is no id_token of ours names nobody: then the person is asked, and without a page there is no answer.
#[tokio::test]
async fn an_id_token_hint_that_is_not_ours_tells_nothing() {
    let server = TestServer::start().await;
    let mut amy = signed_in(&server, "amy").await;
    let tokens = App::public(&server).gets_tokens("amy", SCOPE, None).await;
    let good = tokens.0["id_token"].as_str().expect("an id_token").to_owned();
    assert_eq!(header(&good)["typ"], "JWT");
    let forged = format!("{}x", &good[..good.len() - 1]);
    for hint in ["not.a.jwt", "x", tokens.access_token(), &forged] {
        assert_eq!(error(&server, &amy, &[("id_token_hint", hint)]).await, "account_selection_required");
        assert!(amy.opens(&asks(&server, &[("id_token_hint", hint)])).await.page().asks("account"));
    }
}

#[tokio::test]
async fn a_wish_that_came_twice_is_refused() {
    let server = TestServer::start().await;
    let amy = signed_in(&server, "amy").await;
    for (name, value) in
        [("prompt", "login"), ("max_age", "1"), ("id_token_hint", "x"), ("login_hint", "amy"), ("ui_locales", "nl")]
    {
        let url = format!("{}&{name}={value}", asks(&server, &[(name, value)]));
        assert_eq!(one_answer(&server, &amy, &url).await.query("error").as_deref(), Some("invalid_request"), "{name}");
    }
}
