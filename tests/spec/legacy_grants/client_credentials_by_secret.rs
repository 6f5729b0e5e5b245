//! Client credentials of RFC 6749 §4.4, for clients with a secret: SMART has keys alone there (BSV-1), so it is off.

use kit::{
    App, TestServer,
    app::{Proof, tokens},
};

const SECRET: &str = "service-secret-of-more-than-32-characters";

/// With a service for each way of showing a secret.
async fn server() -> TestServer {
    let services = ["basic", "post"].map(|way| {
        format!(
            "\n[[clients]]\nclient_id = \"service-{way}\"\nclient_name = \"Service\"\nclient_secret = \"{SECRET}\"\n\
             token_endpoint_auth_method = \"client_secret_{way}\"\ngrant_types = [\"client_credentials\"]\n\
             scope = \"system/*.rs\"\n"
        )
    });
    let policy = "[policy]\nclient_credentials_by_secret = true\n";
    TestServer::start_with(|toml| format!("{toml}{}{policy}", services.concat())).await
}

fn services(server: &TestServer) -> [App<'_>; 2] {
    let backend = || App::backend(server);
    [
        App { client_id: "service-basic", proof: Proof::Basic(SECRET), ..backend() },
        App { client_id: "service-post", proof: Proof::Post(SECRET), ..backend() },
    ]
}

#[tokio::test]
async fn a_secret_is_enough_where_the_tenant_says_so_and_each_use_is_warned_of() {
    let server = server().await;
    for app in services(&server) {
        server.audit.take();
        let answer = app.asks_for_itself("system/Patient.rs patient/*.rs offline_access").await;
        let tokens = tokens(answer);
        assert_eq!(tokens.0["scope"], "system/Patient.rs");
        assert!(tokens.0.get("refresh_token").is_none());
        let event = server.audit.takes_one("ITI-71");
        let said = event["outcomeDesc"].as_str().expect("a warning");
        assert!(said.contains("SMART App Launch 2.2 has keys alone"), "{said}");
    }
    App::backend(&server).asks_for_itself("system/*.rs").await;
    assert!(server.audit.takes_one("ITI-71").get("outcomeDesc").is_none(), "a key is no matter for a warning");
}

/// LEG-1. What was registered while it was on is no more than what the tenant says today.
#[tokio::test]
async fn where_it_is_off_a_key_is_asked_for_whatever_the_client_is_registered_for() {
    let server = server().await;
    server.tenant_becomes(|tenant| tenant.policy.client_credentials_by_secret = false).await;
    for app in services(&server) {
        assert_eq!(app.asks_for_itself("system/*.rs").await.refusal(), "400 unauthorized_client");
    }
    assert_eq!(App::backend(&server).asks_for_itself("system/*.rs").await.status, 200);
}

#[tokio::test]
async fn the_smart_configuration_says_nothing_of_it() {
    let (on, off) = (server().await, TestServer::start().await);
    let path = "/clinic/.well-known/smart-configuration";
    let [on, off] = [on.get(path).await.json(), off.get(path).await.json()];
    assert_eq!(on["capabilities"], off["capabilities"]);
    assert_eq!(on["grant_types_supported"], off["grant_types_supported"]);
}
