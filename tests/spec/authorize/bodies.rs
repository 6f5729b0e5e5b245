//! Requests that are large, broken or of another kind get an answer of the protocol, never a 500 (AUTHZ-19).

use super::{SCOPE, assert_is_error_page, assert_is_page_with, borrowed, by_post, query_of};
use axum::{body::Body, http::Method};
use kit::{
    App, Person, TestServer,
    app::STATE,
    http::encode,
    server::{ISSUER, PASSWORD},
};

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

fn leads_to_a_page(answer: &kit::Answer) -> bool {
    answer.status == 303 && answer.location().starts_with(&format!("{ISSUER}/authorize/"))
}

#[tokio::test]
async fn a_form_of_64_kilobytes_is_read() {
    let server = TestServer::start().await;
    let mut request = App::public(&server).request(SCOPE);
    request.push(("filler".to_owned(), "x".repeat(64 * 1024)));
    assert!(leads_to_a_page(&by_post(&server, &request).await));
}

/// What does not fit is no request, and the page says that it was too large.
#[tokio::test]
async fn a_form_of_a_megabyte_gets_a_page() {
    let server = TestServer::start().await;
    let mut request = App::public(&server).request(SCOPE);
    request.push(("filler".to_owned(), "x".repeat(1024 * 1024)));
    assert_is_page_with(413, &by_post(&server, &request).await, "1 MB");
}

/// The scopes of every resource type, each a decision of the user's: a box for each of them is a field of the form for each of them.
#[tokio::test]
async fn six_hundred_scopes_can_be_consented_to() {
    let server = TestServer::start_with(|toml| {
        toml.replace("client_id = \"public-app\"", "client_id = \"public-app\"\naccess_token_format = \"reference\"")
    })
    .await;
    let app = App::public(&server);
    let letter = |n: u8| char::from(b'a' + n);
    let names = (0..26).flat_map(|first| (0..23).map(move |second| (letter(first), letter(second))));
    let types: Vec<String> = names.map(|(first, second)| format!("patient/T{first}{second}.rs")).collect();
    let scope = format!("openid launch/patient {}", types.join(" "));
    let mut amy = Person::named(&server, "amy");
    let page = amy.posts(&format!("{ISSUER}/authorize"), &borrowed(&app.request(&scope))).await.page();
    let consent = amy.does(&page, None).await.page();
    let answer = amy.does(&consent, None).await.app();
    let tokens = app.exchanges(&answer.query("code").expect("a code")).await;
    assert_eq!(tokens.scope(), scope);
}

#[tokio::test]
async fn a_thousand_scopes_nobody_knows_are_an_invalid_scope() {
    let server = TestServer::start().await;
    let scope: Vec<String> = (0..1000).map(|n| format!("unknown-{n}")).collect();
    let answer = by_post(&server, &App::public(&server).request(&scope.join(" "))).await;
    assert_eq!(answer.query("error").as_deref(), Some("invalid_scope"));
}

#[tokio::test]
async fn ten_thousand_parameters_are_no_request() {
    let server = TestServer::start().await;
    let mut request = App::public(&server).request(SCOPE);
    request.extend((0..10_000).map(|n| (format!("p{n}"), String::new())));
    assert_is_error_page(&by_post(&server, &request).await, "10,000 parameters");
}

#[tokio::test]
async fn broken_utf8_gets_a_page_by_get_and_by_post() {
    let server = TestServer::start().await;
    let good = query_of(&App::public(&server).request(SCOPE));
    for broken in ["x=%ff", "%c3%28=x", "state=%e2%82", "scope=%f0%9f"] {
        let encoded = format!("{good}&{broken}");
        assert_is_error_page(&server.get(&format!("/clinic/authorize?{encoded}")).await, broken);
        let posted = server.request(Method::POST, "/clinic/authorize", &[FORM], encoded).await;
        assert_is_error_page(&posted, broken);
    }
    let raw = [good.as_bytes(), b"&x=\xff\xfe"].concat();
    assert_is_error_page(&server.request(Method::POST, "/clinic/authorize", &[FORM], raw).await, "raw bytes");
}

