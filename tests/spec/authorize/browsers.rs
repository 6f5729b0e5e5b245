//! A form counts only with its token, from the browser that began (AUTHZ-24).

use super::{SCOPE, assert_is_error_page};
use axum::{body::Body, http::Method};
use kit::{App, Person, TestServer, browser::Page};

/// Each page with a form, as hannah gets to see it.
async fn page(server: &TestServer, hannah: &mut Person<'_>, field: &str) -> Page {
    hannah.goes_to(&App::public(server).standalone(SCOPE), field, Some("wei-chen")).await
}

const PAGES: [&str; 3] = ["password", "patient", "decision"];

#[tokio::test]
async fn a_form_without_its_csrf_token_or_with_a_wrong_one_is_refused() {
    let server = TestServer::start().await;
    for field in PAGES {
        let mut hannah = Person::named(&server, "hannah");
        let page = page(&server, &mut hannah, field).await;
        let good = page.fields.iter().find(|(name, _)| name == "csrf").expect("a token").1.clone();
        let mut spoilt = good.clone();
        spoilt.replace_range(0..1, if good.starts_with('A') { "B" } else { "A" });
        for wrong in ["", "x", &good[1..], &spoilt, &hannah.cookies.values().next().cloned().expect("a cookie")] {
            let answer = hannah.does(&page.with("csrf", wrong), Some("wei-chen")).await.end();
            assert_is_error_page(&answer, field);
        }
        let mut bare = page.clone();
        bare.fields.retain(|(name, _)| name != "csrf");
        assert_is_error_page(&hannah.does(&bare, Some("wei-chen")).await.end(), field);
    }
}

/// An attacker's own token is good for the attacker's own interaction and no other.
#[tokio::test]
async fn a_csrf_token_of_another_interaction_is_refused() {
    let server = TestServer::start().await;
    for field in PAGES {
        let (mut hannah, mut mallory) = (Person::named(&server, "hannah"), Person::named(&server, "hannah"));
        let theirs = page(&server, &mut hannah, field).await;
        let own = page(&server, &mut mallory, field).await;
        let token = own.fields.iter().find(|(name, _)| name == "csrf").expect("a token").1.clone();
        let answer = hannah.does(&theirs.with("csrf", &token), Some("wei-chen")).await.end();
        assert_is_error_page(&answer, field);
    }
}

/// A link with somebody else's interaction is of no use: neither to see what they see nor to sign in for them.
#[tokio::test]
async fn another_browser_sees_nothing_and_changes_nothing() {
    let server = TestServer::start().await;
    for field in PAGES {
        let mut hannah = Person::named(&server, "hannah");
        let page = page(&server, &mut hannah, field).await;
        let mut other = Person::named(&server, "hannah");
        assert_is_error_page(&other.opens(&page.url).await.end(), field);
        assert_is_error_page(&other.does(&page, Some("wei-chen")).await.end(), field);
        let mut with_cookies_of_its_own = Person::named(&server, "hannah");
        with_cookies_of_its_own.opens(&App::public(&server).standalone(SCOPE)).await.page();
        assert_is_error_page(&with_cookies_of_its_own.opens(&page.url).await.end(), field);
        assert_is_error_page(&with_cookies_of_its_own.does(&page, Some("wei-chen")).await.end(), field);
    }
}

/// The name of the cookie is public; its value is not.
#[tokio::test]
async fn a_guessed_cookie_is_another_browser() {
    let server = TestServer::start().await;
    let mut amy = Person::named(&server, "amy");
    let page = amy.opens(&App::public(&server).standalone(SCOPE)).await.page();
    let name = amy.cookies.keys().next().expect("a cookie").clone();
    for guess in ["", "x", &"A".repeat(43)] {
        amy.cookies.insert(name.clone(), guess.to_owned());
        assert_is_error_page(&amy.opens(&page.url).await.end(), guess);
    }
}

#[tokio::test]
async fn an_interaction_that_never_was_gets_a_page() {
    let server = TestServer::start().await;
    let long = "x".repeat(5000);
    for id in ["x", "..", "%2e%2e", "%ff", "a%00b", "a%23b", long.as_str()] {
        let answer = server.get(&format!("/clinic/authorize/{id}")).await;
        assert!((400..500).contains(&answer.status), "{id}: {}", answer.status);
        let answer = server.post(&format!("/clinic/authorize/{id}"), &[("username", "amy")], &[]).await;
        assert!((400..500).contains(&answer.status), "{id}: {}", answer.status);
    }
}

/// The same interaction under another tenant's path is nobody's.
#[tokio::test]
async fn an_interaction_does_not_exist_for_another_tenant() {
    let server = TestServer::start().await;
    let mut amy = Person::named(&server, "amy");
    let page = amy.opens(&App::public(&server).standalone(SCOPE)).await.page();
    assert_is_error_page(&amy.opens(&page.url.replace("/clinic/", "/other/")).await.end(), "GET");
    let moved = Page { action: page.action.replace("/clinic/", "/other/"), ..page };
    assert_is_error_page(&amy.does(&moved, None).await.end(), "POST");
}

/// Browsers send all their cookies, in one header or in several (RFC 9113 §8.2.3).
#[tokio::test]
async fn the_cookie_is_found_among_others_and_in_a_second_header() {
    let server = TestServer::start().await;
    let mut amy = Person::named(&server, "amy");
    let page = amy.opens(&App::public(&server).standalone(SCOPE)).await.page();
    let (name, value) = amy.cookies.iter().next().expect("a cookie");
    let path = page.url.strip_prefix(kit::server::BASE).expect("a URL of this server");
    let one = format!("a=b; broken; {name}={value}; c=\"d\"");
    let own = format!("{name}={value}");
    let wrong_first = format!("{name}=planted; {name}={value}");
    for headers in
        [vec![("cookie", one.as_str())], vec![("cookie", "a=b"), ("cookie", &own)], vec![("cookie", &wrong_first)]]
    {
        let answer = server.request(Method::GET, path, &headers, Body::empty()).await;
        assert_eq!(answer.status, 200);
    }
}

/// AUTHZ-28: a browser that keeps no cookies would begin again and again. One that shows others of ours is another browser.
#[tokio::test]
async fn a_browser_without_cookies_is_told_so() {
    let server = TestServer::start().await;
    let mut hannah = Person::named(&server, "hannah");
    let page = hannah.opens(&App::public(&server).standalone(SCOPE)).await.page();
    let says_so = |answer: &kit::Answer| answer.body.contains("Allow cookies for this site");
    let mut forgetful = Person::named(&server, "hannah");
    let begun = forgetful.asks(&App::public(&server).standalone(SCOPE)).await;
    forgetful.cookies.clear();
    let opened = forgetful.opens(begun.location()).await.end();
    assert_is_error_page(&opened, "no cookie");
    assert!(says_so(&opened), "{}", opened.body);
    assert!(says_so(&forgetful.submits(&page, &[("username", "hannah"), ("password", "x")]).await.end()));
    for path in ["manage", "account"] {
        let begun = forgetful.asks(&format!("{}/{path}", kit::server::ISSUER)).await;
        forgetful.cookies.clear();
        assert!(says_so(&forgetful.opens(begun.location()).await.end()), "{path}");
    }
    // A cookie of somebody else's, and one of ours that is of another way.
    forgetful.cookies.insert("theirs".to_owned(), "x".to_owned());
    assert!(says_so(&forgetful.opens(&page.url).await.end()));
    let mut other = Person::named(&server, "hannah");
    other.opens(&App::public(&server).standalone(SCOPE)).await.page();
    assert!(!says_so(&other.opens(&page.url).await.end()));
}
