//! He runs a server of his own, at which the client authenticates, and passes the assertion on to us; or he keeps one for
//! later. An assertion names its audience, alone, lives five minutes, and works once (RFC 7523 §3; ASYM-4 to 7).

use super::*;
use kit::{Assertion, app::assertion_form, server::ISSUER};
use serde_json::{Value, json};

async fn at(server: &TestServer, endpoint: &str, assertion: &Assertion) -> Answer {
    let mut form = assertion_form(&assertion.sign());
    form.extend([("grant_type".into(), "client_credentials".into()), ("scope".into(), "system/*.rs".into())]);
    form.push(("token".into(), "x".into()));
    let pairs: Vec<(&str, &str)> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    server.post(&format!("/clinic/{endpoint}"), &pairs, &[]).await
}

/// Every one of them is refused at the token endpoint.
async fn refused_with_claim(name: &str, values: impl IntoIterator<Item = Value>) {
    let server = TestServer::start().await;
    for value in values {
        let assertion = App::backend(&server).assertion().with_claim(name, value.clone());
        let answer = at(&server, "token", &assertion).await;
        assert_eq!((answer.status, answer.error().as_str()), (401, "invalid_client"), "{name}: {value}");
    }
}

/// ASYM-5 MUST: `aud` is the token endpoint.
#[tokio::test]
async fn an_assertion_for_another_server_is_refused() {
    refused_with_claim(
        "aud",
        [
            json!("https://evil.example/token"),
            json!("https://auth.example"),
            json!("https://auth.example/other/token"),
            json!("https://auth.example/other"),
            json!(format!("{ISSUER}/")),
            json!(format!("{ISSUER}/token/")),
            json!(format!("{ISSUER}/token?x=1")),
            json!(format!("{ISSUER}/authorize")),
            json!(format!("{ISSUER}/introspect")),
            json!(ISSUER.to_uppercase()),
            json!("http://auth.example/clinic/token"),
            json!("https://auth.example:443/clinic/token"),
            json!("https://auth.example/clinic/../clinic/token"),
            json!("token"),
            json!(""),
            json!("*"),
            json!(null),
            json!(1),
            json!({}),
        ],
    )
    .await;
}

/// ASYM-5: a second audience could use the assertion here as well.
#[tokio::test]
async fn an_assertion_for_two_audiences_is_refused() {
    let token = format!("{ISSUER}/token");
    refused_with_claim(
        "aud",
        [
            json!([token, "https://evil.example/token"]),
            json!(["https://evil.example/token", token]),
            json!([token, ISSUER]),
            json!([token, token]),
            json!([]),
            json!([[token]]),
            json!(format!("{token} https://evil.example/token")),
        ],
    )
    .await;
}

#[tokio::test]
async fn one_audience_may_stand_in_an_array() {
    let server = TestServer::start().await;
    for aud in [json!([format!("{ISSUER}/token")]), json!(ISSUER), json!([ISSUER])] {
        let assertion = App::backend(&server).assertion().with_claim("aud", aud);
        assert_eq!(at(&server, "token", &assertion).await.status, 200);
    }
}

/// draft-ietf-oauth-rfc7523bis: a tenant can take the issuer alone.
#[tokio::test]
async fn a_strict_tenant_takes_its_issuer_alone() {
    let policy = "\n[policy]\nassertion_audience = \"rfc7523bis-strict\"\n";
    let server = TestServer::start_with(|toml| toml + policy).await;
    for aud in [json!(format!("{ISSUER}/token")), json!([ISSUER]), json!([ISSUER, "https://evil.example"])] {
        let assertion = App::backend(&server).assertion().with_claim("aud", aud);
        assert_refused(&at(&server, "token", &assertion).await, 401, "invalid_client");
    }
    let assertion = App::backend(&server).assertion().with_claim("aud", json!(ISSUER));
    assert_eq!(at(&server, "token", &assertion).await.status, 200);
}

/// ASYM-6 MUST: `exp` present and at most five minutes ahead, a minute for wrong clocks aside.
#[tokio::test]
async fn an_assertion_for_later_is_refused() {
    let now = kit::server::START;
    refused_with_claim(
        "exp",
        [json!(null), json!(now + 361), json!(now + 86_400), json!(1e300), json!(u64::MAX), json!("never")],
    )
    .await;
    refused_with_claim(
        "exp",
        [json!(now - 60), json!(0), json!(-1), json!((now + 300).to_string()), json!([now + 300])],
    )
    .await;
    refused_with_claim("nbf", [json!(now + 61), json!(1e300), json!("now")]).await;
    refused_with_claim("iat", [json!(now + 61), json!(1e300), json!("now")]).await;
}

/// ASYM-4 MUST: `iss` = `sub` = the client.
#[tokio::test]
async fn an_assertion_by_or_about_somebody_else_is_refused() {
    for name in ["iss", "sub"] {
        let values = [
            json!(null),
            json!(""),
            json!("es384-app"),
            json!("unknown"),
            json!(["backend"]),
            json!("Backend"),
            json!(ISSUER),
        ];
        refused_with_claim(name, values).await;
    }
}

#[tokio::test]
async fn an_assertion_without_a_name_of_its_own_is_refused() {
    refused_with_claim("jti", [json!(null), json!(""), json!(1), json!(["a"]), json!("j".repeat(1025))]).await;
}

/// ASYM-7 MUST: a `jti` is used once, at whatever endpoint.
#[tokio::test]
async fn an_assertion_used_at_one_endpoint_is_used_up_at_all() {
    let server = TestServer::start().await;
    for (first, second) in
        [("token", "introspect"), ("introspect", "token"), ("introspect", "revoke"), ("token", "token")]
    {
        let assertion = App::backend(&server).assertion();
        assert_eq!(at(&server, first, &assertion).await.status, 200, "{first}");
        assert_refused(&at(&server, second, &assertion).await, 401, "invalid_client");
    }
}

/// It stays used up until the moment from which it is expired for everyone.
#[tokio::test]
async fn a_used_assertion_is_refused_to_its_end() {
    let server = TestServer::start().await;
    let assertion = App::backend(&server).assertion();
    assert_eq!(at(&server, "token", &assertion).await.status, 200);
    for seconds in [299, 1, 59, 1, 3600] {
        server.passes(seconds);
        assert_refused(&at(&server, "token", &assertion).await, 401, "invalid_client");
    }
}

/// ASYM-2 MUST: the type, exactly.
#[tokio::test]
async fn an_assertion_of_another_type_is_refused() {
    let server = TestServer::start().await;
    let jwt = App::backend(&server).assertion().sign();
    for kind in [
        "",
        "jwt-bearer",
        "urn:ietf:params:oauth:client-assertion-type:saml2-bearer",
        "URN:IETF:PARAMS:OAUTH:CLIENT-ASSERTION-TYPE:JWT-BEARER",
    ] {
        let form = [
            ("grant_type", "client_credentials"),
            ("scope", "system/*.rs"),
            ("client_assertion", jwt.as_str()),
            ("client_assertion_type", kind),
        ];
        assert_refused(&server.post("/clinic/token", &form, &[]).await, 400, "invalid_client");
    }
}
