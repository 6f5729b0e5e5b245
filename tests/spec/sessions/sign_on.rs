//! Signing in once, and what a browser holds afterwards.

use super::{SCOPE, asks, overwrites, session_of, signed_in};
use axum::{body::Body, http::Method};
use kit::{App, Person, TestServer, browser::SESSION_COOKIE, server::BASE};
use rules::{secret::ChosenSecretHash, tenant::TenantId, user::User};
use server::store::{Write, schema};

#[tokio::test]
async fn a_second_app_asks_for_consent_and_not_for_a_password() {
    let server = TestServer::start().await;
    let mut amy = signed_in(&server, "amy").await;
    let page = amy.opens(&asks(&server, &[])).await.page();
    assert!(page.asks("decision") && !page.asks("password"));
    assert!(page.answer.body.contains("Amy Shaw"));
    let answer = amy.does(&page, None).await.app();
    let tokens = App::second(&server).exchanges(&answer.query("code").expect("a code")).await;
    assert_eq!(tokens.0["patient"], "amy-shaw");
}

#[tokio::test]
async fn another_browser_knows_nobody() {
    let server = TestServer::start().await;
    signed_in(&server, "amy").await;
    assert!(Person::named(&server, "amy").opens(&asks(&server, &[])).await.page().asks("password"));
}

#[tokio::test]
async fn a_session_cookie_that_comes_more_than_once_is_one_session() {
    let server = TestServer::start().await;
    let mut amy = signed_in(&server, "amy").await;
    let page = amy.goes_to(&asks(&server, &[]), "decision", None).await;
    let pair = |(name, value): (&String, &String)| format!("{name}={value}");
    let mut cookies: Vec<String> = amy.cookies.iter().map(pair).collect();
    let session = format!("{SESSION_COOKIE}={}", amy.session_cookie().expect("a session"));
    cookies.extend([session.clone(), session]);
    let path = page.url.strip_prefix(BASE).expect("a URL of this server");
    let answer = server.request(Method::GET, path, &[("cookie", &cookies.join("; "))], Body::empty()).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(answer.body.contains("name=\"decision\"") && answer.body.contains("Amy Shaw"), "{}", answer.body);
}

/// A browser sends no `SameSite=Lax` cookie with an app's POST, and does with the redirect that follows it.
#[tokio::test]
async fn a_request_by_post_finds_the_session_too() {
    let server = TestServer::start().await;
    let mut amy = signed_in(&server, "amy").await;
    let request = App::second(&server).request(SCOPE);
    let form: Vec<(&str, &str)> = request.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let answer = server.post("/clinic/authorize", &form, &[]).await;
    let cookie = answer.header("set-cookie").expect("a cookie").split(';').next().expect("a pair").to_owned();
    let (name, value) = cookie.split_once('=').expect("a pair");
    amy.cookies.insert(name.to_owned(), value.to_owned());
    assert!(amy.opens(answer.location()).await.page().asks("decision"));
}

#[tokio::test]
async fn the_cookie_is_the_hosts_own_and_the_tenants() {
    let server = TestServer::start().await;
    let mut amy = Person::named(&server, "amy");
    let page = amy.opens(&asks(&server, &[])).await.page();
    let cookies: Vec<String> = amy.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let csrf = page.fields[0].1.clone();
    let form = [("csrf", csrf.as_str()), ("username", "amy"), ("password", kit::server::PASSWORD)];
    let path = page.action.strip_prefix(BASE).expect("a URL of this server");
    let answer = server.post(path, &form, &[("cookie", &cookies.join("; "))]).await;
    let set: Vec<&str> = answer.headers.get_all("set-cookie").iter().filter_map(|v| v.to_str().ok()).collect();
    let session = set.iter().find(|cookie| cookie.starts_with(SESSION_COOKIE)).expect("a session cookie");
    let attributes: Vec<&str> = session.split(';').skip(1).map(str::trim).collect();
    for attribute in ["Path=/", "HttpOnly", "SameSite=Lax", "Secure"] {
        assert!(attributes.contains(&attribute), "{session}");
    }
    assert!(!session.contains("Max-Age") && !session.to_ascii_lowercase().contains("domain"), "{session}");
    // 256 bits are 43 characters; they are not in the table.
    let secret = session.split(['.', ';']).nth(1).expect("a secret");
    assert_eq!(secret.len(), 43);
    let value = session.split(['=', ';']).nth(1).expect("a value");
    assert!(!format!("{:?}", session_of(&server, value).await).contains(secret));
}