#[tokio::test]
async fn percent_signs_that_encode_nothing_do_no_harm() {
    let server = TestServer::start().await;
    let query = format!("{}&x=100%&y=%zz&%=%", query_of(&App::public(&server).request(SCOPE)));
    let answer = server.get(&format!("/clinic/authorize?{query}")).await;
    assert!(leads_to_a_page(&answer) || answer.status == 400, "{}", answer.status);
}

#[tokio::test]
async fn a_request_without_anything_gets_a_page() {
    let server = TestServer::start().await;
    assert_is_error_page(&server.get("/clinic/authorize").await, "GET");
    assert_is_error_page(&server.get("/clinic/authorize?").await, "GET ?");
    assert_is_error_page(&server.get("/clinic/authorize?&&==&").await, "GET with separators");
    assert_is_error_page(&server.request(Method::POST, "/clinic/authorize", &[], Body::empty()).await, "POST");
    assert_is_error_page(&server.request(Method::POST, "/clinic/authorize", &[FORM], Body::empty()).await, "form");
}

#[tokio::test]
async fn only_a_form_is_read_from_a_body() {
    let server = TestServer::start().await;
    let form = query_of(&App::public(&server).request(SCOPE));
    for kind in
        ["application/json", "text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded2", ""]
    {
        let headers = [("content-type", kind)];
        let answer = server.request(Method::POST, "/clinic/authorize", &headers, form.clone()).await;
        assert_is_error_page(&answer, kind);
    }
    for kind in ["application/x-www-form-urlencoded; charset=UTF-8", "Application/X-WWW-Form-Urlencoded"] {
        let headers = [("content-type", kind)];
        let answer = server.request(Method::POST, "/clinic/authorize", &headers, form.clone()).await;
        assert!(leads_to_a_page(&answer), "{kind}");
    }
}

#[tokio::test]
async fn other_methods_are_not_allowed() {
    let server = TestServer::start().await;
    let url = format!("/clinic/authorize?{}", query_of(&App::public(&server).request(SCOPE)));
    for method in [Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS] {
        let answer = server.request(method.clone(), &url, &[], Body::empty()).await;
        assert_eq!(answer.status, 405, "{method}");
    }
}

/// A form on a page that is broken, of another kind or too large changes nothing; the page is still there.
#[tokio::test]
async fn a_broken_form_on_a_page_changes_nothing() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let mut amy = Person::named(&server, "amy");
    let page = amy.opens(&app.standalone(SCOPE)).await.page();
    let path = page.action.strip_prefix(kit::server::BASE).unwrap_or(&page.action).to_owned();
    let cookies: Vec<String> = amy.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
    let cookie = ("cookie", cookies.join("; "));
    let large = encode(&[("csrf", &page.fields[0].1), ("username", &"x".repeat(1024 * 1024))]);
    for body in [b"username=%ff".to_vec(), b"\xff\xfe".to_vec(), Vec::new(), large.into_bytes()] {
        let answer = server.request(Method::POST, &path, &[FORM, (cookie.0, &cookie.1)], body).await;
        assert_is_error_page(&answer, "a broken form");
    }
    for kind in ["text/plain", "application/x-www-form-urlencoded2", "multipart/form-data; boundary=x"] {
        let good = encode(&[("csrf", &page.fields[0].1), ("username", "amy"), ("password", PASSWORD)]);
        let headers = [("content-type", kind), (cookie.0, &*cookie.1)];
        assert_is_error_page(&server.request(Method::POST, &path, &headers, good).await, kind);
    }
    let consent = amy.does(&page, None).await.page();
    let answer = amy.does(&consent, None).await.app();
    assert_eq!(answer.query("state").as_deref(), Some(STATE));
    assert!(answer.query("code").is_some());
}
