//! Tokens that are bound to a key (RFC 9449).

use super::*;

/// A proof is noted in the commit that is made anyway. A backend service without one has one call more.
#[tokio::test]
async fn a_bound_token_costs_no_call_more_where_something_is_written_anyway() {
    let server =
        TestServer::start_with(|toml| toml.replacen("url = \"{fhir}\"", "url = \"{fhir}\"\ndpop = \"accepted\"", 1))
            .await;
    let key = DpopKey::new();
    let app = App::public(&server).with_key(&key);
    let code = app.code("amy", SCOPE, None).await;
    let meter = Meter::starts(&server);
    let tokens = app.exchanges(&code).await;
    meter.is(&operations::CODE_WITH_DPOP);
    let meter = Meter::starts(&server);
    app.refreshes(tokens.refresh_token()).await;
    meter.is(&operations::REFRESH_WITH_DPOP);
    let backend = App::backend(&server).with_key(&key);
    backend.asks_for_itself("system/*.rs").await;
    let meter = Meter::starts(&server);
    backend.asks_for_itself("system/*.rs").await;
    meter.is(&operations::CLIENT_CREDENTIALS_WITH_DPOP);
}

#[tokio::test]
async fn a_proof_at_userinfo_costs_a_write_and_one_with_a_push_a_transaction() {
    let server = TestServer::start_with(|toml| {
        kit::journeys::pushing(toml).replacen("url = \"{fhir}\"", "url = \"{fhir}\"\ndpop = \"accepted\"", 1)
    })
    .await;
    let key = DpopKey::new();
    let app = App::public(&server).with_key(&key);
    let tokens = app.gets_tokens("amy", SCOPE, None).await;
    let authorization = format!("DPoP {}", tokens.access_token());
    let proof =
        key.proof(&server, "GET", "https://auth.example/clinic/userinfo").of_token(tokens.access_token()).sign();
    let meter = Meter::starts(&server);
    let headers = [("authorization", authorization.as_str()), ("dpop", &proof)];
    let person = server.request(axum::http::Method::GET, "/clinic/userinfo", &headers, "").await;
    assert_eq!(person.status, 200, "{}", person.body);
    meter.is(&operations::USERINFO_WITH_DPOP);
    let meter = Meter::starts(&server);
    app.pushed(&app.request(SCOPE)).await;
    meter.is(&operations::PUSHED_REQUEST_WITH_DPOP);
}
