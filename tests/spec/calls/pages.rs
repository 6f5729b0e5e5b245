//! A person's way through the pages.

use super::*;

#[tokio::test]
async fn an_authorization_costs_a_read_for_each_page_and_a_write_for_each_step() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    app.code("amy", SCOPE, None).await;
    let mut person = Person::named(&server, "amy");
    let meter = Meter::starts(&server);
    let sign_in = person.opens(&app.standalone(SCOPE)).await.page();
    // The interaction begins, and its first page is shown.
    meter.is(&operations::AUTHORIZE_BEGINS);
    let meter = Meter::starts(&server);
    let consent = person.does(&sign_in, None).await.page();
    // The interaction, the user with what was wrong before, what they have made their own, what is known now with the new
    // session; then the page, with the session and its person.
    meter.is(&operations::AUTHORIZE_SIGN_IN);
    let meter = Meter::starts(&server);
    person.does(&consent, None).await.app();
    // The interaction, the session and its person; the grant and the finished interaction in one transaction.
    meter.is(&operations::AUTHORIZE_CONSENT);
}

#[tokio::test]
async fn a_second_app_costs_two_calls_a_page() {
    let server = TestServer::start().await;
    let (app, second) = (App::public(&server), App::second(&server));
    second.code("amy", SCOPE, None).await;
    let mut person = Person::named(&server, "amy");
    person.goes_through(&app.standalone(SCOPE), None).await;
    let meter = Meter::starts(&server);
    let consent = person.opens(&second.standalone(SCOPE)).await.page();
    person.does(&consent, None).await.app();
    // The session and its person, and the interaction begins; the page is shown; then the answer.
    meter.is(&operations::AUTHORIZE_SECOND_APP);
}

#[tokio::test]
async fn a_remembered_yes_costs_the_read_of_it_and_is_kept_with_the_grant() {
    let policy = "[policy]\nremember_consent_seconds = 86400\n[[fhir_servers]]";
    let server = TestServer::start_with(|toml| toml.replacen("[[fhir_servers]]", policy, 1)).await;
    let app = App::public(&server);
    let mut person = Person::named(&server, "amy");
    let consent = person.goes_to(&app.standalone(SCOPE), "decision", None).await;
    let meter = Meter::starts(&server);
    person.does(&consent, None).await.app();
    // The interaction, the session and its person; then the grant, its line in the person's list, what is remembered.
    meter.reads(&["BatchGetItem", "TransactWriteItems"], 0);
    // Also where the session's idle time begins anew with it.
    for seconds in [0, 1_200] {
        server.passes(seconds);
        // The tenant and the client are in memory.
        app.code("amy", SCOPE, None).await;
        let meter = Meter::starts(&server);
        let answer = person.asks(&app.standalone(SCOPE)).await;
        assert!(answer.location().starts_with("https://app.example/"), "in one exchange: {}", answer.location());
        meter.is(&operations::AUTHORIZE_AT_ONCE);
        let meter = Meter::starts(&server);
        app.exchanges(&answer.query("code").expect("a code")).await;
        meter.is(&operations::CODE_WITH_OPENID);
    }
}

#[tokio::test]
async fn a_page_of_the_picker_costs_one_call_and_its_form_two() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let mut hannah = Person::named(&server, "hannah");
    hannah.goes_through(&app.standalone(SCOPE), Some("wei-chen")).await;
    let meter = Meter::starts(&server);
    let picker = hannah.opens(&app.standalone(SCOPE)).await.page();
    // The session and its person, and the interaction begins; then the page, which reads patients with a token of ours.
    meter.reads(&["BatchGetItem", "PutItem", "BatchGetItem"], 1);
    let meter = Meter::starts(&server);
    let answer = hannah.answers(&picker, &[("patient", "wei-chen")]).await;
    assert_eq!(answer.location(), picker.url);
    meter.reads(&["BatchGetItem", "PutItem"], 1);
    let meter = Meter::starts(&server);
    hannah.asks(&picker.url).await;
    meter.reads(&["BatchGetItem"], 0);
}

/// A cookie of before it said whose the session is, or of somebody whose name has changed since: what it does not say is read in a
/// second call.
#[tokio::test]
async fn a_session_whose_cookie_does_not_say_whose_it_is_costs_one_call_more() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    app.code("amy", SCOPE, None).await;
    let mut amy = Person::named(&server, "amy");
    let mut other = Person::named(&server, "hannah");
    let page = amy.goes_to(&app.standalone(SCOPE), "decision", None).await;
    other.goes_to(&app.standalone(SCOPE), "patient", None).await;
    let parts = |person: &Person<'_>| -> Vec<String> {
        person.session_cookie().expect("a session").split('.').map(str::to_owned).collect()
    };
    let (own, hannahs) = (parts(&amy), parts(&other));
    for cookie in [[&own[0], &own[1], &hannahs[2]].map(String::as_str).join("."), own[..2].join(".")] {
        amy.cookies.insert(kit::browser::SESSION_COOKIE.to_owned(), cookie);
        let meter = Meter::starts(&server);
        let shown = amy.opens(&page.url).await.page();
        assert!(shown.asks("decision") && shown.answer.body.contains("Amy Shaw"));
        meter.reads(&["BatchGetItem", "BatchGetItem"], 1);
    }
}
