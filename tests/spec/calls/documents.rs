//! Apps that nobody registered.

use super::*;

/// CIMD-14: one whose `client_id` is the address of its document costs what any other does, and its document comes in the call for its
/// client.
#[tokio::test]
async fn an_app_that_nobody_registered_costs_what_others_do_and_its_document_no_call_of_its_own() {
    let server = TestServer::start_with(|toml| taking_documents(&toml, "[\"*\"]", SCOPE)).await;
    let agent = DocumentServer::start();
    let app = agent.app(&server);
    let code = app.code("amy", SCOPE, None).await;
    let meter = Meter::starts(&server);
    let tokens = app.exchanges(&code).await;
    meter.is(&operations::CODE_WITH_OPENID);
    let meter = Meter::starts(&server);
    introspect(&server, tokens.access_token()).await;
    meter.is(&operations::INTROSPECTION);
    let meter = Meter::starts(&server);
    let tokens = app.refreshes(tokens.refresh_token()).await;
    meter.is(&operations::REFRESH_WITH_OPENID);
    server.passes(30);
    let meter = Meter::starts(&server);
    app.refreshes(tokens.refresh_token()).await;
    // Tenant; client and document together; grant; person; and the refresh.
    meter.reads(&["Query", "BatchGetItem", "GetItem", "BatchGetItem", "PutItem"], 2);
    assert_eq!(agent.fetches(), 1);
    // When its time is over: who asks for it, how often its host was asked, and what came.
    server.passes(301);
    let meter = Meter::starts(&server);
    server.get(&app.standalone(SCOPE)).await;
    meter.reads(&["Query", "BatchGetItem", "PutItem", "UpdateItem", "PutItem", "PutItem"], 0);
    assert_eq!(agent.fetches(), 2);
}

#[tokio::test]
async fn the_first_request_of_an_app_that_nobody_registered_costs_what_its_document_costs() {
    let server = TestServer::start_with(|toml| taking_documents(&toml, "[\"*\"]", SCOPE)).await;
    let agent = DocumentServer::start();
    server.get("/clinic/.well-known/smart-configuration").await;
    let (app, mut person) = (agent.app(&server), Person::named(&server, "amy"));
    let meter = Meter::starts(&server);
    person.opens(&app.standalone(SCOPE)).await.page();
    meter.is(&operations::AUTHORIZE_BEGINS_UNREGISTERED);
    let meter = Meter::starts(&server);
    Person::named(&server, "amy").opens(&app.standalone(SCOPE)).await.page();
    meter.is(&operations::AUTHORIZE_BEGINS);
}
