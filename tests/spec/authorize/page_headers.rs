//! What protects the pages: headers, cookies, redirects (AUTHZ-14 to 16, 24; RFC 9700 §4.2.4, §4.11, §4.12, §4.16).

use super::{SCOPE, asks, by_get};
use crate::second_factors::{REQUIRED, after_password, codes_on, scanned, with_policy};
use axum::{body::Body, http::Method};
use kit::{
    Answer, App, Person, TestServer,
    app::with,
    browser::Place,
    server::{BASE, ISSUER},
};

/// One answer of each page there is.
async fn every_page(server: &TestServer) -> Vec<(&'static str, Answer)> {
    let url = App::public(server).standalone(SCOPE);
    let mut hannah = Person::named(server, "hannah");
    let sign_in = hannah.opens(&url).await.page();
    let wrong = hannah.submits(&sign_in, &[("username", "hannah"), ("password", "wrong")]).await.page();
    let picker = hannah.does(&sign_in, None).await.page();
    let consent = hannah.does(&picker, Some("wei-chen")).await.page();
    let answer = hannah.does(&consent, None).await.app();
    App::public(server).exchanges(&answer.query("code").expect("a code")).await;
    let done = hannah.opens(&consent.url).await.end();
    let request = with(App::public(server).request(SCOPE), "redirect_uri", None);
    let error = asks(server, &request).await;
    let stranger = Person::named(server, "hannah").opens(&consent.url).await.end();
    vec![
        ("sign-in", sign_in.answer),
        ("wrong password", wrong.answer),
        ("picker", picker.answer),
        ("consent", consent.answer),
        ("done", done),
        ("error", error),
        ("another browser", stranger),
        ("unknown tenant", server.get("/nobody/authorize").await),
    ]
}

/// Setting up an authenticator app, the recovery codes, and the code at the next sign-in.
async fn pages_of_a_second_factor() -> Vec<(&'static str, Answer)> {
    let server = with_policy(REQUIRED).await;
    let (mut amy, setup) = after_password(&server, "amy").await;
    let secret = scanned(&setup);
    let codes = amy.submits(&setup, &[("code", &secret.code(server.now()))]).await.page();
    assert_eq!(codes_on(&codes).len(), 8, "{}", codes.answer.body);
    let (_, code) = after_password(&server, "amy").await;
    assert!(code.asks("code"), "{}", code.answer.body);
    vec![("app setup", setup.answer), ("recovery codes", codes.answer), ("code", code.answer)]
}

