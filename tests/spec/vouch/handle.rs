//! What a stolen launch is worth (VOUCH-6).

use super::{code, error, launches, opens, server, url, word};
use kit::{App, Person, TestServer, browser::Place};
use serde_json::json;

#[tokio::test]
async fn it_answers_one_authorization() {
    let server = server().await;
    let launch = launches(&server, &word(&server)).await;
    code(opens(&server, &launch, &[]).await).await;
    assert_eq!(error(opens(&server, &launch, &[]).await), "invalid_request");
}

#[tokio::test]
async fn after_a_minute_it_is_worth_nothing() {
    let server = server().await;
    let launch = launches(&server, &word(&server)).await;
    server.passes(60);
    assert_eq!(error(opens(&server, &launch, &[]).await), "invalid_request");
}

#[tokio::test]
async fn a_tenant_may_give_it_less_than_a_minute() {
    let server = super::with_policy("launch_seconds = 20").await;
    let launch = launches(&server, &word(&server)).await;
    server.passes(20);
    assert_eq!(error(opens(&server, &launch, &[]).await), "invalid_request");
}

/// Whoever has it can open no app of their own with it.
#[tokio::test]
async fn another_app_gets_nothing_for_it() {
    let server = server().await;
    let launch = launches(&server, &word(&server)).await;
    let second = App::second(&server);
    let scope = "launch openid patient/*.rs";
    let place = Person::named(&server, "nobody").opens(&super::url_for(&second, scope, &launch, &[])).await;
    assert_eq!(error(place), "invalid_request");
    code(opens(&server, &launch, &[]).await).await;
}

#[tokio::test]
async fn at_another_tenant_it_is_unknown() {
    let server = server().await;
    let launch = launches(&server, &word(&server)).await;
    let other = App { tenant: "other", ..App::public(&server) };
    let there = url(&other, &launch, &[]).replace("/clinic/", "/other/");
    if let Place::App(answer) = Person::named(&server, "nobody").opens(&there).await {
        assert_eq!(answer.query("code"), None);
    }
    code(opens(&server, &launch, &[]).await).await;
}

/// The first to finish wins: the other has a page open, and sees nothing more there in her name.
#[tokio::test]
async fn of_two_browsers_at_the_consent_page_one_gets_a_code() {
    let server = TestServer::start_with(|toml| super::vouching(&toml)).await;
    let (app, launch) = (App::public(&server), launches(&server, &word(&server)).await);
    let (mut one, mut two) = (Person::named(&server, "nobody"), Person::named(&server, "nobody"));
    let first = one.opens(&url(&app, &launch, &[])).await.page();
    let second = two.opens(&url(&app, &launch, &[])).await.page();
    assert!(one.submits(&first, &[("decision", "allow")]).await.app().query("code").is_some());
    let page = two.submits(&second, &[("decision", "allow")]).await.page();
    assert!(page.asks("password") && !page.answer.body.contains("Hannah"), "{}", page.answer.body);
    assert!(two.opens(&second.url).await.page().asks("password"));
    // Also she gets nothing more for it.
    let mut hannah = two.handed_to("hannah");
    let page = hannah.does(&page, None).await.page();
    assert_eq!(error(hannah.submits(&page, &[("decision", "allow")]).await), "invalid_request");
}

/// A page of it belongs to the browser that opened it.
#[tokio::test]
async fn the_address_of_its_page_is_worth_nothing_in_another_browser() {
    let server = TestServer::start_with(|toml| super::vouching(&toml)).await;
    let (app, launch) = (App::public(&server), launches(&server, &word(&server)).await);
    let page = Person::named(&server, "nobody").opens(&url(&app, &launch, &[])).await.page();
    let stolen = Person::named(&server, "nobody").opens(&page.url).await.end();
    assert!(!stolen.body.contains("Hannah"), "{}", stolen.body);
}

/// VOUCH-5: judged again at each step.
#[tokio::test]
async fn a_person_who_is_removed_meanwhile_gets_no_app_opened() {
    let server = server().await;
    let app = App::public(&server);
    let launch = launches(&server, &word(&server)).await;
    let other = launches(&server, &word(&server)).await;
    let early = code(opens(&server, &other, &[]).await).await;
    let tenant = crate::authority::tenant_id(&server).await;
    let key = server::store::schema::user(&tenant, "hannah");
    crate::authority::writes(&server, server::store::Write::remove(key)).await;
    assert_eq!(error(opens(&server, &launch, &[]).await), "invalid_request");
    assert_eq!(app.redeems(&early).await.refusal(), "400 invalid_grant");
    let again = super::sends(&server, &word(&server)).await;
    assert_eq!(again.refusal(), "400 invalid_grant");
}

/// Whoever has the name now is somebody else.
#[tokio::test]
async fn the_next_person_of_the_same_name_is_not_the_one() {
    let server = server().await;
    let launch = launches(&server, &word(&server)).await;
    let tenant = crate::authority::tenant_id(&server).await;
    let key = server::store::schema::user(&tenant, "hannah");
    let found =
        server.server.store.find::<rules::user::User>(key, server.now()).await.expect("the table").expect("her");
    let next = rules::user::User { sub: "somebody-else".into(), ..found.value.clone() };
    crate::authority::writes(&server, server::store::Write::update(&found, &next).expect("an item")).await;
    assert_eq!(error(opens(&server, &launch, &[]).await), "invalid_request");
}

/// What the operator takes from the EHR is taken from what it has vouched for.
#[tokio::test]
async fn an_ehr_that_vouches_no_longer_has_vouched_for_nobody() {
    let server = server().await;
    let app = App::public(&server);
    let waiting = launches(&server, &word(&server)).await;
    let opened = launches(&server, &word(&server)).await;
    let early = code(opens(&server, &opened, &[]).await).await;
    let tokens = super::tokens_for(&server, &word(&server), "launch online_access openid user/*.rs").await;
    crate::authority::server_becomes(&server, |tenant| tenant.ehrs.iter_mut().for_each(|ehr| ehr.vouching = None))
        .await;
    // Another instance reads the configuration now.
    let fresh = server.second_instance();
    let app = App { server: &fresh, ..app };
    assert_eq!(error(opens(&fresh, &waiting, &[]).await), "invalid_request");
    assert_eq!(app.redeems(&early).await.refusal(), "400 invalid_grant");
    assert_eq!(app.sends_refresh(tokens.refresh_token(), None).await.refusal(), "400 invalid_grant");
    assert_eq!(app.introspected(tokens.access_token()).await, json!({ "active": false }));
}
