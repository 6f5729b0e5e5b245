//! `/logout` (OpenID Connect RP-Initiated Logout 1.0).

use super::{SCOPE, asks, one_answer, signed_in};
use kit::{
    App, Person, TestServer,
    app::authorize_url,
    browser::{Place, SESSION_COOKIE},
    http::encode,
    server::BASE,
};

fn logout(parameters: &[(&str, &str)]) -> String {
    format!("{BASE}/clinic/logout?{}", encode(parameters))
}

async fn is_signed_in(server: &TestServer, person: &mut Person<'_>) -> bool {
    person.opens(&asks(server, &[])).await.page().asks("decision")
}

/// Signs in for the first app, and gives its id_token.
async fn with_id_token<'a>(server: &'a TestServer, username: &str) -> (Person<'a>, String) {
    let mut person = Person::named(server, username);
    let app = App::public(server);
    let answer = person.goes_through(&authorize_url(&app.request(SCOPE)), Some("mia-rivera")).await;
    let tokens = app.exchanges(&answer.query("code").expect("a code")).await;
    (person, tokens.0["id_token"].as_str().expect("an id_token").to_owned())
}

#[tokio::test]
async fn an_id_token_of_the_person_signs_them_out_at_once_and_leads_back_with_the_state() {
    let server = TestServer::start().await;
    let (mut amy, hint) = with_id_token(&server, "amy").await;
    // "The OP MUST accept ID Tokens … even when the exp time has passed" (§2).
    server.passes(3599);
    let url = logout(&[
        ("id_token_hint", &hint),
        ("post_logout_redirect_uri", "https://app.example/bye?keep=1"),
        ("state", "a b&c"),
    ]);
    let answer = amy.opens(&url).await.app();
    assert_eq!(answer.location(), "https://app.example/bye?keep=1&state=a+b%26c");
    assert_eq!(amy.session_cookie(), None);
    assert!(!is_signed_in(&server, &mut amy).await);
}

#[tokio::test]
async fn the_cookie_of_before_is_worth_nothing_after_it() {
    let server = TestServer::start().await;
    let (mut amy, hint) = with_id_token(&server, "amy").await;
    let kept = amy.session_cookie().expect("a session").clone();
    amy.opens(&logout(&[("id_token_hint", &hint)])).await.end();
    amy.cookies.insert(SESSION_COOKIE.to_owned(), kept);
    assert!(!is_signed_in(&server, &mut amy).await);
}

/// A link on any page could say so: without proof the person is asked.
#[tokio::test]
async fn without_a_hint_or_with_that_of_another_the_person_is_asked() {
    let server = TestServer::start().await;
    let (_, of_rosa) = with_id_token(&server, "rosa").await;
    let mut amy = signed_in(&server, "amy").await;
    for parameters in [
        vec![],
        vec![("client_id", "public-app")],
        vec![("id_token_hint", of_rosa.as_str())],
        vec![("id_token_hint", "x.y.z")],
    ] {
        let page = amy.opens(&logout(&parameters)).await.page();
        assert!(page.asks("sign_out"));
        assert!(is_signed_in(&server, &mut amy).await, "asking changes nothing");
        amy.submits(&page, &[("sign_out", "no")]).await.end();
        assert!(is_signed_in(&server, &mut amy).await);
    }
    let back = ("post_logout_redirect_uri", "https://app.example/bye");
    let page = amy.opens(&logout(&[("client_id", "public-app"), back])).await.page();
    assert!(page.answer.body.contains("Growth Chart"));
    let answer = amy.submits(&page, &[("sign_out", "yes")]).await.app();
    assert_eq!(answer.location(), "https://app.example/bye");
    assert!(!is_signed_in(&server, &mut amy).await);
}

#[tokio::test]
async fn an_answer_without_the_pages_token_signs_nobody_out() {
    let server = TestServer::start().await;
    let mut amy = signed_in(&server, "amy").await;
    let mut rosa = signed_in(&server, "rosa").await;
    let page = amy.opens(&logout(&[])).await.page();
    let foreign = rosa.opens(&logout(&[])).await.page();
    let foreign = &foreign.fields.iter().find(|(name, _)| name == "csrf").expect("a token").1;
    for csrf in ["x", foreign] {
        let refused = amy.submits(&page.with("csrf", csrf), &[("sign_out", "yes")]).await.end();
        assert_eq!(refused.status, 400);
    }
    // A form from another site brings no cookie, so there is nothing to end, and it takes no cookie away.
    let answer = server.post("/clinic/logout", &[("csrf", "x"), ("sign_out", "yes")], &[]).await;
    assert_eq!((answer.status, answer.header("set-cookie")), (200, None));
    assert!(is_signed_in(&server, &mut amy).await);
}

