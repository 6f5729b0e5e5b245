//! Whom a simulation must not touch.

use super::desk::{amy, amy_with, asks, code, desk, is_refusal, reads, refreshes};
use kit::{App, Person};

/// As a cookie that somebody made by hand.
fn bakes(person: &mut Person<'_>, problem: &str) {
    person.cookies.insert("admit-simulate".to_owned(), problem.to_owned());
}

#[tokio::test]
async fn a_tenant_without_simulate_ignores_the_cookie() {
    let server = desk().await;
    let app = App::sample(&server).at("plain");
    for problem in ["auth_invalid_client_id", "auth_invalid_scope", "token_invalid_token"] {
        let mut amy = amy(&server);
        bakes(&mut amy, problem);
        let answer = app.redeems(&code(&app, &mut amy).await).await;
        assert_eq!((answer.status, answer.header("admit-simulated")), (200, None));
    }
}

#[tokio::test]
async fn the_launcher_offers_and_starts_nothing_where_it_is_not_allowed() {
    let server = desk().await;
    let mut amy = amy(&server);
    let page = amy.asks("/?tenant=plain").await.body;
    assert!(!page.contains("name=\"simulate\""));
    let launch = "tenant=plain&type=patient-standalone&launch_url=http://127.0.0.1:3000/launch";
    let answer = amy.asks(&format!("/launcher/launch?{launch}&simulate=short_expiry")).await;
    assert_eq!((answer.status, answer.header("set-cookie")), (400, None));
    let answer = amy.asks(&format!("/launcher/launch?{launch}")).await;
    let cookies = answer.headers.get_all("set-cookie").iter().filter_map(|cookie| cookie.to_str().ok());
    assert!(answer.status == 303 && cookies.into_iter().all(|cookie| !cookie.starts_with("admit-simulate")));
}

#[tokio::test]
async fn another_flow_at_the_same_time_is_not_affected() {
    let server = desk().await;
    let app = App::sample(&server);
    let (mut spoiled, mut other) = (amy_with(&server, "token_invalid_token").await, amy(&server));
    let (bad, good) = (code(&app, &mut spoiled).await, code(&app, &mut other).await);
    is_refusal(&app.redeems(&bad).await, 400, "invalid_grant");
    let tokens = app.redeems(&good).await;
    assert_eq!((tokens.status, tokens.header("admit-simulated")), (200, None));
    assert_eq!(reads(&app, &tokens.json(), "Patient/amy-shaw").await.status, 200);
    assert_eq!(refreshes(&app, &tokens.json()).await.status, 200);
}

#[tokio::test]
async fn a_choice_in_one_tenant_is_not_sent_to_another() {
    let server = desk().await;
    let mut amy = amy_with(&server, "auth_invalid_scope").await;
    let plain = App::sample(&server).at("plain");
    assert!(asks(&plain, &mut amy).await.location().starts_with(&plain.url("authorize/")));
    let spoiled = asks(&App::sample(&server), &mut amy).await;
    assert_eq!((spoiled.status, spoiled.query("error").as_deref()), (303, Some("invalid_scope")));
}

#[tokio::test]
async fn a_name_that_means_nothing_spoils_nothing() {
    let server = desk().await;
    let mut amy = amy(&server);
    bakes(&mut amy, "everything");
    let app = App::sample(&server);
    assert_eq!(app.redeems(&code(&app, &mut amy).await).await.status, 200);
}
