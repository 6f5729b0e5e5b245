//! Who has read "You are signed out" is not signed in again without a word by the provider's own session.

use super::*;
use kit::{
    provider::{CLIENT_ID, parameters},
    server::ISSUER,
};

const MARK: &str = "__Host-admit-signed-out-clinic";

async fn signs_in<'a>(server: &'a TestServer, provider: &Provider) -> Person<'a> {
    let mut person = somebody(server);
    let location = is_sent(&mut person, server).await;
    assert!(person.opens(&provider.signs_in(&location, amy(), server.now().0)).await.page().asks("decision"));
    person
}

/// The last page.
async fn signs_out(person: &mut Person<'_>) -> Answer {
    let page = person.opens(&format!("{ISSUER}/logout")).await.page();
    person.submits(&page, &[("sign_out", "yes")]).await.end()
}

#[tokio::test]
async fn the_next_departure_from_this_browser_asks_for_a_sign_in() {
    let provider = Provider::start().await;
    let server = server_with(&provider, PUBLIC).await;
    let mut person = signs_in(&server, &provider).await;
    assert!(signs_out(&mut person).await.body.contains("You are signed out"));
    let mark = person.cookies.get(MARK).expect("a mark").clone();
    assert_eq!(mark, "yes", "it says nothing of anybody");
    // Also the one after a departure that came to nothing.
    is_sent(&mut person, &server).await;
    let location = is_sent(&mut person, &server).await;
    let sent = parameters(&location);
    assert_eq!((sent["prompt"].as_str(), sent["max_age"].as_str()), ("login", "0"));
    // The provider's session of before is no answer.
    let before = server.now().0 - 600;
    provider.lies(move |_, claims| claims["auth_time"] = json!(before));
    shows_trouble(&person.opens(&provider.signs_in(&location, amy(), server.now().0)).await.page());
    let location = is_sent(&mut person, &server).await;
    let now = server.now().0;
    provider.lies(move |_, claims| claims["auth_time"] = json!(now));
    assert!(person.opens(&provider.signs_in(&location, amy(), now)).await.page().asks("decision"));
    assert!(!person.cookies.contains_key(MARK), "they have signed in");
    let again = parameters(&is_sent(&mut somebody(&server), &server).await);
    assert!(!again.contains_key("prompt"), "another browser's affair");
}

/// A provider that never says when somebody signed in locks nobody out who has signed out.
#[tokio::test]
async fn a_provider_that_knows_no_auth_time_signs_them_in() {
    let provider = Provider::start().await;
    let server = server_with(&provider, PUBLIC).await;
    let mut person = signs_in(&server, &provider).await;
    signs_out(&mut person).await;
    let location = is_sent(&mut person, &server).await;
    assert!(person.opens(&provider.signs_in(&location, amy(), server.now().0)).await.page().asks("decision"));
}

/// Nothing happens by itself: the person sees a link.
#[tokio::test]
async fn one_can_sign_out_at_the_provider_too() {
    let provider = Provider::start().await;
    for (endpoint, offered) in [
        (json!(format!("{}/bye?x=1", provider.issuer)), true),
        (Value::Null, false),
        (json!("javascript:alert(1)"), false),
    ] {
        provider.announces("end_session_endpoint", endpoint.clone());
        let server = server_with(&provider, PUBLIC).await;
        let mut person = signs_in(&server, &provider).await;
        let last = signs_out(&mut person).await;
        assert_eq!(last.status, 200);
        let link = format!("href=\"{}/bye?x=1&#38;client_id={CLIENT_ID}\"", provider.issuer);
        assert_eq!(last.body.contains(&link), offered, "{endpoint}: {}", last.body);
        assert_eq!(last.body.contains("Account at okta"), offered, "{endpoint}");
    }
}

/// Who says no stays, and who has no provider needs no mark.
#[tokio::test]
async fn nobody_is_marked_who_stays_or_has_no_provider() {
    let provider = Provider::start().await;
    let server = server_with(&provider, PUBLIC).await;
    let mut person = signs_in(&server, &provider).await;
    let page = person.opens(&format!("{ISSUER}/logout")).await.page();
    let last = person.submits(&page, &[("sign_out", "no")]).await.end();
    assert!(!person.cookies.contains_key(MARK) && !last.body.contains("Account at okta"));
    let server = start("", "").await;
    let mut amy = Person::named(&server, "amy");
    amy.goes_through(&App::public(&server).standalone(SCOPE), None).await;
    signs_out(&mut amy).await;
    assert!(!amy.cookies.contains_key(MARK));
}

/// The page says so, and so it must be, also to somebody whose session was over already.
#[tokio::test]
async fn the_page_is_true_where_nobody_was_signed_in() {
    let provider = Provider::start().await;
    let server = server_with(&provider, PUBLIC).await;
    let mut person = somebody(&server);
    let last = person.opens(&format!("{ISSUER}/logout")).await.end();
    assert!(last.body.contains("You are signed out"));
    assert_eq!(parameters(&is_sent(&mut person, &server).await)["prompt"], "login");
}

/// An app that takes its user back at once takes them back without our page, and with the mark.
#[tokio::test]
async fn it_is_the_same_where_the_app_shows_the_last_page() {
    let provider = Provider::start().await;
    let server = server_with(&provider, PUBLIC).await;
    let mut person = somebody(&server);
    let location = is_sent(&mut person, &server).await;
    let back = provider.signs_in(&location, amy(), server.now().0);
    let answer = person.goes_through(&back, Some("amy-shaw")).await;
    let tokens = App::public(&server).exchanges(&answer.query("code").expect("a code")).await;
    let hint = tokens.0["id_token"].as_str().expect("an id_token");
    let bye = [("id_token_hint", hint), ("post_logout_redirect_uri", "https://app.example/bye")];
    let answer = person.opens(&format!("{ISSUER}/logout?{}", kit::http::encode(&bye))).await.app();
    assert_eq!(answer.location(), "https://app.example/bye");
    assert_eq!(parameters(&is_sent(&mut person, &server).await)["prompt"], "login");
}