#[tokio::test]
async fn a_removed_user_is_not_signed_in_any_more() {
    let server = TestServer::start().await;
    let mut amy = signed_in(&server, "amy").await;
    let clinic = TenantId::parse("clinic").expect("a tenant");
    let found = server.server.store.find::<User>(schema::user(&clinic, "amy"), server.now()).await;
    let user = found.expect("the table answers").expect("a user").value;
    // The name was given to somebody else: another person, who must sign in.
    overwrites(&server, Write::overwrite(&User { sub: "somebody-else".into(), ..user.clone() }).expect("a write"))
        .await;
    assert!(amy.opens(&asks(&server, &[])).await.page().asks("password"));
    overwrites(&server, Write::overwrite(&user).expect("a write")).await;
    assert!(amy.opens(&asks(&server, &[])).await.page().asks("decision"));
}

#[tokio::test]
async fn another_password_ends_the_sign_ins_with_the_old_one() {
    let server = TestServer::start().await;
    let mut amy = signed_in(&server, "amy").await;
    let page = amy.opens(&asks(&server, &[])).await.page();
    let clinic = TenantId::parse("clinic").expect("a tenant");
    let found = server.server.store.find::<User>(schema::user(&clinic, "amy"), server.now()).await;
    let user = found.expect("the table answers").expect("a user").value;
    let password = ChosenSecretHash::of_client_secret("another-password-of-more-than-32-characters").expect("a hash");
    overwrites(&server, Write::overwrite(&User { password, ..user }).expect("a write")).await;
    assert!(amy.opens(&asks(&server, &[])).await.page().asks("password"));
    // Nor does the page that was shown before lead anywhere.
    assert_eq!(amy.does(&page, None).await.end().status, 400);
}

#[tokio::test]
async fn two_tabs_each_keep_their_own_way() {
    let server = TestServer::start().await;
    let mut amy = Person::named(&server, "amy");
    let (first, second) = (App::public(&server), App::second(&server));
    let one = amy.opens(&first.standalone(SCOPE)).await.page();
    let two = amy.opens(&second.standalone(SCOPE)).await.page();
    assert!(one.asks("password") && two.asks("password"));
    let one = amy.does(&one, None).await.page();
    // The other tab's form still works, and its page is reached without it too.
    assert!(amy.opens(&two.url).await.page().asks("decision"));
    let two = amy.does(&two, None).await.page();
    assert!(one.asks("decision") && two.asks("decision"));
    let two = amy.does(&two, None).await.app();
    let one = amy.does(&one, None).await;
    let code = two.query("code").expect("a code");
    second.exchanges(&code).await;
    // The same person signed in again: the first tab goes on in the same session.
    first.exchanges(&one.app().query("code").expect("a code")).await;
}

#[tokio::test]
async fn the_sign_in_form_sent_twice_does_no_harm() {
    let server = TestServer::start().await;
    let mut amy = Person::named(&server, "amy");
    let page = amy.opens(&asks(&server, &[])).await.page();
    let before = amy.cookies.clone();
    let consent = amy.does(&page, None).await.page();
    // A double click: the second came with the cookies of before, and its answer is the one that is shown.
    let after = std::mem::replace(&mut amy.cookies, before);
    let again = amy.does(&page, None).await.page();
    assert!(again.asks("decision"));
    amy.does(&again, None).await.app();
    // Back button: the old form, with the cookies of now.
    amy.cookies = after;
    let _ = consent;
    let mut other = Person::named(&server, "amy");
    let page = other.opens(&asks(&server, &[])).await.page();
    other.does(&page, None).await.page();
    assert!(other.does(&page, None).await.page().asks("decision"));
}

#[tokio::test]
async fn amr_says_that_it_was_a_password() {
    let server = TestServer::start().await;
    let tokens = App::public(&server).gets_tokens("amy", SCOPE, None).await;
    let claims = tokens.claims("id_token");
    assert_eq!(claims["amr"], serde_json::json!(["pwd"]));
    assert_eq!(claims.get("acr"), None);
}
