//! Whom a simulation must not touch.

use crate::{
    app::{App, redirect},
    browser::{Browser, location},
    desk::desk,
};
use reqwest::StatusCode;

#[tokio::test]
async fn a_tenant_without_simulate_ignores_the_cookie() {
    let desk = desk().await;
    let app = App::public(&desk).at("plain");
    for problem in ["auth_invalid_client_id", "auth_invalid_scope", "token_invalid_token"] {
        let mut browser = Browser::new(&desk);
        browser.bakes(problem);
        let answer = app.exchanges(&app.code(&mut browser).await).await;
        assert_eq!((answer.status, answer.header("admit-simulated")), (StatusCode::OK, ""));
    }
}

#[tokio::test]
async fn the_launcher_offers_and_starts_nothing_where_it_is_not_allowed() {
    let desk = desk().await;
    let mut browser = Browser::new(&desk);
    let page = browser.get(&format!("{}/?tenant=plain", desk.base)).await.text().await.unwrap();
    assert!(!page.contains("name=\"simulate\""));
    let launch = "tenant=plain&type=patient-standalone&launch_url=http://127.0.0.1:3000/launch";
    let answer = browser.get(&format!("{}/launcher/launch?{launch}&simulate=short_expiry", desk.base)).await;
    assert_eq!((answer.status().as_u16(), answer.headers().contains_key("set-cookie")), (400, false));
    let answer = browser.get(&format!("{}/launcher/launch?{launch}", desk.base)).await;
    assert_eq!((answer.status().as_u16(), answer.headers().contains_key("set-cookie")), (303, false));
}

#[tokio::test]
async fn another_flow_at_the_same_time_is_not_affected() {
    let desk = desk().await;
    let app = App::public(&desk);
    let (mut spoiled, mut other) = (Browser::new(&desk), Browser::new(&desk));
    spoiled.chooses("token_invalid_token").await;
    let (bad, good) = (app.code(&mut spoiled).await, app.code(&mut other).await);
    app.exchanges(&bad).await.is_refusal(400, "invalid_grant");
    let tokens = app.exchanges(&good).await;
    assert_eq!((tokens.status, tokens.header("admit-simulated")), (StatusCode::OK, ""));
    assert_eq!(app.reads(&tokens.body, "Patient/amy-shaw").await.status(), 200);
    assert_eq!(app.refreshes(&tokens.body).await.status, 200);
}

#[tokio::test]
async fn a_choice_in_one_tenant_is_not_sent_to_another() {
    let desk = desk().await;
    let mut browser = Browser::new(&desk);
    browser.chooses("auth_invalid_scope").await;
    let there = location(&App::public(&desk).at("plain").asks(&mut browser).await);
    assert!(there.path().starts_with("/plain/authorize/"));
    assert_eq!(redirect(&App::public(&desk).asks(&mut browser).await)["error"], "invalid_scope");
}

#[tokio::test]
async fn a_name_that_means_nothing_spoils_nothing() {
    let desk = desk().await;
    let mut browser = Browser::new(&desk);
    browser.bakes("everything");
    let app = App::public(&desk);
    assert_eq!(app.exchanges(&app.code(&mut browser).await).await.status, 200);
}
