//! Problems at the authorization endpoint.

use crate::{
    app::{App, CALLBACK, redirect},
    browser::{Browser, location},
    desk::desk,
};

/// RFC 6749 §4.1.2.1: "the authorization server SHOULD inform the resource owner of the error and MUST NOT automatically
/// redirect the user-agent to the invalid redirection URI".
#[tokio::test]
async fn a_bad_client_or_redirect_uri_is_an_error_page() {
    let desk = desk().await;
    for (problem, words) in
        [("auth_invalid_client_id", "not registered here"), ("auth_invalid_redirect_uri", "address")]
    {
        let mut browser = Browser::new(&desk);
        browser.chooses(problem).await;
        let answer = App::public(&desk).asks(&mut browser).await;
        assert_eq!((answer.status().as_u16(), &answer.headers()["admit-simulated"]), (400, &problem.parse().unwrap()));
        let page = answer.text().await.unwrap();
        assert!(page.contains(words) && page.contains("<h1>"), "{page}");
    }
}

/// RFC 6749 §4.1.2.1, RFC 9207 §2.
#[tokio::test]
async fn a_bad_scope_is_a_redirect_with_error_state_and_iss() {
    let desk = desk().await;
    let mut browser = Browser::new(&desk);
    browser.chooses("auth_invalid_scope").await;
    let answer = App::public(&desk).asks(&mut browser).await;
    assert!(location(&answer).as_str().starts_with(CALLBACK));
    let said = redirect(&answer);
    assert_eq!((said["error"].as_str(), said["state"].as_str()), ("invalid_scope", "a state"));
    assert_eq!(said["iss"], format!("{}/riverside", desk.base));
    assert!(!said.contains_key("code"));
}

#[tokio::test]
async fn an_error_is_never_redirected_to_an_address_that_is_not_registered() {
    let desk = desk().await;
    let mut browser = Browser::new(&desk);
    browser.chooses("auth_invalid_scope").await;
    let url = App::public(&desk).request("openid").replace("127.0.0.1%3A3000", "evil.example");
    assert_eq!(browser.get(&url).await.status(), 400);
}

#[tokio::test]
async fn a_choice_is_good_for_one_request() {
    let desk = desk().await;
    let mut browser = Browser::new(&desk);
    browser.chooses("auth_invalid_scope").await;
    let app = App::public(&desk);
    assert!(redirect(&app.asks(&mut browser).await).contains_key("error"));
    let again = app.asks(&mut browser).await;
    assert!(location(&again).path().starts_with("/riverside/authorize/"));
    assert!(!again.headers().contains_key("admit-simulated"));
}

#[tokio::test]
async fn the_next_launch_without_a_problem_takes_the_choice_back() {
    let desk = desk().await;
    let mut browser = Browser::new(&desk);
    browser.chooses("auth_invalid_scope").await;
    browser.chooses("").await;
    let answer = App::public(&desk).asks(&mut browser).await;
    assert!(location(&answer).path().starts_with("/riverside/authorize/"));
}

#[tokio::test]
async fn a_request_by_post_is_spoiled_too() {
    let desk = desk().await;
    let app = App::public(&desk);
    let request = app.request("launch/patient patient/*.rs");
    let (url, form) = request.split_once('?').unwrap();
    let post = desk.http.post(url).header("content-type", "application/x-www-form-urlencoded");
    let post = post.header("cookie", "admit-simulate=auth_invalid_scope").body(form.to_owned());
    assert_eq!(redirect(&post.send().await.unwrap())["error"], "invalid_scope");
}
