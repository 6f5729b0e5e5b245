//! On the page of one's own sign-in.

use super::{NEW, changed, changes, own_page, signs_in};
use kit::{
    App, Person, TestServer,
    server::{ISSUER, PASSWORD},
};

#[tokio::test]
async fn the_new_password_signs_in_and_the_old_one_does_not() {
    let server = TestServer::start().await;
    changed(&server, "amy").await;
    assert!(signs_in(&server, "amy", NEW).await);
    assert!(!signs_in(&server, "amy", PASSWORD).await);
    assert!(signs_in(&server, "rosa", PASSWORD).await);
}

#[tokio::test]
async fn all_other_sessions_end_and_this_one_goes_on_with_another_cookie() {
    let server = TestServer::start().await;
    let mut other = Person::named(&server, "amy");
    own_page(&mut other).await;
    let mut amy = Person::named(&server, "amy");
    let page = own_page(&mut amy).await;
    let before = amy.session_cookie().expect("a session").clone();
    changes(&mut amy, &page, (PASSWORD, NEW, NEW)).await;
    assert_ne!(amy.session_cookie(), Some(&before));
    let account = format!("{ISSUER}/account");
    assert!(amy.opens(&account).await.page().asks("current"));
    assert!(other.opens(&account).await.page().asks("password"));
    amy.cookies.insert(kit::browser::SESSION_COOKIE.to_owned(), before);
    assert!(amy.opens(&account).await.page().asks("password"), "the cookie of before is worth nothing");
}

/// A browser left open somewhere is no reason for another password.
#[tokio::test]
async fn a_person_signs_out_everywhere_else_and_stays_signed_in_here() {
    let server = TestServer::start().await;
    let mut other = Person::named(&server, "amy");
    own_page(&mut other).await;
    let mut amy = Person::named(&server, "amy");
    let page = own_page(&mut amy).await;
    assert!(page.answer.body.contains("In this browser since 15 January 2027, 08:00 UTC"), "{}", page.answer.body);
    let done = amy.submits(&page.with("do", "everywhere"), &[]).await.page();
    assert!(done.answer.body.contains("You are signed out everywhere else"), "{}", done.answer.body);
    let account = format!("{ISSUER}/account");
    assert!(amy.opens(&account).await.page().asks("current"));
    assert!(other.opens(&account).await.page().asks("password"));
    assert!(signs_in(&server, "amy", PASSWORD).await);
}

#[tokio::test]
async fn what_is_wrong_is_said_and_nothing_changes() {
    let server = TestServer::start().await;
    let mut amy = Person::named(&server, "amy");
    let mut page = own_page(&mut amy).await;
    for (form, says) in [
        (("wrong", NEW, NEW), "current password is not right"),
        (("", NEW, NEW), "current password is not right"),
        ((PASSWORD, NEW, "something else"), "not the same"),
        ((PASSWORD, "eleven char", "eleven char"), "at least 12"),
        ((PASSWORD, "Password1234", "Password1234"), "easy to guess"),
        ((PASSWORD, "amyshaw-1985", "amyshaw-1985"), "easy to guess"),
        ((PASSWORD, PASSWORD, PASSWORD), "easy to guess"),
    ] {
        page = changes(&mut amy, &page, form).await;
        assert!(page.answer.body.contains(says), "{form:?}");
    }
    assert!(signs_in(&server, "amy", PASSWORD).await);
}

/// A session left open is no way to guess at the password either.
#[tokio::test]
async fn guesses_at_the_current_password_are_counted_with_those_at_sign_in() {
    let server = TestServer::start().await;
    let mut amy = Person::named(&server, "amy");
    let page = own_page(&mut amy).await;
    let form = [("current", "wrong"), ("new", NEW), ("again", NEW)];
    let mut refused = false;
    for _ in 0..13 {
        refused |= amy.answers(&page, &form).await.status == 429;
    }
    assert!(refused);
    let mut elsewhere = Person::named(&server, "amy");
    let sign_in =
        elsewhere.opens(&kit::App::public(&server).standalone("openid launch/patient patient/*.rs")).await.page();
    assert_eq!(elsewhere.does(&sign_in, None).await.end().status, 429);
}

#[tokio::test]
async fn of_two_at_once_one_counts() {
    let server = TestServer::start().await;
    let mut one = Person::named(&server, "amy");
    let page = own_page(&mut one).await;
    let mut other = Person::named(&server, "amy");
    let second = own_page(&mut other).await;
    let (new, newer) = (NEW, "another lantern in the grass");
    let form = |new| [("current", PASSWORD), ("new", new), ("again", new)];
    let (one_form, other_form) = (form(new), form(newer));
    tokio::join!(one.answers(&page, &one_form), other.answers(&second, &other_form));
    let counts = [signs_in(&server, "amy", new).await, signs_in(&server, "amy", newer).await];
    assert_eq!(counts.iter().filter(|good| **good).count(), 1, "{counts:?}");
}

#[tokio::test]
async fn the_page_speaks_of_somebody_who_signs_in_elsewhere_and_needs_a_sign_in() {
    let server = TestServer::start().await;
    let mut nobody = Person::named(&server, "amy");
    assert!(nobody.opens(&format!("{ISSUER}/account")).await.page().asks("password"));
    let end = nobody.posts(&format!("{ISSUER}/account"), &[("do", "password")]).await.end();
    assert!(end.body.contains("Sign in again"));
}

/// The page tells the truth: sessions elsewhere are over, and an app with lasting access goes on until its person takes it away.
#[tokio::test]
async fn the_page_says_that_apps_keep_their_access_and_leads_to_where_it_is_taken_away() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let tokens = app.gets_tokens("amy", "launch/patient offline_access patient/*.rs", None).await;
    let mut amy = Person::named(&server, "amy");
    let page = own_page(&mut amy).await;
    let page = changes(&mut amy, &page, (PASSWORD, NEW, NEW)).await;
    assert!(page.answer.body.contains("Apps that you gave lasting access keep it"), "{}", page.answer.body);
    let manage = format!("{}/manage", kit::server::ISSUER);
    assert!(page.answer.body.contains(&format!("<a href=\"{manage}\">See them and take it away</a>")));
    app.refreshes(tokens.refresh_token()).await;
    assert!(amy.opens(&manage).await.page().answer.body.contains("Growth Chart"));
}
