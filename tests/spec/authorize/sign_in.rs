//! The sign-in page.

use super::SCOPE;
use kit::{App, Person, TestServer, server::PASSWORD};

const FAILURES: usize = 10;

#[tokio::test]
async fn a_wrong_password_and_an_unknown_user_get_the_same_answer() {
    let server = TestServer::start().await;
    let url = App::public(&server).standalone(SCOPE);
    let mut pages = Vec::new();
    for (username, password) in [("amy", "wrong"), ("nobody", PASSWORD), ("amy", ""), ("", PASSWORD), ("nobody", "")] {
        let mut person = Person::named(&server, "amy");
        let page = person.opens(&url).await.page();
        let answer = person.submits(&page, &[("username", username), ("password", password)]).await.page();
        assert!(answer.asks("password"));
        let body = answer.answer.body.replace(&answer.action, "").replace(&answer.fields[0].1, "");
        pages.push((answer.answer.status, body));
    }
    assert!(pages.windows(2).all(|pair| pair[0] == pair[1]), "{pages:#?}");
}

#[tokio::test]
async fn a_name_or_password_that_is_absurd_is_wrong_and_nothing_more() {
    let server = TestServer::start().await;
    let mut amy = Person::named(&server, "amy");
    let page = amy.opens(&App::public(&server).standalone(SCOPE)).await.page();
    let long = "x".repeat(10_000);
    for (username, password) in [
        (long.as_str(), PASSWORD),
        ("amy", long.as_str()),
        ("amy\0", PASSWORD),
        ("amy#USER#hannah", PASSWORD),
        ("../amy", PASSWORD),
        ("é\u{202e}", "🩺"),
    ] {
        assert!(amy.submits(&page, &[("username", username), ("password", password)]).await.page().asks("password"));
    }
}

/// People write their names as they like.
#[tokio::test]
async fn the_case_of_a_username_does_not_matter_and_that_of_a_password_does() {
    let server = TestServer::start().await;
    let mut amy = Person::named(&server, "AMY");
    let page = amy.opens(&App::public(&server).standalone(SCOPE)).await.page();
    let upper = PASSWORD.to_uppercase();
    assert!(amy.submits(&page, &[("username", "amy"), ("password", &upper)]).await.page().asks("password"));
    assert!(amy.does(&page, None).await.page().asks("decision"));
}

#[tokio::test]
async fn the_password_is_never_in_a_page() {
    let server = TestServer::start().await;
    let mut amy = Person::named(&server, "amy");
    let page = amy.opens(&App::public(&server).standalone(SCOPE)).await.page();
    let tried = amy.submits(&page, &[("username", "amy"), ("password", "hunter2-hunter2")]).await.page();
    assert!(!tried.answer.body.contains("hunter2"));
}

#[tokio::test]
async fn ten_failures_end_in_access_denied() {
    let server = TestServer::start().await;
    let mut amy = Person::named(&server, "amy");
    let page = amy.opens(&App::public(&server).standalone(SCOPE)).await.page();
    let wrong = [("username", "amy"), ("password", "wrong")];
    for _ in 1..FAILURES {
        assert!(amy.submits(&page, &wrong).await.page().asks("password"));
    }
    let answer = amy.submits(&page, &wrong).await.app();
    assert_eq!(answer.query("error").as_deref(), Some("access_denied"));
    assert_eq!(answer.query("state").as_deref(), Some(kit::app::STATE));
    let late = amy.does(&page, None).await.end();
    assert!(late.body.contains("already answered"), "the right password comes too late: {}", late.body);
}

#[tokio::test]
async fn a_mistake_or_nine_do_not_lock_a_person_out() {
    let server = TestServer::start().await;
    let mut amy = Person::named(&server, "amy");
    let page = amy.opens(&App::public(&server).standalone(SCOPE)).await.page();
    for _ in 1..FAILURES {
        amy.submits(&page, &[("username", "amy"), ("password", "wrong")]).await.page();
    }
    assert!(amy.does(&page, None).await.page().asks("decision"));
}

#[tokio::test]
async fn cancelling_denies() {
    let server = TestServer::start().await;
    let mut amy = Person::named(&server, "amy");
    let page = amy.opens(&App::public(&server).standalone(SCOPE)).await.page();
    let answer = amy.submits(&page, &[("username", ""), ("password", ""), ("cancel", "yes")]).await.app();
    assert_eq!(answer.query("error").as_deref(), Some("access_denied"));
    assert!(amy.opens(&page.url).await.end().body.contains("already answered"));
}

/// What belongs to tenant A does not exist for tenant B: `amy` there has her own password.
#[tokio::test]
async fn a_user_of_another_tenant_is_unknown() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let request = kit::app::with(app.request(SCOPE), "aud", Some("https://fhir.other.example"));
    let url = kit::app::authorize_url(&request).replace("/clinic/", "/other/");
    let mut hannah = Person::named(&server, "hannah");
    let page = hannah.opens(&url).await.page();
    assert!(hannah.does(&page, None).await.page().asks("password"));
}

/// A sign-in form without any field is no attempt.
#[tokio::test]
async fn an_empty_form_is_no_failure() {
    let server = TestServer::start().await;
    let mut amy = Person::named(&server, "amy");
    let page = amy.opens(&App::public(&server).standalone(SCOPE)).await.page();
    for _ in 0..FAILURES + 5 {
        amy.submits(&page, &[]).await.page();
    }
    assert!(amy.does(&page, None).await.page().asks("decision"));
}
