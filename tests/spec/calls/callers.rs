//! What is asked without a person: discovery, introspection, revocation, userinfo, and what a wrong secret costs.

use super::*;

#[tokio::test]
async fn discovery_costs_nothing() {
    let server = TestServer::start().await;
    let paths = [
        "/clinic/.well-known/smart-configuration",
        "/clinic/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server/clinic",
        "/clinic/.well-known/jwks.json",
    ];
    server.get(paths[0]).await;
    for path in paths {
        let meter = Meter::starts(&server);
        assert_eq!(server.get(path).await.status, 200);
        meter.is(&operations::DISCOVERY);
    }
}

#[tokio::test]
async fn introspection_by_a_fhir_server_costs_one_read() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let tokens = app.gets_tokens("amy", SCOPE, None).await;
    let own = App::backend(&server).asks_for_itself("system/*.rs").await.json();
    for token in [tokens.access_token(), own["access_token"].as_str().expect("a token"), tokens.refresh_token()] {
        let meter = Meter::starts(&server);
        introspect(&server, token).await;
        meter.is(&operations::INTROSPECTION);
    }
}

#[tokio::test]
async fn a_token_that_is_not_ours_or_has_expired_costs_nothing() {
    let server = TestServer::start().await;
    let tokens = App::public(&server).gets_tokens("amy", SCOPE, None).await;
    server.passes(3600);
    introspect(&server, "x").await;
    for token in ["x", "a.b.c", tokens.access_token()] {
        let meter = Meter::starts(&server);
        introspect(&server, token).await;
        meter.reads(&[], 0);
    }
}

#[tokio::test]
async fn introspection_by_other_callers_costs_what_their_proof_costs() {
    let server = TestServer::start().await;
    let symmetric = App::symmetric(&server);
    let tokens = symmetric.gets_tokens("amy", WITHOUT_OPENID, None).await;
    let meter = Meter::starts(&server);
    symmetric.posts("introspect", &[("token", tokens.access_token())]).await;
    meter.is(&operations::INTROSPECTION);
    let backend = App::backend(&server);
    let bearer = backend.asks_for_itself("__introspect").await.json();
    let header = format!("Bearer {}", bearer["access_token"].as_str().expect("a token"));
    let meter = Meter::starts(&server);
    server.post("/clinic/introspect", &[("token", tokens.access_token())], &[("authorization", &header)]).await;
    meter.is(&operations::INTROSPECTION_BY_TOKEN);
    let meter = Meter::starts(&server);
    backend.posts("introspect", &[("token", tokens.access_token())]).await;
    meter.is(&operations::INTROSPECTION_BY_KEY);
}

#[tokio::test]
async fn a_revocation_costs_a_read_and_a_write() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let tokens = app.gets_tokens("amy", SCOPE, None).await;
    let meter = Meter::starts(&server);
    app.revokes(tokens.access_token()).await;
    meter.is(&operations::REVOCATION);
    let meter = Meter::starts(&server);
    app.revokes(tokens.refresh_token()).await;
    meter.reads(&["GetItem", "PutItem"], 0);
    let meter = Meter::starts(&server);
    app.revokes("unknown").await;
    meter.reads(&[], 0);
}

#[tokio::test]
async fn a_bad_signature_costs_nothing_and_a_bad_secret_three_counts() {
    let server = TestServer::start().await;
    let app = App::backend(&server);
    app.asks_for_itself("system/*.rs").await;
    let proof = assertion_form(&app.assertion().signed_by_a_stranger());
    let form = with(proof, "grant_type", Some("client_credentials"));
    let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let meter = Meter::starts(&server);
    assert_eq!(server.post("/clinic/token", &form, &[]).await.status, 401);
    meter.reads(&[], 0);
    let symmetric =
        App { proof: Proof::Basic("wrong-secret-of-more-than-thirty-two-characters"), ..App::symmetric(&server) };
    symmetric.revokes("x").await;
    let meter = Meter::starts(&server);
    assert_eq!(symmetric.revokes("x").await.status, 401);
    meter.is(&operations::WRONG_SECRET);
    // A right one takes them back, once.
    for cost in [vec!["UpdateItem", "UpdateItem"], vec![]] {
        let meter = Meter::starts(&server);
        assert_eq!(App::symmetric(&server).revokes("x").await.status, 200);
        meter.reads(&cost, 0);
    }
    // Whoever must wait costs nothing at all.
    for _ in 0..11 {
        symmetric.revokes("x").await;
    }
    let meter = Meter::starts(&server);
    assert_eq!(symmetric.revokes("x").await.status, 429);
    meter.reads(&[], 0);
}

#[tokio::test]
async fn userinfo_costs_one_read() {
    let server = TestServer::start().await;
    let tokens = App::public(&server).gets_tokens("amy", SCOPE, None).await;
    let header = format!("Bearer {}", tokens.access_token());
    let meter = Meter::starts(&server);
    let answer = server.request(axum::http::Method::GET, "/clinic/userinfo", &[("authorization", &header)], "").await;
    assert_eq!(answer.status, 200);
    meter.is(&operations::USERINFO);
}