/// "Authorization servers MUST prevent clickjacking attacks" by `frame-ancestors` and X-Frame-Options (RFC 9700 §4.16).
#[tokio::test]
async fn no_page_can_be_framed_kept_or_scripted() {
    let server = TestServer::start().await;
    for (name, page) in every_page(&server).await {
        let policy = page.header("content-security-policy").unwrap_or_else(|| panic!("{name}: no policy"));
        let directives: Vec<&str> = policy.split(';').map(str::trim).collect();
        for directive in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "style-src 'self'"] {
            assert!(directives.contains(&directive), "{name}: {directive} is not in {policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains("script-src"), "{name}: {policy}");
        assert_eq!(page.header("x-frame-options"), Some("DENY"), "{name}");
        assert_eq!(page.header("referrer-policy"), Some("no-referrer"), "{name}");
        assert_eq!(page.header("cache-control"), Some("no-store"), "{name}");
        assert_eq!(page.header("x-content-type-options"), Some("nosniff"), "{name}");
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"), "{name}");
    }
}

#[tokio::test]
async fn no_page_holds_a_script_an_inline_style_or_anything_from_elsewhere() {
    let server = TestServer::start().await;
    for (name, page) in every_page(&server).await {
        for forbidden in ["<script", " style=", "<style", " onclick", " onload", "javascript:", "src=\"http"] {
            assert!(!page.body.contains(forbidden), "{name} holds {forbidden}");
        }
    }
}

/// Browsers hold the redirects after a POST to `form-action` too, those of the app itself included (CSP 3 §6.4.1): a list of ours
/// would stop native apps and apps that send their user on (AUTHZ-25). The forms themselves post to the page's own address.
#[tokio::test]
async fn no_page_says_where_the_app_may_send_its_user() {
    let server = TestServer::start().await;
    let mut pages = every_page(&server).await;
    pages.extend(pages_of_a_second_factor().await);
    let mut amy = Person::named(&server, "amy");
    amy.goes_through(&App::public(&server).standalone(SCOPE), None).await;
    let leave = format!("{ISSUER}/logout");
    pages.push(("sign-out", amy.opens(&leave).await.page().answer));
    let with_form = pages.iter().filter(|(_, page)| page.body.contains("<form")).count();
    assert!(with_form >= 7, "only {with_form} pages with a form");
    for (name, page) in pages {
        let policy = page.header("content-security-policy").unwrap_or_else(|| panic!("{name}: no policy"));
        assert!(!policy.contains("form-action") && !policy.contains("navigate-to"), "{name}: {policy}");
        for tag in page.body.split("<form").skip(1).map(|rest| rest.split('>').next().unwrap_or_default()) {
            let own = match name {
                "sign-out" => format!("action=\"{leave}\""),
                _ => format!("action=\"{ISSUER}/authorize/"),
            };
            assert!(tag.contains(&own) || !tag.contains("action="), "{name}: {tag}");
        }
        for hidden in ["formaction", "http-equiv=\"refresh"] {
            assert!(!page.body.contains(hidden), "{name} holds {hidden}");
        }
    }
}

/// An app that opens the way as a pop-up waits for its window to come back (AUTHZ-26; fhirclient's `target: "popup"`). A person's own pages
/// come back to nobody.
#[tokio::test]
async fn the_opener_of_a_pop_up_keeps_its_window_on_the_way_to_an_app_alone() {
    let server = TestServer::start().await;
    for (name, page) in every_page(&server).await {
        assert_eq!(page.header("cross-origin-opener-policy"), None, "{name}");
    }
    let mut amy = Person::named(&server, "amy");
    amy.goes_through(&App::public(&server).standalone(SCOPE), None).await;
    for (path, expected) in [("manage", Some("same-origin")), ("account", Some("same-origin")), ("logout", None)] {
        let answer = match amy.opens(&format!("{ISSUER}/{path}")).await {
            Place::Page(page) => page.answer,
            Place::App(answer) | Place::End(answer) => answer,
        };
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("cross-origin-opener-policy"), expected, "{path}");
    }
}

/// RFC 9700 §2.6: no CORS at the authorization endpoint, since browsers go there and scripts do not.
#[tokio::test]
async fn no_page_of_another_origin_can_read_an_answer() {
    let server = TestServer::start().await;
    let url = format!("/clinic/authorize?{}", super::query_of(&App::public(&server).request(SCOPE)));
    let origin = ("origin", "https://app.example");
    let preflight = [origin, ("access-control-request-method", "POST")];
    for answer in [
        server.request(Method::GET, &url, &[origin], Body::empty()).await,
        server.request(Method::OPTIONS, &url, &preflight, Body::empty()).await,
        server.request(Method::GET, "/clinic/authorize", &[origin], Body::empty()).await,
        server.request(Method::OPTIONS, "/clinic/authorize/x", &preflight, Body::empty()).await,
    ] {
        let cors = answer.headers.keys().find(|name| name.as_str().starts_with("access-control"));
        assert_eq!(cors, None);
    }
}

#[tokio::test]
async fn the_cookie_is_for_this_host_https_and_no_script() {
    let server = TestServer::start().await;
    let answer = by_get(&server, &App::public(&server).request(SCOPE)).await;
    let cookies: Vec<&str> =
        answer.headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().expect("text")).collect();
    let [cookie] = cookies.as_slice() else { panic!("{cookies:?}") };
    assert!(cookie.starts_with("__Host-"), "{cookie}");
    let attributes: Vec<&str> = cookie.split("; ").skip(1).collect();
    for attribute in ["Secure", "HttpOnly", "Path=/", "SameSite=Lax", "Max-Age=900"] {
        assert!(attributes.contains(&attribute), "{attribute} is not in {cookie}");
    }
    // `__Host-` forbids a Domain (RFC 6265bis §4.1.3.2).
    assert!(!attributes.iter().any(|attribute| attribute.starts_with("Domain")));
    let value = cookie.split(['=', ';']).nth(1).expect("a value");
    assert!(value.len() >= 43, "256 bits");
}

/// An issuer on a laptop has no https, and browsers drop `Secure` and `__Host-` cookies there.
#[tokio::test]
async fn without_https_the_cookie_has_neither_the_prefix_nor_secure() {
    let server =
        TestServer::start_with(|toml| toml.replacen("name =", "issuer = \"http://127.0.0.1:9000/clinic\"\nname =", 1))
            .await;
    let answer = by_get(&server, &App::public(&server).request(SCOPE)).await;
    let cookie = answer.header("set-cookie").expect("a cookie");
    assert!(cookie.starts_with("admit-") && !cookie.contains("Secure") && cookie.contains("HttpOnly"), "{cookie}");
}

