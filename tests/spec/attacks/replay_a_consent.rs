//! He, or the back button, sends an approval again, or one for a page that no longer says what it said. An approval is for
//! one request, counts once, and gives what is allowed at that moment.

use super::*;
use kit::{
    Person,
    browser::{Page, Place},
};
use rules::{client::Client, scope::ScopeSet};
use server::store::Write;

async fn consent<'a>(server: &'a TestServer, scope: &str) -> (Person<'a>, Page) {
    let mut person = Person::named(server, "amy");
    let page = person.goes_to(&App::public(server).standalone(scope), "decision", None).await;
    (person, page)
}

fn gives_no_code(place: &Place) {
    if let Place::App(answer) = place {
        panic!("back at the app: {}", answer.location());
    }
}

#[tokio::test]
async fn an_approval_counts_once() {
    let server = TestServer::start().await;
    let (mut person, page) = consent(&server, SCOPE).await;
    let first = person.submits(&page, &[("decision", "allow")]).await.app();
    // The browser that lost the answer gets it again: no other code, and none after the app has come for it.
    for _ in 0..3 {
        let again = person.submits(&page, &[("decision", "allow")]).await.app();
        assert_eq!(again.location(), first.location());
    }
    App::public(&server).exchanges(&first.query("code").expect("a code")).await;
    for _ in 0..3 {
        gives_no_code(&person.submits(&page, &[("decision", "allow")]).await);
        gives_no_code(&person.opens(&page.url).await);
    }
}

#[tokio::test]
async fn a_no_stays_a_no() {
    let server = TestServer::start().await;
    for no in [("decision", "deny"), ("cancel", "yes")] {
        let (mut person, page) = consent(&server, SCOPE).await;
        let answer = person.submits(&page, &[no]).await.app();
        assert_eq!(answer.query("error").as_deref(), Some("access_denied"));
        gives_no_code(&person.submits(&page, &[("decision", "allow")]).await);
    }
}

/// AUTHZ-5: neither yes nor no is no answer.
#[tokio::test]
async fn what_is_neither_yes_nor_no_is_asked_again() {
    let server = TestServer::start().await;
    let (mut person, page) = consent(&server, SCOPE).await;
    for decision in ["", "yes", "ALLOW", "allow ", "true", "1"] {
        assert!(person.submits(&page, &[("decision", decision)]).await.page().asks("decision"), "{decision}");
    }
}

/// The page of one request approves no other: not the wider one that he opened meanwhile in the same browser.
#[tokio::test]
async fn a_page_approves_its_own_request_alone() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let (mut person, narrow) = consent(&server, "launch/patient patient/Patient.rs").await;
    let wide = person.goes_to(&app.standalone("launch/patient patient/*.cruds offline_access"), "decision", None).await;
    let mut crossed = narrow.clone();
    crossed.action.clone_from(&wide.action);
    gives_no_code(&person.submits(&crossed, &[("decision", "allow")]).await);
    let answer = person.submits(&narrow, &[("decision", "allow")]).await.app();
    let tokens = app.exchanges(&answer.query("code").expect("a code")).await;
    assert_eq!(tokens.scope(), "launch/patient patient/Patient.rs");
}

/// The operator takes scopes from the app while the page is open: the approval gives what was on the page and is still
/// allowed.
#[tokio::test]
async fn a_scope_taken_from_the_app_meanwhile_is_not_granted() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let wish = "launch/patient offline_access patient/Patient.rs patient/Observation.cruds";
    let (mut person, page) = consent(&server, wish).await;
    change_scope(&server, "launch/patient patient/*.rs").await;
    let answer = person.submits(&page, &[("decision", "allow")]).await.app();
    let tokens = app.exchanges(&answer.query("code").expect("a code")).await;
    assert_eq!(tokens.scope(), "launch/patient patient/Patient.rs");
    assert!(tokens.0.get("refresh_token").is_none());
}

#[tokio::test]
async fn an_app_from_which_everything_was_taken_meanwhile_gets_nothing() {
    let server = TestServer::start().await;
    let (mut person, page) = consent(&server, "patient/Patient.rs launch/patient").await;
    change_scope(&server, "openid").await;
    let answer = person.submits(&page, &[("decision", "allow")]).await.app();
    assert_eq!(answer.query("error").as_deref(), Some("invalid_scope"));
}

async fn change_scope(server: &TestServer, scope: &str) {
    let tenant = server.server.tenant("clinic", server.now()).await.expect("the table").expect("a tenant");
    let client =
        server.server.client(&tenant.id, "public-app", server.now()).await.expect("the table").expect("a client");
    let scope = ScopeSet::strict(scope).expect("scopes");
    let client = Client { scope, ..Client::clone(&client) };
    server.server.store.write_unraced(vec![Write::overwrite(&client).expect("an item")]).await.expect("it is written");
    server.server.forget_configuration();
}
