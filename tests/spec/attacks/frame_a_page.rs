//! He shows our pages in an invisible frame over his own, so that a click on his button is a click on ours (RFC 9700
//! §4.16); or he reads them from a page of his. Only EHRs that the tenant names may frame its pages on the way to an app, and no page is shared with another origin.

use super::*;
use axum::http::Method;
use kit::{
    Person,
    app::{authorize_url, with},
    server::BASE,
};

/// AUTHZ-15 MUST; R9700-1 MUST.
fn is_protected(answer: &Answer) {
    let policy = answer.header("content-security-policy").expect("a policy");
    let directives: Vec<&str> = policy.split(';').map(str::trim).collect();
    assert!(directives.contains(&"frame-ancestors 'none'"), "{policy}");
    assert!(directives.contains(&"default-src 'none'"), "{policy}");
    assert!(directives.contains(&"base-uri 'none'"), "{policy}");
    assert!(!policy.contains("unsafe") && !policy.contains("script-src"), "{policy}");
    assert_eq!(answer.header("x-frame-options"), Some("DENY"));
    assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert!(answer.header("content-type").is_some_and(|kind| kind.starts_with("text/html")));
}

#[tokio::test]
async fn every_page_forbids_frames() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let mut person = Person::named(&server, "rosa");
    let sign_in = person.opens(&app.standalone(SCOPE)).await.page();
    let failed = person.submits(&sign_in, &[("username", "rosa"), ("password", "wrong")]).await.page();
    let picker = person.does(&failed, None).await.page();
    let consent = person.does(&picker, Some("mia-rivera")).await.page();
    app.exchanges(&person.does(&consent, None).await.app().query("code").expect("a code")).await;
    let done = person.opens(&consent.url).await.end();
    let error = server.get("/clinic/authorize?client_id=unknown").await;
    let no_tenant = server.get("/nobody/authorize").await;
    let expired = Person::named(&server, "amy").opens(&consent.url).await.end();
    for page in [sign_in.answer, failed.answer, picker.answer, consent.answer, done, error, no_tenant, expired] {
        is_protected(&page);
    }
}

/// AUTHZ-16 MUST NOT: CORS on the authorization endpoint (RFC 9700 §2.6).
#[tokio::test]
async fn no_other_origin_may_read_the_authorization_endpoint() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let url = app.standalone(SCOPE);
    let path = url.trim_start_matches(BASE);
    for origin in ["https://app.example", "https://evil.example", "null", "https://auth.example"] {
        for method in [Method::GET, Method::POST, Method::OPTIONS] {
            let headers = [
                ("origin", origin),
                ("access-control-request-method", "GET"),
                ("content-type", "application/x-www-form-urlencoded"),
            ];
            let answer = server.request(method, path, &headers, "").await;
            for name in
                ["access-control-allow-origin", "access-control-allow-credentials", "access-control-allow-headers"]
            {
                assert_eq!(answer.header(name), None, "{origin}");
            }
        }
    }
}

/// TOK-15: the token endpoint answers the pages of registered apps, and never lets a browser add its cookies.
#[tokio::test]
async fn the_token_endpoint_is_read_by_registered_origins_alone() {
    let server = TestServer::start().await;
    for origin in [
        "https://evil.example",
        "null",
        "https://app.example.evil.example",
        "http://app.example",
        "https://app.example:8443",
        "https://APP.example",
        "https://app.example/",
        "https://app.example, https://evil.example",
        "*",
        "file://",
    ] {
        for (method, path) in
            [(Method::POST, "/clinic/token"), (Method::OPTIONS, "/clinic/token"), (Method::OPTIONS, "/clinic/revoke")]
        {
            let answer = server.request(method, path, &[("origin", origin)], "").await;
            assert_eq!(answer.header("access-control-allow-origin"), None, "{origin}");
        }
    }
    let answer = server.request(Method::OPTIONS, "/clinic/token", &[("origin", "https://app.example")], "").await;
    assert_eq!(answer.header("access-control-allow-origin"), Some("https://app.example"));
    assert_eq!(answer.header("access-control-allow-credentials"), None);
    assert!(answer.header("vary").is_some_and(|vary| vary.contains("Origin")));
}

/// One app's page can't read what was issued to another app, though both are registered.
#[tokio::test]
async fn one_apps_page_does_not_read_anothers_tokens() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let code = app.code("amy", SCOPE, None).await;
    let mut form = exchange_form(&app, &code, kit::app::VERIFIER);
    form.push(("client_id", app.client_id));
    let answer = server.post("/clinic/token", &form, &[("origin", "https://second.example")]).await;
    assert_eq!(answer.header("access-control-allow-origin"), None);
}

