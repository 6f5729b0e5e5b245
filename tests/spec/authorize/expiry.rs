//! An expired item is gone, whether the table has deleted it or not (AWS-1).

use super::{SCOPE, assert_is_error_page};
use kit::{App, Ehr, Person, TestServer};

/// `interaction_seconds` of the tenant's policy.
const INTERACTION: i64 = 900;
const LAUNCH: i64 = 300;

#[tokio::test]
async fn a_person_has_fifteen_minutes() {
    let server = TestServer::start().await;
    for field in ["password", "patient", "decision"] {
        let mut hannah = Person::named(&server, "hannah");
        let page = hannah.goes_to(&App::public(&server).standalone(SCOPE), field, Some("wei-chen")).await;
        server.passes(INTERACTION - 1);
        hannah.opens(&page.url).await.page();
        server.passes(1);
        assert_is_error_page(&hannah.opens(&page.url).await.end(), field);
        assert_is_error_page(&hannah.does(&page, Some("wei-chen")).await.end(), field);
    }
}

#[tokio::test]
async fn a_tenant_may_give_less_time() {
    let server = TestServer::start_with(|toml| format!("{toml}\n[policy]\ninteraction_seconds = 60\n")).await;
    let mut amy = Person::named(&server, "amy");
    let page = amy.opens(&App::public(&server).standalone(SCOPE)).await.page();
    let cookie = server.get(page.url.strip_prefix(kit::server::BASE).expect("a URL")).await;
    assert_eq!(cookie.status, 400);
    server.passes(60);
    assert_is_error_page(&amy.does(&page, None).await.end(), "a minute later");
}

/// LCTX-5.
#[tokio::test]
async fn a_launch_waits_five_minutes_for_its_app() {
    let server = TestServer::start().await;
    let (app, ehr) = (App::public(&server), Ehr::of(&server));
    let launch = ehr.launches_patient("wei-chen").await;
    let url = app.with_launch("launch openid patient/*.rs", &launch);
    server.passes(LAUNCH - 1);
    Person::named(&server, "hannah").opens(&url).await.page();
    server.passes(1);
    let answer = Person::named(&server, "hannah").opens(&url).await.app();
    assert_eq!(answer.query("error").as_deref(), Some("invalid_request"));
}

/// Five minutes are for the app to begin; the person has the time that every sign-in has.
#[tokio::test]
async fn a_user_who_takes_longer_than_the_launch_waited_still_gets_their_app() {
    let server = TestServer::start().await;
    let launch = Ehr::of(&server).launches_patient("wei-chen").await;
    let mut hannah = Person::named(&server, "hannah");
    let url = App::public(&server).with_launch("launch openid patient/*.rs", &launch);
    let consent = hannah.goes_to(&url, "decision", None).await;
    server.passes(LAUNCH + 60);
    assert!(hannah.does(&consent, None).await.app().query("code").is_some());
}

/// AUTHZ-12: SMART recommends about a minute.
#[tokio::test]
async fn a_code_lasts_one_minute() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let (early, late) = (app.code("amy", SCOPE, None).await, app.code("amy", SCOPE, None).await);
    server.passes(59);
    assert_eq!(app.redeems(&early).await.status, 200);
    server.passes(1);
    assert_eq!(app.redeems(&late).await.error(), "invalid_grant");
}
