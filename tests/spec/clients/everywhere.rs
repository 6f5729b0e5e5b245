//! private_key_jwt is the same for the code exchange, the refresh, backend services, introspection and revocation.

use super::ALGS;
use kit::{App, TestServer, app::with};

const SCOPE: &str = "openid launch/patient offline_access patient/*.rs";

#[tokio::test]
async fn an_asymmetric_app_exchanges_refreshes_introspects_and_revokes() {
    // ASYM-15, and TOK-2: without client_id in the form.
    let server = TestServer::start().await;
    for alg in ALGS {
        let app = App::asymmetric(&server, alg);
        let first = app.gets_tokens("amy", SCOPE, None).await;
        let second = app.refreshes(first.refresh_token()).await;
        let introspected = app.posts("introspect", &[("token", second.access_token())]).await;
        assert_eq!(introspected.json()["active"], true, "{}", introspected.body);
        assert_eq!(app.revokes(second.refresh_token()).await.status, 200);
        assert_eq!(app.introspected(second.access_token()).await["active"], false);
    }
}

#[tokio::test]
async fn the_url_of_the_endpoint_that_is_called_is_an_audience_too() {
    // R9126-5; RFC 9126 §2, for endpoints beside the token endpoint.
    let server = TestServer::start().await;
    let app = App::asymmetric(&server, ALGS[1]);
    for endpoint in ["introspect", "revoke"] {
        let own = format!("{}/{endpoint}", kit::server::ISSUER);
        let assertion = app.assertion().with_claim("aud", serde_json::json!(own)).sign();
        let proof = kit::app::assertion_form(&assertion);
        let form = with(proof, "token", Some("x"));
        let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        assert_eq!(server.post(&format!("/clinic/{endpoint}"), &form, &[]).await.status, 200, "{endpoint}");
    }
}

#[tokio::test]
async fn an_asymmetric_app_without_an_assertion_gets_nothing() {
    let server = TestServer::start().await;
    for alg in ALGS {
        let app = App::asymmetric(&server, alg);
        let code = app.code("amy", SCOPE, None).await;
        let form = with(app.exchange_form(&code), "client_id", Some(app.client_id));
        let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        assert_eq!(server.post("/clinic/token", &form, &[]).await.refusal(), "400 invalid_client");
        app.exchanges(&code).await;
    }
}
