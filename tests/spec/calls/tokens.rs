//! What an app pays for its tokens: codes, refreshes, services.

use super::*;

#[tokio::test]
async fn a_code_exchange_costs_a_read_a_write_while_its_person_is_there_and_a_signature_for_each_token() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    for (scope, operation) in [(SCOPE, operations::CODE_WITH_OPENID), (WITHOUT_OPENID, operations::CODE)] {
        let code = app.code("amy", scope, None).await;
        let meter = Meter::starts(&server);
        app.exchanges(&code).await;
        meter.is(&operation);
    }
}

#[tokio::test]
async fn a_refresh_costs_a_read_one_of_its_person_a_write_and_a_signature_for_each_token() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    for (scope, operation) in [(SCOPE, operations::REFRESH_WITH_OPENID), (WITHOUT_OPENID, operations::REFRESH)] {
        let tokens = app.gets_tokens("amy", scope, None).await;
        let meter = Meter::starts(&server);
        app.refreshes(tokens.refresh_token()).await;
        meter.is(&operation);
    }
}

#[tokio::test]
async fn a_secret_costs_nothing_more() {
    let server = TestServer::start().await;
    let app = App::symmetric(&server);
    let code = app.code("amy", WITHOUT_OPENID, None).await;
    let meter = Meter::starts(&server);
    app.exchanges(&code).await;
    meter.is(&operations::CODE);
}

#[tokio::test]
async fn an_assertion_costs_the_write_of_its_jti() {
    let server = TestServer::start().await;
    let app = App::asymmetric(&server, rules::tenant::SigningAlg::ES384);
    let code = app.code("amy", SCOPE, None).await;
    let meter = Meter::starts(&server);
    let tokens = app.exchanges(&code).await;
    meter.is(&operations::CODE_BY_KEY);
    let meter = Meter::starts(&server);
    app.refreshes(tokens.refresh_token()).await;
    meter.reads(&["PutItem", "GetItem", "BatchGetItem", "PutItem"], 2);
}

#[tokio::test]
async fn client_credentials_cost_the_write_of_the_jti_and_a_signature() {
    let server = TestServer::start().await;
    let app = App::backend(&server);
    app.asks_for_itself("system/*.rs").await;
    let meter = Meter::starts(&server);
    app.asks_for_itself("system/*.rs").await;
    meter.is(&operations::CLIENT_CREDENTIALS);
}

#[tokio::test]
async fn online_access_costs_a_read_of_its_session_and_at_refresh_one_with_its_user() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let launch = Ehr::of(&server).launches_patient("amy-shaw").await;
    let url = app.with_launch("launch online_access patient/*.rs", &launch);
    let answer = Person::named(&server, "hannah").goes_through(&url, None).await;
    let tokens = app.exchanges(&answer.query("code").expect("a code")).await;
    let meter = Meter::starts(&server);
    let tokens = app.refreshes(tokens.refresh_token()).await;
    meter.is(&operations::REFRESH_ONLINE);
    let meter = Meter::starts(&server);
    introspect(&server, tokens.access_token()).await;
    meter.reads(&["GetItem", "GetItem"], 0);
}

/// The line of a grant in the list must outlive it, and is written anew once in a long while.
#[tokio::test]
async fn a_refresh_writes_the_list_seldom() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let mut tokens = app.gets_tokens("amy", WITHOUT_OPENID, None).await;
    let mut written = 0;
    for _ in 0..36 {
        server.passes(10 * 86_400);
        server.calls.take();
        tokens = app.refreshes(tokens.refresh_token()).await;
        written += server.calls.take().iter().filter(|call| *call == "TransactWriteItems").count();
    }
    assert!((1..=4).contains(&written), "{written} times in a year");
}
