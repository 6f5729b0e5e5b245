//! `online_access` "will be usable for as long as the end-user remains online" (SMART 2.2, scopes for requesting a refresh
//! token; RFR-11).

use super::{SCOPE, signed_in};
use crate::passwords::{NEW, changes, own_page};
use kit::{
    App, Ehr, Person, TestServer,
    app::{Tokens, introspect},
    server::{BASE, PASSWORD},
};

async fn online<'a>(server: &'a TestServer) -> (Person<'a>, Tokens) {
    let mut hannah = signed_in(server, "hannah").await;
    let app = App::public(server);
    let launch = Ehr::of(server).launches_patient("amy-shaw").await;
    let url = app.with_launch("launch online_access patient/*.rs", &launch);
    let answer = hannah.goes_through(&url, None).await;
    let tokens = app.exchanges(&answer.query("code").expect("a code")).await;
    (hannah, tokens)
}

async fn signs_out(person: &mut Person<'_>) {
    let page = person.opens(&format!("{BASE}/clinic/logout")).await.page();
    assert_eq!(person.submits(&page, &[("sign_out", "yes")]).await.end().status, 200);
}

#[tokio::test]
async fn it_ends_when_the_user_signs_out() {
    let server = TestServer::start().await;
    let (mut hannah, tokens) = online(&server).await;
    let app = App::public(&server);
    let tokens = app.refreshes(tokens.refresh_token()).await;
    assert_eq!(introspect(&server, tokens.access_token()).await["active"], true);
    signs_out(&mut hannah).await;
    assert_eq!(app.sends_refresh(tokens.refresh_token(), None).await.refusal(), "400 invalid_grant");
    // Its tokens end with it, at once.
    assert_eq!(introspect(&server, tokens.access_token()).await["active"], false);
    assert_eq!(introspect(&server, tokens.refresh_token()).await["active"], false);
}

#[tokio::test]
async fn it_ends_when_somebody_else_signs_in_at_the_same_browser() {
    let server = TestServer::start().await;
    let (hannah, tokens) = online(&server).await;
    let mut amy = hannah.handed_to("amy");
    let page = amy.opens(&super::asks(&server, &[("prompt", "login")])).await.page();
    amy.does(&page, None).await.page();
    let refused = App::public(&server).sends_refresh(tokens.refresh_token(), None).await;
    assert_eq!(refused.refusal(), "400 invalid_grant");
}

#[tokio::test]
async fn it_goes_on_when_the_same_user_signs_in_once_more() {
    let server = TestServer::start().await;
    let (mut hannah, tokens) = online(&server).await;
    let page = hannah.opens(&super::asks(&server, &[("prompt", "login")])).await.page();
    hannah.does(&page, Some("amy-shaw")).await.page();
    App::public(&server).refreshes(tokens.refresh_token()).await;
}

/// An app that works with its access token is not seen here: that the browser rests does not end it.
#[tokio::test]
async fn it_goes_on_while_the_browser_rests() {
    let server = TestServer::start().await;
    let (_, tokens) = online(&server).await;
    server.passes(2 * 3600);
    App::public(&server).refreshes(tokens.refresh_token()).await;
}

/// The session of before is over, and with it what lasted as long. Introspection looks at the session alone.
#[tokio::test]
async fn it_ends_when_the_password_is_changed_elsewhere_and_not_where_it_was_changed() {
    let server = TestServer::start().await;
    let (_, elsewhere) = online(&server).await;
    let (mut hannah, here) = online(&server).await;
    let page = own_page(&mut hannah).await;
    changes(&mut hannah, &page, (PASSWORD, NEW, NEW)).await;
    let app = App::public(&server);
    assert_eq!(app.sends_refresh(elsewhere.refresh_token(), None).await.refusal(), "400 invalid_grant");
    app.refreshes(here.refresh_token()).await;
}

#[tokio::test]
async fn a_code_from_before_signing_out_is_worth_nothing() {
    let server = TestServer::start().await;
    let mut hannah = signed_in(&server, "hannah").await;
    let app = App::public(&server);
    let launch = Ehr::of(&server).launches_patient("amy-shaw").await;
    let answer = hannah.goes_through(&app.with_launch("launch online_access patient/*.rs", &launch), None).await;
    signs_out(&mut hannah).await;
    assert_eq!(app.redeems(&answer.query("code").expect("a code")).await.refusal(), "400 invalid_grant");
}

#[tokio::test]
async fn offline_access_goes_on_after_signing_out() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let mut amy = Person::named(&server, "amy");
    let answer = amy.goes_through(&app.standalone(&format!("{SCOPE} offline_access")), None).await;
    let tokens = app.exchanges(&answer.query("code").expect("a code")).await;
    signs_out(&mut amy).await;
    app.refreshes(tokens.refresh_token()).await;
}
