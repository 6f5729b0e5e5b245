//! He presents one kind of token where another is expected: an id_token as an access token, an access token as a client's
//! proof. Every kind has a `typ`, an issuer and an audience of its own, and each is checked (RFC 8725 §3.11, §3.12).

use super::*;
use kit::{
    Assertion,
    app::{assertion_form, header},
    server::ISSUER,
};
use rules::jws::TokenKind;
use serde_json::json;

async fn as_client_assertion(server: &TestServer, jwt: &str) -> Answer {
    let mut form = assertion_form(jwt);
    form.extend([("grant_type".into(), "client_credentials".into()), ("scope".into(), "system/*.rs".into())]);
    let pairs: Vec<(&str, &str)> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    server.post("/clinic/token", &pairs, &[]).await
}

async fn as_bearer(server: &TestServer, jwt: &str) -> [Answer; 2] {
    let bearer = format!("Bearer {jwt}");
    let headers = [("authorization", bearer.as_str())];
    [
        server.post("/clinic/introspect", &[("token", "x")], &headers).await,
        server.post("/clinic/launchContext", &[("patient", "1")], &headers).await,
    ]
}

/// OIDC-16 MUST NOT: an id_token is never accepted as an access token.
#[tokio::test]
async fn an_id_token_is_no_access_token() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let tokens = app.gets_tokens("amy", SCOPE, None).await;
    let id_token = tokens.0["id_token"].as_str().expect("an id_token");
    for answer in as_bearer(&server, id_token).await {
        assert_refused(&answer, 401, "invalid_token");
    }
    assert_eq!(app.introspected(id_token).await, json!({ "active": false }));
}

/// Even one that we signed, with every claim that an access token has: its `typ` says what it is.
#[tokio::test]
async fn the_typ_decides_whatever_the_claims_say() {
    let server = TestServer::start().await;
    let token = App::backend(&server).asks_for_itself("__introspect __launch.create").await.json();
    let claims = kit::app::claims(token["access_token"].as_str().expect("a token"));
    let tenant = server.server.tenant("clinic", server.now()).await.expect("the table").expect("a tenant");
    for (kind, status) in [(TokenKind::IdToken, 401), (TokenKind::AccessToken, 200)] {
        let jwt = server.server.signer.sign(&tenant, kind, &claims).await.expect("a signature");
        for answer in as_bearer(&server, jwt.expose()).await {
            assert_eq!(answer.status, status, "{}", answer.body);
        }
    }
}

#[tokio::test]
async fn our_own_tokens_are_no_client_assertions() {
    let server = TestServer::start().await;
    let tokens = App::public(&server).gets_tokens("amy", SCOPE, None).await;
    let backend = App::backend(&server).asks_for_itself("system/*.rs").await.json();
    let id_token = tokens.0["id_token"].as_str().expect("an id_token");
    for jwt in [id_token, tokens.access_token(), backend["access_token"].as_str().expect("a token")] {
        assert_refused(&as_client_assertion(&server, jwt).await, 401, "invalid_client");
    }
}

/// Signed by the client, it is its word about itself and nobody's about a user, whatever `typ` it claims.
#[tokio::test]
async fn a_client_assertion_is_no_access_token() {
    let server = TestServer::start().await;
    let app = App::backend(&server);
    for typ in ["JWT", "at+jwt", "client-authentication+jwt"] {
        let jwt = app
            .assertion()
            .with_header("typ", json!(typ))
            .with_claim("scope", json!("__introspect __launch.create"))
            .with_claim("client_id", json!("backend"))
            .with_claim("iss", json!(ISSUER))
            .sign();
        for answer in as_bearer(&server, &jwt).await {
            assert_refused(&answer, 401, "invalid_token");
        }
        assert_eq!(app.introspected(&jwt).await, json!({ "active": false }), "{typ}");
    }
}

/// A token of another kind that the client's key signed: a DPoP proof, a logout token, an HTI launch.
#[tokio::test]
async fn an_assertion_of_another_typ_is_refused() {
    let server = TestServer::start().await;
    let app = App::backend(&server);
    for typ in ["at+jwt", "application/at+jwt", "dpop+jwt", "logout+jwt", "secevent+jwt", "JOSE", "JWS", ""] {
        let jwt = app.assertion().with_header("typ", json!(typ)).sign();
        assert_refused(&as_client_assertion(&server, &jwt).await, 401, "invalid_client");
    }
    // ASYM-3 REC: absent, `JWT` and `client-authentication+jwt` are good.
    for typ in [json!(null), json!("JWT"), json!("client-authentication+jwt")] {
        let jwt = app.assertion().with_header("typ", typ).sign();
        assert_eq!(as_client_assertion(&server, &jwt).await.status, 200);
    }
}