/// A person's own page that his window opened has no handle back to it (COOP): what it shows or does is nobody else's business.
/// The error he provokes is on a page of ours, unframed.
#[tokio::test]
async fn a_window_of_a_persons_own_page_that_he_opened_is_cut_off() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let mut amy = Person::named(&server, "amy");
    amy.goes_through(&app.standalone(SCOPE), None).await;
    for path in ["manage", "account"] {
        let page = amy.opens(&format!("{BASE}/clinic/{path}")).await.page();
        assert_eq!(page.answer.header("cross-origin-opener-policy"), Some("same-origin"), "{path}");
    }
    let bad = with(app.request(SCOPE), "redirect_uri", Some("https://evil.example"));
    is_protected(&Person::named(&server, "amy").opens(&authorize_url(&bad)).await.end());
}

/// LCTX-10: an EHR's frame is for the way to an app. A person's own pages are clicked on unseen in nobody's.
#[tokio::test]
async fn where_frames_are_allowed_the_persons_own_pages_still_are_in_none() {
    let ehr = "https://ehr.example";
    let server = TestServer::start_with(|toml| format!("{toml}\n[pages]\nframe_ancestors = [\"{ehr}\"]\n")).await;
    let mut amy = Person::named(&server, "amy");
    let sign_in = amy.opens(&App::public(&server).standalone(SCOPE)).await.page();
    let consent = amy.does(&sign_in, None).await.page();
    amy.does(&consent, None).await.app();
    for page in [&sign_in.answer, &consent.answer] {
        let policy = page.header("content-security-policy").expect("a policy");
        assert!(policy.contains(&format!("frame-ancestors {ehr};")), "{policy}");
        assert_eq!(page.header("x-frame-options"), None);
    }
    let form = [("content-type", "application/x-www-form-urlencoded"), ("origin", "https://evil.example")];
    let mut own = vec![server.get("/clinic/logout?post_logout_redirect_uri=https://evil.example").await];
    own.push(server.request(Method::POST, "/clinic/manage", &form, "").await);
    for path in ["account", "manage", "logout"] {
        let answer = amy.opens(&format!("{BASE}/clinic/{path}")).await.page();
        own.push(amy.answers(&answer.with("csrf", "wrong"), &[("sign_out", "yes")]).await);
        own.push(answer.answer);
    }
    for answer in own.iter().filter(|answer| answer.status != 303) {
        is_in_no_frame(answer);
    }
    assert!(own.iter().filter(|answer| answer.status != 303).count() >= 6);
}

fn is_in_no_frame(answer: &Answer) {
    let policy = answer.header("content-security-policy").expect("a policy");
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    assert_eq!(answer.header("x-frame-options"), Some("DENY"), "{}", answer.body);
}

/// RFC 6797: on every answer of every function, and never over http, where it would say nothing.
#[tokio::test]
async fn a_browser_that_was_here_comes_back_by_https_alone() {
    let server = TestServer::start().await;
    let code = [("grant_type", "authorization_code"), ("code", "x"), ("client_id", "public-app")];
    let mut answers = vec![
        server.post("/clinic/token", &code, &[]).await,
        server.post("/clinic/introspect", &[("token", "x")], &[]).await,
        server.post("/clinic/revoke", &[("token", "x")], &[]).await,
        server.post("/clinic/launchContext", &[], &[]).await,
        server.request(Method::PUT, "/clinic/token", &[], "").await,
        server.request(Method::OPTIONS, "/clinic/token", &[("origin", "https://app.example")], "").await,
    ];
    for path in [
        "/clinic/authorize",
        "/clinic/authorize/no-such-way",
        "/clinic/authorize/style.css",
        "/clinic/account",
        "/clinic/manage",
        "/clinic/logout",
        "/clinic/userinfo",
        "/clinic/.well-known/smart-configuration",
        "/clinic/.well-known/jwks.json",
        "/.well-known/oauth-authorization-server/clinic",
    ] {
        answers.push(server.get(path).await);
    }
    for (index, answer) in answers.iter().enumerate() {
        let policy = answer.header("strict-transport-security").unwrap_or_else(|| panic!("{index}: {}", answer.body));
        let seconds: i64 = policy.strip_prefix("max-age=").expect("an age").parse().expect("seconds");
        assert!(seconds >= 365 * 86_400);
    }
    server
        .tenant_becomes(|tenant| {
            tenant.issuer = rules::tenant::Issuer::parse("http://localhost:9000/clinic").expect("one")
        })
        .await;
    assert_eq!(server.get("/clinic/.well-known/jwks.json").await.header("strict-transport-security"), None);
}
