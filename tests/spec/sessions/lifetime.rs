//! How long a sign-in serves.

use super::{asks, one_answer, session_of, signed_in, with_policy};
use kit::TestServer;

#[tokio::test]
async fn a_browser_that_was_left_alone_must_sign_in_again() {
    let server = with_policy("session_idle_seconds = 600").await;
    let mut amy = signed_in(&server, "amy").await;
    server.passes(599);
    assert!(amy.opens(&asks(&server, &[])).await.page().asks("decision"));
    // That was a use: the time begins anew.
    server.passes(599);
    assert!(amy.opens(&asks(&server, &[])).await.page().asks("decision"));
    server.passes(600);
    assert!(amy.opens(&asks(&server, &[])).await.page().asks("password"));
}

/// An app that nobody need be asked for: its request shows no page, and is a use all the same. Two at the same moment are both answered.
#[tokio::test]
async fn a_request_that_is_answered_at_once_begins_the_time_anew() {
    let server = TestServer::start_with(|toml| {
        let own = "client_id = \"second-app\"\nconsent = \"never\"";
        let toml = toml.replacen("client_id = \"second-app\"", own, 1);
        format!("{toml}\n[policy]\nsession_idle_seconds = 600\n")
    })
    .await;
    let mut amy = signed_in(&server, "amy").await;
    for _ in 0..3 {
        server.passes(599);
        let url = asks(&server, &[]);
        let (one, two) = tokio::join!(one_answer(&server, &amy, &url), one_answer(&server, &amy, &url));
        assert!(one.query("code").is_some(), "{}", one.location());
        assert!(two.query("code").is_some(), "{}", two.location());
    }
    server.passes(600);
    assert!(amy.opens(&asks(&server, &[])).await.page().asks("password"));
}

#[tokio::test]
async fn however_busy_it_is_a_session_ends_at_its_time() {
    let server = with_policy("session_seconds = 1000\nsession_idle_seconds = 600").await;
    let mut amy = signed_in(&server, "amy").await;
    for _ in 0..3 {
        server.passes(333);
        assert!(amy.opens(&asks(&server, &[])).await.page().asks("decision"));
    }
    server.passes(1);
    assert!(amy.opens(&asks(&server, &[])).await.page().asks("password"));
}

/// In the middle of a way: the page that asks for the password comes again, and the way goes on after it.
#[tokio::test]
async fn a_session_that_ends_on_the_way_takes_its_person_with_it() {
    let server = with_policy("session_idle_seconds = 60").await;
    let mut rosa = kit::Person::named(&server, "rosa");
    let page = rosa.goes_to(&asks(&server, &[]), "decision", Some("mia-rivera")).await;
    server.passes(60);
    let page = rosa.does(&page, None).await.page();
    assert!(page.asks("password"));
    let page = rosa.does(&page, None).await.page();
    assert!(page.asks("patient"), "what was chosen before is forgotten");
}

/// The page was shown for a sign-in of before, so nothing on this way remembers it; the form comes after its end.
#[tokio::test]
async fn a_form_that_outlives_the_session_it_was_shown_in_leads_to_the_sign_in_page() {
    let server = with_policy("session_idle_seconds = 600").await;
    let mut amy = signed_in(&server, "amy").await;
    let page = amy.opens(&asks(&server, &[])).await.page();
    assert!(page.asks("decision"));
    server.passes(600);
    let page = amy.submits(&page, &[("decision", "allow")]).await.page();
    assert!(page.asks("password"), "{}", page.answer.body);
    assert_eq!(page.answer.status, 200);
}

#[tokio::test]
async fn the_table_forgets_a_session_at_its_end() {
    let server = TestServer::start().await;
    let amy = signed_in(&server, "amy").await;
    let session = session_of(&server, amy.session_cookie().expect("a cookie")).await;
    assert_eq!(session.ends_at, server.now().plus(8 * 3600));
    assert_eq!(server::store::Item::expires_at(&session), Some(session.ends_at));
}