/// RFC 6749 §1.5: refresh tokens are for the token endpoint; codes for one exchange.
#[tokio::test]
async fn a_refresh_token_or_a_code_is_no_access_token() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let tokens = app.gets_tokens("amy", SCOPE, None).await;
    let code = app.code("amy", SCOPE, None).await;
    for token in [tokens.refresh_token(), &code] {
        for answer in as_bearer(&server, token).await {
            assert_refused(&answer, 401, "invalid_token");
        }
    }
    assert_eq!(app.introspected(&code).await, json!({ "active": false }));
}

#[tokio::test]
async fn a_code_is_no_refresh_token_and_the_other_way_round() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let code = app.code("amy", SCOPE, None).await;
    assert_refused(&app.sends_refresh(&code, None).await, 400, "invalid_grant");
    let tokens = app.exchanges(&code).await;
    for token in [tokens.refresh_token(), tokens.access_token(), tokens.0["id_token"].as_str().expect("an id_token")] {
        assert_refused(&app.redeems(token).await, 400, "invalid_grant");
    }
    assert_refused(&app.sends_refresh(tokens.access_token(), None).await, 400, "invalid_grant");
    assert_eq!(app.introspected(tokens.access_token()).await["active"], true);
}

/// Token exchange and assertion grants are not offered, so no token can be turned into another.
#[tokio::test]
async fn no_token_can_be_exchanged_for_another() {
    let server = TestServer::start().await;
    let app = App::symmetric(&server);
    let tokens = app.gets_tokens("amy", "openid launch/patient patient/*.rs", None).await;
    let id_token = tokens.0["id_token"].as_str().expect("an id_token");
    for (grant_type, name) in [
        ("urn:ietf:params:oauth:grant-type:token-exchange", "subject_token"),
        ("urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion"),
        ("urn:ietf:params:oauth:grant-type:saml2-bearer", "assertion"),
    ] {
        for token in [id_token, tokens.access_token()] {
            let form = [
                ("grant_type", grant_type),
                (name, token),
                ("subject_token_type", "urn:ietf:params:oauth:token-type:id_token"),
            ];
            assert_refused(&app.posts("token", &form).await, 400, "unsupported_grant_type");
        }
    }
}

/// A user's app does not speak for the EHR: it gets no token with the scope, whatever it is registered for.
#[tokio::test]
async fn a_users_token_creates_no_launch() {
    let server =
        TestServer::start_with(|toml| toml.replace("system/*.rs\"\n", "system/*.rs __launch.create\"\n")).await;
    let tokens = App::public(&server).gets_tokens("amy", "launch/patient patient/*.rs __launch.create", None).await;
    assert!(!tokens.scope().contains("__launch.create"), "{}", tokens.scope());
    let bearer = format!("Bearer {}", tokens.access_token());
    let answer = server.post("/clinic/launchContext", &[("patient", "1")], &[("authorization", &bearer)]).await;
    assert_refused(&answer, 401, "invalid_token");
}

#[tokio::test]
async fn the_kinds_can_be_told_apart_by_their_header() {
    let server = TestServer::start().await;
    let tokens = App::public(&server).gets_tokens("amy", SCOPE, None).await;
    assert_eq!(header(tokens.access_token())["typ"], "at+jwt");
    assert_eq!(header(tokens.0["id_token"].as_str().expect("an id_token"))["typ"], "JWT");
    assert_eq!(tokens.claims("access_token")["aud"], server.fhir.url);
    assert_eq!(tokens.claims("id_token")["aud"], "public-app");
}

/// What a second factor of this check would be worth: an assertion for the right server is good there.
#[tokio::test]
async fn the_same_assertion_untouched_is_good() {
    let server = TestServer::start().await;
    let assertion: Assertion = App::backend(&server).assertion();
    assert_eq!(as_client_assertion(&server, &assertion.sign()).await.status, 200);
}
