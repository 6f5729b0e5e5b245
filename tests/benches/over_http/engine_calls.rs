//! How often an operation asks the table, and for what: counted at the SDK, with the kit's server in this process.

use crate::{
    codes::Codes,
    operations::{CLIENT_CREDENTIALS, CODE, DISCOVERY, INTROSPECTION, REFERENCE, REFRESH},
};
use std::collections::BTreeMap;
use tests::{App, TestServer, app::introspect};

pub type EngineCalls = BTreeMap<&'static str, Vec<String>>;

/// With the configuration in memory, as it is for all but one request in thirty seconds.
pub fn count() -> EngineCalls {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let usual = TestServer::start().await;
        let opaque = |toml: String| {
            toml.replace("client_id = \"backend\"", "client_id = \"backend\"\naccess_token_format = \"reference\"")
        };
        let reference = TestServer::start_with(opaque).await;
        let app = App::symmetric(&usual);
        let mut calls = EngineCalls::new();
        for _warm in [true, false] {
            let code = code(&usual).await;
            usual.calls.take();
            usual.get("/clinic/.well-known/smart-configuration").await;
            calls.insert(DISCOVERY, usual.calls.take());
            App::backend(&usual).asks_for_itself("system/*.rs").await;
            calls.insert(CLIENT_CREDENTIALS, usual.calls.take());
            reference.calls.take();
            App::backend(&reference).asks_for_itself("system/*.rs").await;
            calls.insert(REFERENCE, reference.calls.take());
            let tokens = app.exchanges(&code).await;
            calls.insert(CODE, usual.calls.take());
            introspect(&usual, tokens.access_token()).await;
            calls.insert(INTROSPECTION, usual.calls.take());
            app.refreshes(tokens.refresh_token()).await;
            calls.insert(REFRESH, usual.calls.take());
        }
        calls
    })
}

async fn code(server: &TestServer) -> String {
    let TestServer { server: functions, fhir, .. } = server;
    let App { client_id, redirect_uri, .. } = App::symmetric(server);
    let (store, now) = (&functions.store, server.now());
    Codes { store, tenant: "clinic", client_id, redirect_uri, aud: &fhir.url, now }.issue().await
}
