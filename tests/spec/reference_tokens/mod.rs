//! Opaque access tokens, for clients registered with `access_token_format = "reference"`.

use kit::{App, TestServer, app::introspect};

const SCOPE: &str = "openid launch/patient offline_access patient/*.rs";

async fn server() -> TestServer {
    let opaque = |toml: String| {
        toml.replace("client_id = \"public-app\"", "client_id = \"public-app\"\naccess_token_format = \"reference\"")
            .replace("client_id = \"backend\"", "client_id = \"backend\"\naccess_token_format = \"reference\"")
    };
    TestServer::start_with(opaque).await
}

#[tokio::test]
async fn nothing_can_be_read_from_a_reference_token_and_introspection_tells_all() {
    let server = server().await;
    let tokens = App::public(&server).gets_tokens("amy", SCOPE, None).await;
    assert!(!tokens.access_token().contains('.'));
    let answer = introspect(&server, tokens.access_token()).await;
    assert_eq!((&answer["active"], &answer["patient"]), (&true.into(), &"amy-shaw".into()));
    assert_eq!(answer["scope"], tokens.scope());
    assert_eq!(answer["iss"], tokens.claims("id_token")["iss"]);
}

#[tokio::test]
async fn it_dies_with_its_grant_by_itself_and_at_its_time() {
    let server = server().await;
    let app = App::public(&server);
    let tokens = app.gets_tokens("amy", SCOPE, None).await;
    let second = app.refreshes(tokens.refresh_token()).await;
    app.posts("revoke", &[("token", tokens.access_token())]).await;
    assert_eq!(introspect(&server, tokens.access_token()).await["active"], false);
    assert_eq!(introspect(&server, second.access_token()).await["active"], true);
    app.posts("revoke", &[("token", second.refresh_token())]).await;
    assert_eq!(introspect(&server, second.access_token()).await["active"], false);
    let third = app.gets_tokens("amy", SCOPE, None).await;
    server.passes(3600);
    assert_eq!(introspect(&server, third.access_token()).await["active"], false);
}

#[tokio::test]
async fn a_backend_service_can_have_one_and_it_costs_no_signature() {
    let server = server().await;
    let before = server.signatures();
    let answer = App::backend(&server).asks_for_itself("system/*.rs").await.json();
    assert_eq!(server.signatures(), before);
    let token = answer["access_token"].as_str().expect("a token");
    assert_eq!(introspect(&server, token).await["client_id"], "backend");
}

#[tokio::test]
async fn another_tenant_knows_nothing_of_it() {
    let server = server().await;
    let tokens = App::public(&server).gets_tokens("amy", SCOPE, None).await;
    let basic = kit::http::basic("other-fhir", "other-fhir-secret-of-more-than-32-characters");
    let form = [("token", tokens.access_token())];
    let answer = server.post("/other/introspect", &form, &[("authorization", &basic)]).await;
    assert_eq!(answer.body, r#"{"active":false}"#);
}
