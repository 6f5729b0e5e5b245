//! People reload, go back, click twice and work in two tabs; none of it does harm.

use super::SCOPE;
use kit::{Answer, App, Ehr, Person, TestServer, browser::Place, http::at_once};
use std::collections::BTreeSet;

#[tokio::test]
async fn reloading_a_page_changes_nothing() {
    let server = TestServer::start().await;
    let mut hannah = Person::named(&server, "hannah");
    let mut page = hannah.opens(&App::public(&server).standalone(SCOPE)).await.page();
    loop {
        let again = hannah.opens(&page.url).await.page();
        assert_eq!(again.answer.body, page.answer.body);
        match hannah.does(&again, Some("wei-chen")).await {
            Place::Page(next) => page = next,
            Place::App(answer) => return assert!(answer.query("code").is_some()),
            Place::End(end) => panic!("{}", end.body),
        }
    }
}

/// Reading a page writes nothing.
#[tokio::test]
async fn looking_at_a_page_costs_one_read() {
    let server = TestServer::start().await;
    let mut amy = Person::named(&server, "amy");
    let page = amy.opens(&App::public(&server).standalone(SCOPE)).await.page();
    server.calls.take();
    amy.opens(&page.url).await.page();
    assert_eq!(server.calls.take(), ["BatchGetItem"]);
}

/// The old form is of a step that is over: it adds nothing, and shows where things are.
#[tokio::test]
async fn an_old_form_after_the_back_button_leads_to_where_things_are() {
    let server = TestServer::start().await;
    let mut hannah = Person::named(&server, "hannah");
    let sign_in = hannah.opens(&App::public(&server).standalone(SCOPE)).await.page();
    let picker = hannah.does(&sign_in, None).await.page();
    assert!(hannah.does(&sign_in, None).await.page().asks("patient"), "signed in already");
    let consent = hannah.does(&picker, Some("wei-chen")).await.page();
    assert!(hannah.does(&sign_in, None).await.page().asks("decision"));
    assert!(hannah.does(&picker, Some("amy-shaw")).await.page().asks("decision"));
    let app = App::public(&server);
    let answer = hannah.does(&consent, None).await.app();
    let tokens = app.exchanges(&answer.query("code").expect("a code")).await;
    assert_eq!(tokens.0["patient"], "wei-chen", "the one that the consent page showed");
}

/// A form for a later step, sent early, skips nothing.
#[tokio::test]
async fn a_step_can_not_be_skipped() {
    let server = TestServer::start().await;
    let mut hannah = Person::named(&server, "hannah");
    let sign_in = hannah.opens(&App::public(&server).standalone(SCOPE)).await.page();
    let everything = [("patient", "wei-chen"), ("decision", "allow"), ("scope", "patient/*.rs")];
    assert!(hannah.submits(&sign_in, &everything).await.page().asks("password"));
    let picker = hannah.does(&sign_in, None).await.page();
    assert!(hannah.submits(&picker, &everything[1..]).await.page().asks("patient"));
}

#[tokio::test]
async fn the_second_of_two_submits_gets_no_second_code() {
    let server = TestServer::start().await;
    let mut amy = Person::named(&server, "amy");
    let consent = amy.goes_to(&App::public(&server).standalone(SCOPE), "decision", None).await;
    let first = amy.does(&consent, None).await.app();
    let again = amy.does(&consent, None).await.app();
    assert!(first.query("code").is_some());
    assert_eq!(first.location(), again.location());
    App::public(&server).exchanges(&first.query("code").expect("a code")).await;
    let second = amy.does(&consent, None).await.end();
    assert_eq!(second.status, 200);
    assert!(second.body.contains("You have already answered"), "{}", second.body);
}

/// Two clicks can arrive at the same moment.
#[tokio::test]
async fn sixteen_submits_at_once_get_one_code() {
    let server = TestServer::start().await;
    let mut amy = Person::named(&server, "amy");
    let consent = amy.goes_to(&App::public(&server).standalone(SCOPE), "decision", None).await;
    let cookie = amy.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join("; ");
    let path = consent.action.strip_prefix(kit::server::BASE).unwrap_or(&consent.action);
    let mut form = super::borrowed(&consent.fields);
    form.push(("decision", "allow"));
    let headers = [("cookie", cookie.as_str())];
    let mut waiting = Vec::new();
    for _ in 0..16 {
        waiting.push(server.post(path, &form, &headers));
    }
    let answers = at_once(waiting).await;
    let locations: BTreeSet<&str> = answers.iter().map(Answer::location).collect();
    assert!(locations.len() == 1 && locations.iter().all(|to| to.contains("code=")), "{locations:?}");
}

/// Once denied, always denied: the back button can't make a yes of a no, nor a no of a yes.
#[tokio::test]
async fn an_answer_can_not_be_changed_afterwards() {
    let server = TestServer::start().await;
    for (first, second) in [("deny", "allow"), ("allow", "deny")] {
        let mut amy = Person::named(&server, "amy");
        let consent = amy.goes_to(&App::public(&server).standalone(SCOPE), "decision", None).await;
        amy.submits(&consent, &[("decision", first)]).await.app();
        assert!(amy.submits(&consent, &[("decision", second)]).await.end().body.contains("already answered"));
    }
}

/// A clinician opens two records from the EHR, each in its own tab of one browser.
#[tokio::test]
async fn two_tabs_keep_their_own_way() {
    let server = TestServer::start().await;
    let (app, ehr) = (App::public(&server), Ehr::of(&server));
    let mut hannah = Person::named(&server, "hannah");
    let scope = "launch openid patient/*.rs";
    let one = hannah.opens(&app.with_launch(scope, &ehr.launches_patient("wei-chen").await)).await.page();
    let two = hannah.opens(&app.with_launch(scope, &ehr.launches_patient("amy-shaw").await)).await.page();
    let two = hannah.does(&two, None).await.page();
    let one = hannah.does(&one, None).await.page();
    assert!(one.answer.body.contains("Wei Chen") && !one.answer.body.contains("Amy"), "{}", one.answer.body);
    assert!(two.answer.body.contains("Amy") && !two.answer.body.contains("Wei Chen"), "{}", two.answer.body);
    for (page, patient) in [(one, "wei-chen"), (two, "amy-shaw")] {
        let answer = hannah.does(&page, None).await.app();
        let tokens = app.exchanges(&answer.query("code").expect("a code")).await;
        assert_eq!(tokens.0["patient"], patient);
    }
}

/// Two apps at once: the answer of each goes to its own redirect URI.
#[tokio::test]
async fn two_apps_in_one_browser_get_their_own_answers() {
    let server = TestServer::start().await;
    let mut amy = Person::named(&server, "amy");
    let first = amy.goes_to(&App::public(&server).standalone(SCOPE), "decision", None).await;
    let second = amy.goes_to(&App::second(&server).standalone(SCOPE), "decision", None).await;
    let denied = amy.submits(&second, &[("decision", "deny")]).await.app();
    let allowed = amy.does(&first, None).await.app();
    assert!(denied.location().starts_with("https://second.example/callback?error=access_denied"));
    assert!(allowed.location().starts_with("https://app.example/callback?code="));
}
