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
    let app = App::public(&server);
    let mut amy = Person::named(&server, "amy");
    amy.goes_through(&app.standalone("launch/patient patient/*.rs"), None).await;
    // An app's POST brings no cookie, so who it is shows on the way.
    let request = app.request("launch/patient patient/*.rs");
    let form: Vec<(&str, &str)> = request.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let answer = server.post("/clinic/authorize", &form, &[]).await;
    let cookie = answer.header("set-cookie").and_then(|cookie| cookie.split(';').next()).expect("a cookie");
    let (name, value) = cookie.split_once('=').expect("a pair");
    amy.cookies.insert(name.to_owned(), value.to_owned());
    let first = amy.opens(answer.location()).await.app();
    assert!(first.query("code").is_some());
    assert_eq!(amy.opens(answer.location()).await.app().location(), first.location());
}

/// An app for which nobody need be asked, and Hannah, who has used it before.
async fn without_pages() -> TestServer {
    let own = "client_id = \"public-app\"\nconsent = \"never\"";
    TestServer::start_with(|toml| toml.replacen("client_id = \"public-app\"", own, 1)).await
}

async fn hannah_launches(server: &TestServer) -> (Person<'_>, String) {
    let (app, ehr) = (App::public(server), Ehr::of(server));
    let mut hannah = Person::named(server, "hannah");
    let before = ehr.launches_patient("amy-shaw").await;
    hannah.goes_through(&app.with_launch("launch patient/*.rs", &before), None).await;
    let launch = ehr.launches_patient("wei-chen").await;
    (hannah, app.with_launch("launch patient/*.rs", &launch))
}

/// A browser whose connection ends asks the same once more by itself, and the launch of an EHR is there once.
#[tokio::test]
async fn a_launch_that_was_answered_at_once_gets_the_same_code_until_the_app_has_used_it() {
    let server = without_pages().await;
    let (mut hannah, url) = hannah_launches(&server).await;
    let first = hannah.asks(&url).await;
    let code = first.query("code").expect("a code");
    for _ in 0..2 {
        assert_eq!(hannah.asks(&url).await.location(), first.location());
    }
    let tokens = tokens(App::public(&server).redeems(&code).await);
    assert_eq!(tokens.0["patient"], "wei-chen");
    assert_eq!(hannah.asks(&url).await.query("error").as_deref(), Some("invalid_request"));
    // Asking again ended nothing.
    assert_eq!(App::public(&server).introspected(tokens.access_token()).await["active"], true);
}

#[tokio::test]
async fn two_requests_for_one_launch_at_the_same_moment_get_one_code() {
    let server = without_pages().await;
    for _ in 0..8 {
        let (mut hannah, url) = hannah_launches(&server).await;
        let mut other = hannah.clone();
        let (one, two) = tokio::join!(hannah.asks(&url), other.asks(&url));
        assert!(one.query("code").is_some(), "{}", one.location());
        assert_eq!(one.location(), two.location());
    }
}

/// Another request with the same handle, another browser, another person, a browser without its session, and a later time.
#[tokio::test]
async fn nobody_else_gets_the_code_of_a_launch_that_was_answered_at_once() {
    let server = without_pages().await;
    let (mut hannah, url) = hannah_launches(&server).await;
    hannah.asks(&url).await;
    for (part, other) in [("state=", "state=x"), ("code_challenge=", "code_challenge=A")] {
        let url = url.replacen(part, other, 1).replacen("code_challenge=AA", "code_challenge=A", 1);
        assert_eq!(hannah.asks(&url).await.query("code"), None, "{url}");
    }
    let (mut elsewhere, _) = hannah_launches(&server).await;
    assert_eq!(elsewhere.asks(&url).await.query("error").as_deref(), Some("invalid_request"));
    let mut without_session = hannah.clone();
    without_session.cookies.remove(kit::browser::SESSION_COOKIE);
    assert_eq!(without_session.asks(&url).await.query("error").as_deref(), Some("invalid_request"));
    server.passes(61);
    assert_eq!(hannah.asks(&url).await.query("error").as_deref(), Some("invalid_request"));
}

/// Without a launch there is nothing that was used up: each request gets a code of its own.
#[tokio::test]
async fn a_request_that_was_answered_at_once_gets_another_code_when_it_comes_again() {
    let server = without_pages().await;
    let app = App::public(&server);
    let mut amy = Person::named(&server, "amy");
    let url = app.standalone("launch/patient patient/*.rs");
    amy.goes_through(&url, None).await;
    let codes =
        [amy.asks(&url).await.query("code"), amy.asks(&url).await.query("code")].map(|code| code.expect("a code"));
    assert_ne!(codes[0], codes[1]);
    for code in codes {
        tokens(app.redeems(&code).await);
    }
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
