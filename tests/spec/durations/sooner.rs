//! The end of access, shown and brought forward on the person's own page (DUR-4).

use super::*;
use kit::server::ISSUER;

async fn manage(amy: &mut Person<'_>) -> Page {
    amy.opens(&format!("{ISSUER}/manage")).await.page()
}

async fn ends_in(amy: &mut Person<'_>, client_id: &str, days: &str) -> String {
    let page = manage(amy).await.with("client_id", client_id);
    let answer: Answer = match amy.submits(&page, &[("decision", "sooner"), ("days", days)]).await {
        Place::Page(page) => page.answer,
        Place::End(answer) | Place::App(answer) => answer,
    };
    answer.body
}

fn days(page: &Page) -> Vec<String> {
    let options = page.answer.body.split("<option value=\"").skip(1).filter_map(|rest| rest.split('"').next());
    options.map(str::to_owned).collect()
}

#[tokio::test]
async fn without_the_policy_the_page_is_as_it_was() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let mut amy = Person::named(&server, "amy");
    amy.goes_through(&app.standalone(SCOPE), None).await;
    let page = manage(&mut amy).await;
    assert!(days(&page).is_empty());
    ends_in(&mut amy, "public-app", "1").await;
    assert!(!manage(&mut amy).await.answer.body.contains("At the latest"), "a form of one's own making does nothing");
}

#[tokio::test]
async fn the_page_says_the_end_and_offers_earlier_ones_alone() {
    let server = server("").await;
    let app = App::public(&server);
    let (mut amy, page) = consent_page(&app).await;
    let tokens = allows(&app, &mut amy, &page, "90 days").await;
    let page = manage(&mut amy).await;
    assert!(page.answer.body.contains("At the latest"), "{}", page.answer.body);
    assert_eq!(days(&page), ["1", "7", "30"]);

    let said = ends_in(&mut amy, "public-app", "7").await;
    assert!(said.contains("keeps its access until"), "{said}");
    assert_eq!(days(&manage(&mut amy).await), ["1"]);
    server.passes(6 * DAY);
    let next = app.refreshes(tokens.refresh_token()).await;
    server.passes(DAY + 1);
    assert_eq!(app.sends_refresh(next.refresh_token(), None).await.refusal(), "400 invalid_grant");
}

#[tokio::test]
async fn no_end_is_ever_later() {
    let server = server("").await;
    let app = App::public(&server);
    let (mut amy, page) = consent_page(&app).await;
    let tokens = allows(&app, &mut amy, &page, "90 days").await;
    for days in ["365", "90", "0", "-1", "2", "x"] {
        ends_in(&mut amy, "public-app", days).await;
    }
    ends_in(&mut amy, "second-app", "1").await;
    server.passes(89 * DAY);
    let next = app.refreshes(tokens.refresh_token()).await;
    server.passes(DAY + 1);
    assert_eq!(app.sends_refresh(next.refresh_token(), None).await.refusal(), "400 invalid_grant");
}

/// What was allowed without an end, a code that waits, and a yes that is remembered, all at once.
#[tokio::test]
async fn everything_of_the_app_ends_sooner() {
    let server = server(&format!("remember_consent_seconds = {}", 1_000 * DAY)).await;
    let app = App::symmetric(&server);
    let (mut amy, page) = consent_page(&app).await;
    let tokens = allows(&app, &mut amy, &page, "until ended").await;
    let waiting = amy.opens(&app.standalone(SCOPE)).await.app().query("code").expect("a code, without a page");
    ends_in(&mut amy, app.client_id, "1").await;
    let late = app.exchanges(&waiting).await;
    server.passes(DAY + 1);
    for token in [tokens.refresh_token(), late.refresh_token()] {
        assert_eq!(app.sends_refresh(token, None).await.refusal(), "400 invalid_grant");
    }
    let again = amy.opens(&authorize_url(&with(app.request(SCOPE), "state", Some("again")))).await.page();
    assert!(again.asks("decision"), "a new yes is needed");
}
