//! He sends the headers of a proxy, or another `Host`, so that the server builds its URLs, its issuer or its cookies from
//! them. Every URL comes from the tenant's configuration (AWS-3; RFC 9700 §4.13).

use super::*;
use axum::http::Method;
use kit::{
    Assertion,
    app::{VERIFIER, assertion_form},
    http::encode,
    server::{BASE, ISSUER},
};

const LIES: [(&str, &str); 13] = [
    ("host", "evil.example"),
    ("x-forwarded-host", "evil.example"),
    ("x-forwarded-server", "evil.example"),
    ("x-forwarded-proto", "http"),
    ("x-forwarded-port", "666"),
    ("x-forwarded-prefix", "/evil"),
    ("x-forwarded-for", "127.0.0.1"),
    ("forwarded", "host=evil.example;proto=http"),
    ("x-original-url", "/other/token"),
    ("x-rewrite-url", "/other/token"),
    ("x-original-host", "evil.example"),
    ("x-client-cert", "evil"),
    ("x-amzn-oidc-identity", "hannah"),
];

fn believes_nothing(answer: &Answer) {
    for (name, value) in &answer.headers {
        let value = value.to_str().expect("text");
        assert!(!value.contains("evil") && !value.contains("666"), "{name}: {value}");
        assert!(!value.contains("http://auth.example"), "{name}: {value}");
    }
    assert!(!answer.body.contains("evil") && !answer.body.contains(":666"), "{}", answer.body);
}

/// R9700-7 MUST.
#[tokio::test]
async fn documents_are_the_same_whatever_the_headers_say() {
    let server = TestServer::start().await;
    for path in [
        "/clinic/.well-known/smart-configuration",
        "/clinic/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server/clinic",
        "/clinic/.well-known/jwks.json",
    ] {
        let honest = server.get(path).await;
        let lied = server.request(Method::GET, path, &LIES, "").await;
        assert_eq!(lied.body, honest.body, "{path}");
        believes_nothing(&lied);
    }
}

#[tokio::test]
async fn the_way_to_the_code_stays_on_this_host() {
    let server = TestServer::start().await;
    let url = App::public(&server).standalone(SCOPE);
    let begun = server.request(Method::GET, url.trim_start_matches(BASE), &LIES, "").await;
    believes_nothing(&begun);
    assert!(begun.location().starts_with(&format!("{ISSUER}/authorize/")), "{}", begun.location());
    let cookie = begun.header("set-cookie").expect("a cookie").to_owned();
    assert!(cookie.starts_with("__Host-") && cookie.contains("Secure"), "{cookie}");
    let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
    let mut headers = LIES.to_vec();
    headers.push(("cookie", &cookie));
    let page = server.request(Method::GET, begun.location().trim_start_matches(BASE), &headers, "").await;
    assert_eq!(page.status, 200);
    believes_nothing(&page);
    assert!(page.body.contains(&format!("action=\"{ISSUER}/authorize/")), "{}", page.body);
}

#[tokio::test]
async fn tokens_name_the_configured_issuer() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let code = app.code("amy", SCOPE, None).await;
    let mut form = exchange_form(&app, &code, VERIFIER);
    form.push(("client_id", app.client_id));
    let answer = server.post("/clinic/token", &form, &LIES).await;
    believes_nothing(&answer);
    let tokens = kit::app::tokens(answer);
    for name in ["access_token", "id_token"] {
        assert_eq!(tokens.claims(name)["iss"], ISSUER);
    }
}

/// An assertion for the host that he pretends we are is an assertion for somebody else.
#[tokio::test]
async fn the_audience_of_an_assertion_is_compared_with_the_configured_url() {
    let server = TestServer::start().await;
    for (aud, status) in [("https://evil.example/clinic/token", 401), ("https://auth.example/clinic/token", 200)] {
        let assertion = Assertion::new(rules::tenant::SigningAlg::ES384, "backend", aud, server.now().0);
        let mut form = assertion_form(&assertion.sign());
        form.extend([("grant_type".into(), "client_credentials".into()), ("scope".into(), "system/*.rs".into())]);
        let pairs: Vec<(&str, &str)> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        assert_eq!(server.post("/clinic/token", &pairs, &LIES).await.status, status, "{aud}");
    }
}

/// A whole URL as the request's target (RFC 9112 §3.2.2).
#[tokio::test]
async fn an_absolute_target_names_no_other_host() {
    let server = TestServer::start().await;
    let path = "https://evil.example/clinic/.well-known/smart-configuration";
    let answer = server.get(path).await;
    assert_eq!(answer.json()["issuer"], ISSUER);
    believes_nothing(&answer);
    let query = encode(&[("client_id", "public-app")]);
    believes_nothing(&server.get(&format!("https://evil.example/clinic/authorize?{query}")).await);
}

/// `x-original-url` and its kin choose no other endpoint or tenant.
#[tokio::test]
async fn the_path_is_the_path() {
    let server = TestServer::start().await;
    let answer = server.post("/clinic/revoke", &[("token", "x"), ("client_id", "public-app")], &LIES).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "{}"));
}