/// §2: the same by POST. It comes without the cookie, and so goes round by GET.
#[tokio::test]
async fn an_app_may_post_it() {
    let server = TestServer::start().await;
    let (mut amy, hint) = with_id_token(&server, "amy").await;
    let form = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", "https://app.example/bye")];
    let answer = server.post("/clinic/logout", &form, &[]).await;
    assert_eq!((answer.status, answer.header("set-cookie")), (303, None));
    assert_eq!(amy.opens(answer.location()).await.app().location(), "https://app.example/bye");
}

/// "the OP MUST NOT perform post-logout redirection if the value … does not exactly match" (§3).
#[tokio::test]
async fn it_leads_nowhere_that_is_not_registered() {
    let server = TestServer::start().await;
    let (mut amy, hint) = with_id_token(&server, "amy").await;
    for uri in [
        "https://evil.example/",
        "https://app.example/bye/",
        "https://app.example/bye?x=1",
        "https://app.example/callback",
        "https://APP.example/bye",
        "javascript:alert(1)",
    ] {
        let refused = amy.opens(&logout(&[("id_token_hint", &hint), ("post_logout_redirect_uri", uri)])).await.end();
        assert_eq!(refused.status, 400, "{uri}");
    }
    let back = ("post_logout_redirect_uri", "https://app.example/bye");
    for parameters in [
        vec![back],
        vec![back, ("client_id", "nobody")],
        vec![back, ("client_id", "second-app")],
        vec![back, ("client_id", "second-app"), ("id_token_hint", hint.as_str())],
    ] {
        assert_eq!(amy.opens(&logout(&parameters)).await.end().status, 400, "{parameters:?}");
    }
    let twice = format!("{}&state=2", logout(&[("id_token_hint", &hint), ("state", "1")]));
    assert_eq!(amy.opens(&twice).await.end().status, 400);
    assert!(is_signed_in(&server, &mut amy).await, "a broken request changes nothing");
}

#[tokio::test]
async fn somebody_who_is_not_signed_in_is_led_on() {
    let server = TestServer::start().await;
    let (_, hint) = with_id_token(&server, "amy").await;
    let mut nobody = Person::named(&server, "amy");
    assert_eq!(nobody.opens(&logout(&[])).await.end().status, 200);
    let url = logout(&[("id_token_hint", &hint), ("post_logout_redirect_uri", "https://app.example/bye")]);
    assert_eq!(nobody.opens(&url).await.app().location(), "https://app.example/bye");
}

/// What was begun before signing out can't be finished after it.
#[tokio::test]
async fn a_way_that_was_begun_before_needs_a_sign_in_after() {
    let server = TestServer::start().await;
    let (mut amy, hint) = with_id_token(&server, "amy").await;
    let by_session = amy.opens(&asks(&server, &[])).await.page();
    let signed_in = amy.opens(&asks(&server, &[("prompt", "login")])).await.page();
    let signed_in = amy.does(&signed_in, None).await.page();
    assert!(by_session.asks("decision") && signed_in.asks("decision"));
    let old = amy.cookies.clone();
    amy.opens(&logout(&[("id_token_hint", &hint)])).await.end();
    // With the cookies of now and with those of before.
    for cookies in [amy.cookies.clone(), old] {
        amy.cookies = cookies;
        assert!(!matches!(amy.does(&by_session, None).await, Place::App(_)));
        assert!(amy.does(&signed_in, None).await.page().asks("password"));
        assert!(amy.opens(&by_session.url).await.page().asks("password"));
    }
    assert!(one_answer(&server, &amy, &asks(&server, &[("prompt", "none")])).await.query("code").is_none());
}

/// The pages speak as their reader does: as the app says, or as the browser says.
#[tokio::test]
async fn the_pages_speak_the_persons_language() {
    let server = TestServer::start().await;
    let mut amy = signed_in(&server, "amy").await;
    let page = amy.opens(&logout(&[("ui_locales", "de")])).await.page();
    assert!(page.answer.body.contains("Abmelden?") && page.answer.body.contains("lang=\"de\""));
    let end = amy.submits(&page, &[("sign_out", "yes")]).await.end();
    assert!(end.body.contains("Sie sind abgemeldet"), "{}", end.body);
}
