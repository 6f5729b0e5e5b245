//! The same answer of the person, given twice: on a slow line, after a reload, or since the first one's redirect never arrived
//! (AUTHZ-27).

use super::SCOPE;
use kit::{
    Answer, App, Ehr, Person, TestServer,
    app::tokens,
    browser::{Page, Place},
};

/// Hannah at the consent page, for Wei Chen's record.
async fn at_consent<'a>(server: &'a TestServer) -> (Person<'a>, Page) {
    let mut hannah = Person::named(server, "hannah");
    let page = hannah.goes_to(&App::public(server).standalone(SCOPE), "decision", Some("wei-chen")).await;
    (hannah, page)
}

const YES: &[(&str, &str)] = &[("decision", "allow")];
const NO: &[(&str, &str)] = &[("decision", "deny")];

fn has_answered(place: Place) -> Answer {
    let end = place.end();
    assert!(end.status == 200 && end.body.contains("already"), "{}", end.body);
    end
}

#[tokio::test]
async fn the_same_yes_gets_the_same_code_until_the_app_has_used_it() {
    let server = TestServer::start().await;
    let (mut hannah, page) = at_consent(&server).await;
    let first = hannah.submits(&page, YES).await.app();
    for again in [hannah.submits(&page, YES).await, hannah.opens(&page.url).await, hannah.submits(&page, YES).await] {
        assert_eq!(again.app().location(), first.location());
    }
    let app = App::public(&server);
    let tokens = tokens(app.redeems(&first.query("code").expect("a code")).await);
    has_answered(hannah.submits(&page, YES).await);
    has_answered(hannah.opens(&page.url).await);
    // Asking again ended nothing.
    app.sends_refresh(tokens.refresh_token(), None).await.json();
}

#[tokio::test]
async fn two_taps_at_the_same_moment_get_one_code() {
    let server = TestServer::start().await;
    let (mut hannah, page) = at_consent(&server).await;
    let mut other = hannah.clone();
    let (one, two) = tokio::join!(hannah.submits(&page, YES), other.submits(&page, YES));
    assert_eq!(one.app().location(), two.app().location());
    let (mut hannah, page) = at_consent(&server).await;
    let mut other = hannah.clone();
    let (one, two) = tokio::join!(hannah.submits(&page, NO), other.submits(&page, NO));
    assert_eq!(one.app().location(), two.app().location());
}

#[tokio::test]
async fn the_same_no_gets_the_same_refusal() {
    let server = TestServer::start().await;
    for no in [NO, &[("cancel", "yes")]] {
        let (mut hannah, page) = at_consent(&server).await;
        let first = hannah.submits(&page, no).await.app();
        assert_eq!(first.query("error").as_deref(), Some("access_denied"));
        assert_eq!(hannah.submits(&page, no).await.app().location(), first.location());
        // The way back from the app: there is nothing that was lost.
        has_answered(hannah.opens(&page.url).await);
    }
}

#[tokio::test]
async fn another_answer_than_the_first_gets_neither_a_code_nor_a_refusal() {
    let server = TestServer::start().await;
    let (mut hannah, page) = at_consent(&server).await;
    hannah.submits(&page, YES).await.app();
    let less = page.without("scope", "offline_access");
    assert_ne!(less.fields, page.fields);
    for (page, answer) in [(&page, NO), (&less, YES), (&page, &[("cancel", "yes")][..])] {
        has_answered(hannah.submits(page, answer).await);
    }
    let (mut hannah, page) = at_consent(&server).await;
    hannah.submits(&page, NO).await.app();
    has_answered(hannah.submits(&page, YES).await);
}

#[tokio::test]
async fn a_code_that_has_run_out_is_not_handed_out_again() {
    let server = TestServer::start().await;
    let (mut hannah, page) = at_consent(&server).await;
    hannah.submits(&page, YES).await.app();
    server.passes(61);
    has_answered(hannah.submits(&page, YES).await);
}

/// The launch of an EHR is used once, and its answer may be lost like any other.
#[tokio::test]
async fn the_yes_to_a_launch_is_repeated_too() {
    let server = TestServer::start().await;
    let launch = Ehr::of(&server).launches_patient("wei-chen").await;
    let app = App::public(&server);
    let mut hannah = Person::named(&server, "hannah");
    let page = hannah.goes_to(&app.with_launch("launch patient/*.rs", &launch), "decision", None).await;
    let first = hannah.submits(&page, YES).await.app();
    assert_eq!(hannah.submits(&page, YES).await.app().location(), first.location());
    assert!(tokens(app.redeems(&first.query("code").expect("a code")).await).scope().contains("patient/"));
}

/// Where a remembered yes leaves no form, opening the page once more is what repeats it.
#[tokio::test]
async fn a_way_without_a_form_is_repeated_by_opening_it_again() {
    let server = TestServer::start_with(|toml| {
        toml.replacen("[[fhir_servers]]", "[policy]\nremember_consent_seconds = 86400\n[[fhir_servers]]", 1)
    })
    .await;
    let url = App::public(&server).standalone("launch/patient patient/*.rs");
    let mut amy = Person::named(&server, "amy");
    amy.goes_through(&url, None).await;
    let way = amy.asks(&url).await.location().to_owned();
    let first = amy.opens(&way).await.app();
    assert_eq!(amy.opens(&way).await.app().location(), first.location());
}

/// Another browser, another person at the same one, and somebody who has signed out get nothing.
#[tokio::test]
async fn nobody_else_gets_the_answer_again() {
    let server = TestServer::start().await;
    let (mut hannah, page) = at_consent(&server).await;
    hannah.submits(&page, YES).await.app();
    let mut stranger = Person::named(&server, "hannah");
    assert_eq!(stranger.submits(&page, YES).await.end().status, 400);
    assert_eq!(stranger.opens(&page.url).await.end().status, 400);
    let mut without_session = hannah.clone();
    without_session.cookies.remove(kit::browser::SESSION_COOKIE);
    has_answered(without_session.submits(&page, YES).await);
    has_answered(without_session.opens(&page.url).await);
}