/// AUTHZ-14; RFC 9700 §4.12: after a 307 the browser would post the password to the app.
#[tokio::test]
async fn every_post_ends_in_303() {
    let server = TestServer::start().await;
    let posted = server.post("/clinic/authorize", &super::borrowed(&App::public(&server).request(SCOPE)), &[]).await;
    assert_eq!(posted.status, 303);
    let mut hannah = Person::named(&server, "hannah");
    let mut page = hannah.opens(&App::public(&server).standalone(SCOPE)).await.page();
    loop {
        let path = page.action.strip_prefix(BASE).unwrap_or(&page.action).to_owned();
        let cookie = hannah.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join("; ");
        // Without a fact the form leads back to the same page, by 303 too.
        let csrf = ("csrf", page.fields[0].1.as_str());
        let answer = server.post(&path, &[csrf], &[("cookie", &cookie)]).await;
        assert_eq!(answer.status, 303);
        match hannah.does(&page, Some("wei-chen")).await {
            Place::Page(next) => page = next,
            Place::App(answer) => {
                assert_eq!(answer.status, 303);
                break;
            }
            Place::End(end) => panic!("{}", end.body),
        }
    }
}

#[tokio::test]
async fn the_redirect_to_the_app_is_not_kept_and_tells_nobody_where_it_came_from() {
    let server = TestServer::start().await;
    let code = Person::named(&server, "amy").goes_through(&App::public(&server).standalone(SCOPE), None).await;
    let error = asks(&server, &with(App::public(&server).request(SCOPE), "aud", None)).await;
    for answer in [code, error] {
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
        assert!(answer.body.is_empty());
    }
}

#[tokio::test]
async fn the_stylesheet_is_served_for_good_under_the_hash_of_its_content() {
    let server = TestServer::start().await;
    let page = Person::named(&server, "amy").opens(&App::public(&server).standalone(SCOPE)).await.page();
    let href = page.answer.body.split("rel=\"stylesheet\" href=\"").nth(1).and_then(|rest| rest.split('"').next());
    let answer = server.get(&href.expect("a stylesheet").replace("&amp;", "&")).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("text/css; charset=utf-8"));
    assert!(answer.header("cache-control").is_some_and(|cache| cache.contains("immutable")));
}

/// Whatever a stranger sends is text on the page, and never markup.
#[tokio::test]
async fn what_the_app_sends_is_escaped() {
    let server = TestServer::start().await;
    let hostile = "\"><script>alert(1)</script>'<img src=x>";
    let app = App::public(&server);
    let request = with(with(app.request(SCOPE), "login_hint", Some(hostile)), "state", Some(hostile));
    let mut hannah = Person::named(&server, "hannah");
    let sign_in = hannah.opens(&kit::app::authorize_url(&request)).await.page();
    let picker = hannah.does(&sign_in, None).await.page();
    let query = kit::http::encode(&[("name", hostile)]);
    let searched = hannah.opens(&format!("{}?{query}", picker.url)).await.page();
    for page in [sign_in, picker, searched] {
        assert!(!page.answer.body.contains("<script") && !page.answer.body.contains("<img"), "{}", page.answer.body);
    }
    for name in ["client_id", "redirect_uri", "response_type", "scope", "aud"] {
        let answer = asks(&server, &with(app.request(SCOPE), name, Some(hostile))).await;
        assert!(!answer.body.contains("<script") && !answer.body.contains("<img"), "{name}: {}", answer.body);
    }
}

/// Nothing that names an interaction or a code appears in a URL of another site but the answer itself.
#[tokio::test]
async fn a_page_lives_under_an_id_that_can_not_be_guessed() {
    let server = TestServer::start().await;
    let (one, two) = (
        by_get(&server, &App::public(&server).request(SCOPE)).await,
        by_get(&server, &App::public(&server).request(SCOPE)).await,
    );
    let id = |answer: &Answer| answer.location().strip_prefix(&format!("{ISSUER}/authorize/")).map(str::to_owned);
    let (one, two) = (id(&one).expect("an id"), id(&two).expect("an id"));
    assert!(one.len() >= 43 && two.len() >= 43, "256 bits");
    assert_ne!(one, two);
}
