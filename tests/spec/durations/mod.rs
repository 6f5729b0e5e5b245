//! How long an app may come back without its person, where the person chooses (DUR-1 to DUR-4).

mod sooner;

use kit::{
    Answer, App, Person, TestServer, Tokens,
    app::{authorize_url, introspect, with},
    browser::{Page, Place},
};

const SCOPE: &str = "openid launch/patient offline_access patient/Observation.rs";
const DAY: i64 = 86_400;

/// Sessions and idle times are no end in these tests.
async fn server(policy: &str) -> TestServer {
    let lines = format!(
        "[policy]\naccess_durations = [\"once\", \"90 days\", \"365 days\", \"until ended\"]\n\
         refresh_idle_seconds = {}\nsession_seconds = {}\nsession_idle_seconds = {}\n{policy}\n[[fhir_servers]]",
        2_000 * DAY,
        2_000 * DAY,
        2_000 * DAY
    );
    TestServer::start_with(|toml| toml.replacen("[[fhir_servers]]", &lines, 1)).await
}

async fn consent_page<'a>(app: &App<'a>) -> (Person<'a>, Page) {
    let mut amy = Person::named(app.server, "amy");
    let page = amy.goes_to(&app.standalone(SCOPE), "decision", None).await;
    (amy, page)
}

/// What the app gets of a yes for so long.
async fn given(app: &App<'_>, lasts: &str) -> Tokens {
    let (mut amy, page) = consent_page(app).await;
    allows(app, &mut amy, &page, lasts).await
}

async fn allows(app: &App<'_>, amy: &mut Person<'_>, page: &Page, lasts: &str) -> Tokens {
    let answer = amy.submits(&page.with("lasts", lasts), &[("decision", "allow")]).await.app();
    app.exchanges(&answer.query("code").expect("a code")).await
}

fn offered(page: &Page) -> Vec<String> {
    let body = &page.answer.body;
    let values = body.split("name=\"lasts\" value=\"").skip(1).filter_map(|rest| rest.split('"').next());
    values.map(str::to_owned).collect()
}

#[tokio::test]
async fn without_the_policy_nobody_is_asked_for_how_long() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let (_, page) = consent_page(&app).await;
    assert!(offered(&page).is_empty() && page.answer.body.contains("value=\"offline_access\""));
}

/// DUR-1.
#[tokio::test]
async fn the_page_offers_what_the_tenant_lists_and_the_first_is_chosen() {
    let server = server("").await;
    let app = App::public(&server);
    let (mut amy, page) = consent_page(&app).await;
    assert_eq!(offered(&page), ["once", "90 days", "365 days", "until ended"]);
    assert!(page.fields.contains(&("lasts".to_owned(), "once".to_owned())), "{:?}", page.fields);
    assert!(!page.answer.body.contains("value=\"offline_access\""), "it is asked once");
    assert!(!page.answer.body.contains("<script"), "it needs no script");
    // Who doesn't want it to come back at all is asked nothing of the kind.
    let short = amy.opens(&app.standalone("launch/patient patient/Observation.rs")).await.page();
    assert!(offered(&short).is_empty());
}

/// DUR-3.
#[tokio::test]
async fn access_ends_when_the_person_said_however_much_it_is_used() {
    let server = server("").await;
    let app = App::public(&server);
    let mut tokens = given(&app, "90 days").await;
    assert_eq!(tokens.scope(), SCOPE);
    for _ in 0..8 {
        server.passes(11 * DAY);
        tokens = app.refreshes(tokens.refresh_token()).await;
    }
    // A token that is issued a minute before the end lives a minute.
    server.passes(2 * DAY - 60);
    let last = app.refreshes(tokens.refresh_token()).await;
    assert_eq!(last.0["expires_in"], 60);
    assert_eq!(introspect(&server, last.access_token()).await["active"], true);
    server.passes(61);
    assert_eq!(introspect(&server, last.access_token()).await, serde_json::json!({ "active": false }));
    assert_eq!(app.sends_refresh(last.refresh_token(), None).await.refusal(), "400 invalid_grant");
}

/// DUR-2: three months and more are there for native apps too.
#[tokio::test]
async fn once_gives_no_refresh_token_and_until_ended_one_without_an_end() {
    let server = server("").await;
    let app = App::public(&server);
    let once = given(&app, "once").await;
    assert_eq!(once.scope(), "openid launch/patient patient/Observation.rs");
    assert!(once.0["refresh_token"].is_null());
    let open = given(&app, "until ended").await;
    server.passes(1_000 * DAY);
    assert_eq!(app.refreshes(open.refresh_token()).await.scope(), SCOPE);
}

#[tokio::test]
async fn a_form_without_one_of_the_choices_is_no_answer() {
    let server = server("").await;
    let app = App::public(&server);
    for lasts in ["", "91 days", "3660 days", "forever", "1e3 days", "90 days "] {
        let (mut amy, page) = consent_page(&app).await;
        let place = amy.submits(&page.with("lasts", lasts), &[("decision", "allow")]).await;
        assert!(matches!(&place, Place::Page(page) if page.asks("decision")), "{lasts}: {place:?}");
    }
    let (mut amy, page) = consent_page(&app).await;
    let denied = amy.submits(&page, &[("decision", "deny")]).await.app();
    assert_eq!(denied.query("error").as_deref(), Some("access_denied"));
}

/// DUR-1: never over the end that the tenant sets; and not for once where the app can't run without.
#[tokio::test]
async fn what_can_not_be_is_not_offered() {
    let server = server("").await;
    server.tenant_becomes(|tenant| tenant.policy.refresh_absolute_seconds = Some(100 * DAY)).await;
    let app = App::public(&server);
    let (mut amy, page) = consent_page(&app).await;
    assert_eq!(offered(&page), ["once", "90 days", "until ended"]);
    let tokens = allows(&app, &mut amy, &page, "until ended").await;
    server.passes(100 * DAY + 1);
    assert_eq!(app.sends_refresh(tokens.refresh_token(), None).await.refusal(), "400 invalid_grant");
}

/// DUR-3: a remembered yes ends with what was allowed, and makes it no longer.
#[tokio::test]
async fn a_remembered_yes_lasts_no_longer_than_was_chosen() {
    let server = server(&format!("remember_consent_seconds = {}", 1_000 * DAY)).await;
    let app = App::symmetric(&server);
    let (mut amy, page) = consent_page(&app).await;
    allows(&app, &mut amy, &page, "90 days").await;
    server.passes(80 * DAY);
    let again = amy.opens(&app.standalone(SCOPE)).await.app();
    let tokens = app.exchanges(&again.query("code").expect("a code, without a page")).await;
    server.passes(10 * DAY + 1);
    assert_eq!(app.sends_refresh(tokens.refresh_token(), None).await.refusal(), "400 invalid_grant");
    assert!(amy.opens(&app.standalone(SCOPE)).await.page().asks("decision"), "they are asked again");
}
