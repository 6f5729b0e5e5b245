//! The same functions behind other gateways: a stage with a name, a custom domain, a REST API.

use super::verified;
use kit::{App, Deployed, Person, deployed::answered, gateway_event::Front, template::Template};
use serde_json::{Value, json};

const SCOPE: &str = "openid fhirUser launch/patient offline_access patient/*.rs";

#[tokio::test]
async fn a_stage_with_a_name_changes_nothing() {
    launch_behind(Front::HttpApiStage("prod")).await;
}

#[tokio::test]
async fn a_stage_with_a_tenants_name_changes_nothing() {
    launch_behind(Front::HttpApiStage("clinic")).await;
}

#[tokio::test]
async fn a_rest_api_changes_nothing() {
    launch_behind(Front::RestApi).await;
}

/// A standalone launch with every kind of request: queries, cookies, forms, redirects.
async fn launch_behind(front: Front) {
    let deployed = Deployed::start().await.behind(front);
    let app = App::public(&deployed.server);
    let answer = Person::named(&deployed.server, "amy").goes_through(&app.standalone(SCOPE), None).await;
    let tokens = app.exchanges(&answer.query("code").expect("a code")).await;
    assert_eq!(tokens.0["patient"], "amy-shaw");
    assert_eq!(verified(&deployed, tokens.access_token()).await["iss"], "https://auth.example/clinic");
    let backend = App::backend(&deployed.server).asks_for_itself("system/*.rs").await;
    assert_eq!(backend.status, 200, "{}", backend.body);
}

/// AWS-3: the public URL comes from configuration, never from `Host`.
#[tokio::test]
async fn the_host_that_a_request_names_is_not_asked() {
    let deployed = Deployed::start().await;
    let discovery = deployed.function("discovery").await;
    for host in ["a1b2c3d4e5.execute-api.us-east-1.amazonaws.com", "evil.example", "not a host[", ""] {
        let mut event = event("/clinic/.well-known/smart-configuration");
        event["headers"]["host"] = json!(host);
        event["requestContext"]["domainName"] = json!(host);
        let answer = answered(discovery.invoke(&event).await);
        assert_eq!(answer["statusCode"], 200);
        let body = answer["body"].as_str().expect("a body");
        assert!(body.contains("\"issuer\":\"https://auth.example/clinic\"") && !body.contains("execute-api"));
    }
}

#[tokio::test]
async fn an_event_with_the_least_that_a_gateway_sends_is_answered() {
    let deployed = Deployed::start().await;
    let least = json!({
        "version": "2.0", "routeKey": "$default", "rawPath": "/clinic/.well-known/jwks.json", "rawQueryString": "",
        "headers": {}, "isBase64Encoded": false,
        "requestContext": { "http": { "method": "GET", "path": "/clinic/.well-known/jwks.json" }, "stage": "$default" },
    });
    assert_eq!(answered(deployed.function("discovery").await.invoke(&least).await)["statusCode"], 200);
}

#[tokio::test]
async fn a_path_that_no_route_has_is_not_found_at_the_gateway_and_in_every_function() {
    let deployed = Deployed::start().await;
    assert_eq!(deployed.server.get("/clinic/nothing").await.status, 404);
    let functions = Template::of_the_stack().functions.values();
    for function in functions.filter(|function| !function.routes.is_empty()) {
        let answer = answered(deployed.function(&function.binary).await.invoke(&event("/clinic/nothing")).await);
        assert_eq!(answer["statusCode"], 404, "{}", function.binary);
    }
}

/// A GET of this path.
fn event(path: &str) -> Value {
    let request = axum::http::Request::get(path).body(()).expect("a request");
    kit::gateway_event::event(Front::HttpApi, &request.into_parts().0, &[])
}
