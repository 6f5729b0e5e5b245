//! "Is this you?": only where an app or its user may mean somebody else than the session knows.

use super::{SCOPE, asks, signed_in};
use kit::{App, TestServer};

#[tokio::test]
async fn select_account_and_a_hint_of_another_ask() {
    let server = TestServer::start().await;
    let mut amy = signed_in(&server, "amy").await;
    for more in [("prompt", "select_account"), ("login_hint", "rosa")] {
        let page = amy.opens(&asks(&server, &[more])).await.page();
        assert!(page.asks("account") && page.answer.body.contains("Amy Shaw"), "{more:?}");
        let page = amy.submits(&page, &[("account", "same")]).await.page();
        assert!(page.asks("decision"), "{more:?}");
        amy.does(&page, None).await.app();
    }
}

#[tokio::test]
async fn a_hint_of_the_same_person_does_not_ask() {
    let server = TestServer::start().await;
    let mut amy = signed_in(&server, "amy").await;
    for hint in ["amy", "AMY"] {
        assert!(amy.opens(&asks(&server, &[("login_hint", hint)])).await.page().asks("decision"));
    }
}

#[tokio::test]
async fn not_you_leads_to_the_sign_in_of_another_who_then_is_the_one_signed_in() {
    let server = TestServer::start().await;
    let mut amy = signed_in(&server, "amy").await;
    let old = amy.session_cookie().expect("a session").clone();
    let page = amy.opens(&asks(&server, &[("prompt", "select_account")])).await.page();
    let page = amy.submits(&page, &[("account", "another")]).await.page();
    assert!(page.asks("password"));
    let mut rosa = amy.handed_to("rosa");
    let page = rosa.does(&page, None).await.page();
    let page = rosa.does(&page, Some("mia-rivera")).await.page();
    let answer = rosa.does(&page, None).await.app();
    let tokens = App::second(&server).exchanges(&answer.query("code").expect("a code")).await;
    assert_eq!(tokens.0["patient"], "mia-rivera");
    // Amy is signed out: her cookie of before opens nothing.
    assert_ne!(rosa.session_cookie(), Some(&old));
    rosa.cookies.insert(kit::browser::SESSION_COOKIE.to_owned(), old);
    assert!(rosa.opens(&App::public(&server).standalone(SCOPE)).await.page().asks("password"));
}

/// The page says whom it is about; an answer that comes when somebody else has signed in is for nobody.
#[tokio::test]
async fn an_answer_about_somebody_else_counts_for_nothing() {
    let server = TestServer::start().await;
    let mut amy = signed_in(&server, "amy").await;
    let page = amy.opens(&asks(&server, &[("prompt", "select_account")])).await.page();
    let mut rosa = amy.handed_to("rosa");
    let sign_in = rosa.opens(&asks(&server, &[("prompt", "login")])).await.page();
    rosa.does(&sign_in, None).await.page();
    assert_eq!(rosa.submits(&page, &[("account", "same")]).await.end().status, 400);
    assert!(rosa.opens(&page.url).await.page().answer.body.contains("Rosa Rivera"));
}
