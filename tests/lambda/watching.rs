//! The lines of the functions as CloudWatch reads them, and the two functions that guard FHIR APIs.

use axum::body::Body;
use axum::http::{Method, Request};
use kit::{App, Deployed, deployed::answered, outcome::Outcome};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::Instant;

const DATASTORE: &str = "https://healthlake.us-east-1.amazonaws.com/datastore/f1e2d3c4/r4/";

async fn with_data_store() -> Deployed {
    Deployed::start_with(|toml| {
        let store = format!(
            "[[fhir_servers]]\nname = \"store\"\nurl = \"{DATASTORE}\"\nhealthlake_read_role = \"arn:aws:iam::123456789012:role/read\"\n\n"
        );
        toml.replacen("[[fhir_servers]]\n", &format!("{store}[[fhir_servers]]\n"), 1)
    })
    .await
}

async fn backend_token(deployed: &Deployed) -> String {
    let answer = App::backend(&deployed.server).asks_for_itself("system/*.rs").await.json();
    answer["access_token"].as_str().expect("a token").to_owned()
}

fn question(token: &str) -> Value {
    json!({ "datastoreEndpoint": DATASTORE, "operationName": "SearchWithGet", "bearerToken": token })
}

#[tokio::test]
async fn each_line_of_a_request_is_json_with_its_metrics() {
    let deployed = Deployed::start().await;
    backend_token(&deployed).await;
    let refused = App::symmetric(&deployed.server).redeems("no-such-code").await;
    let output = deployed.ends().await;
    let lines: Vec<Value> =
        output.lines().map(|line| serde_json::from_str(line).expect("every line is JSON")).collect();
    let lines: Vec<&Value> = lines.iter().filter(|line| line["_aws"].is_object()).collect();
    let [good, bad] = lines.as_slice() else { panic!("two requests: {output}") };
    assert_eq!((&good["function"], &good["Requests"], &good["ColdStarts"]), (&json!("token"), &json!(1), &json!(1)));
    // The assertion's jti is written and the token signed; what the start asked for is nobody's.
    assert_eq!(good["AwsCalls"].as_u64().map(|calls| calls >= 2), Some(true), "{good}");
    assert_eq!(good["_aws"]["CloudWatchMetrics"][0]["Namespace"], "Admit");
    assert_eq!(good["fields"]["tenant"], "clinic");
    assert_eq!((&bad["Refusals"], &bad["ColdStarts"]), (&json!(1), &Value::Null));
    assert_eq!(bad["fields"]["refusal"], refused.header("admit-refusal").expect("a reference"));
}

#[tokio::test]
async fn a_filter_that_wants_errors_alone_keeps_the_metrics() {
    let deployed = Deployed::start().await;
    let discovery = deployed.another("discovery", &[("ADMIT_LOG", "error")]).await;
    let parts = Request::get("/clinic/.well-known/jwks.json").body(()).expect("a request").into_parts().0;
    let event = kit::gateway_event::event(kit::gateway_event::Front::HttpApi, &parts, b"");
    assert_eq!(answered(discovery.invoke(&event).await)["statusCode"], 200);
    assert!(discovery.ends().contains("\"Requests\":1"));
}

#[tokio::test]
async fn the_trace_of_the_gateway_is_in_the_answer_and_in_the_line() {
    let deployed = Deployed::start().await;
    let trace = "1-5bef4de7-ad49b0e87f6ef6c87fc2e700";
    let headers = [("x-amzn-trace-id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=1")];
    let answer = deployed.server.request(Method::GET, "/clinic/.well-known/jwks.json", &headers, Body::empty()).await;
    assert_eq!(answer.header("admit-trace"), Some(trace));
    assert!(deployed.printed().await.contains(&format!("\"trace\":\"{trace}\"")));
}

#[tokio::test]
async fn healthlake_is_answered_in_time_from_cold_in_both_forms() {
    let deployed = with_data_store().await;
    let token = backend_token(&deployed).await;
    for (form, yes, no) in [("boolean", json!(true), json!(false)), ("string", json!("true"), json!("false"))] {
        let began = Instant::now();
        let healthlake = deployed.another("healthlake", &[("ADMIT_HEALTHLAKE_AUTHORIZED", form)]).await;
        let answer = answered(healthlake.invoke(&question(&token)).await);
        let first = began.elapsed();
        assert_eq!(answer["authPayload"]["isAuthorized"], yes, "{answer}");
        assert_eq!(answer["iamRoleARN"], "arn:aws:iam::123456789012:role/read");
        // A second is HealthLake's limit. A busy machine and an unoptimised build are not what is measured here.
        assert!(first < Duration::from_secs(5), "{first:?}");
        assert_eq!(answered(healthlake.invoke(&question("nonsense")).await)["authPayload"]["isAuthorized"], no);
    }
}

/// HealthLake waits for a second (HL-5).
#[tokio::test]
async fn healthlake_is_never_given_an_error() {
    let deployed = with_data_store().await;
    let token = backend_token(&deployed).await;
    let healthlake = deployed.function("healthlake").await;
    for event in [json!(null), json!({}), json!([1]), json!({ "bearerToken": token }), json!("text")] {
        assert_eq!(answered(healthlake.invoke(&event).await), json!({}));
    }
    let revoked = backend_token(&deployed).await;
    App::backend(&deployed.server).posts("revoke", &[("token", &revoked)]).await;
    assert_eq!(answered(healthlake.invoke(&question(&revoked)).await)["authPayload"]["isAuthorized"], false);
    deployed.dynamodb_door.hangs();
    let began = Instant::now();
    let answer = answered(healthlake.invoke(&question(&token)).await);
    assert_eq!(answer["authPayload"]["isAuthorized"], false);
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    deployed.dynamodb_door.opens();
    assert_eq!(answered(healthlake.invoke(&question(&token)).await)["authPayload"]["isAuthorized"], true);
    assert!(!healthlake.ends().contains(&token));
}

#[tokio::test]
async fn the_authorizer_lets_through_what_the_scopes_allow() {
    let deployed = Deployed::start().await;
    let token = backend_token(&deployed).await;
    let authorizer = deployed.function("authorizer").await;
    let base = deployed.server.fhir.url.splitn(4, '/').nth(3).unwrap_or_default().to_owned();
    let event = |method: &str, path: &str, token: &str| {
        json!({
            "version": "2.0", "type": "REQUEST", "routeArn": "arn", "rawPath": format!("/{base}{path}"), "rawQueryString": "",
            "headers": { "authorization": format!("Bearer {token}") },
            "requestContext": { "http": { "method": method }, "stage": "$default" },
        })
    };
    for (method, path, allowed) in
        [("GET", "/Patient/amy-shaw", true), ("POST", "/Patient/_search", true), ("DELETE", "/Patient/amy-shaw", false)]
    {
        let answer = answered(authorizer.invoke(&event(method, path, &token)).await);
        assert_eq!(answer["isAuthorized"], allowed, "{method} {path}: {answer}");
    }
    let rest = json!({
        "type": "TOKEN", "authorizationToken": "Bearer nonsense",
        "methodArn": format!("arn:aws:execute-api:us-east-1:123456789012:api/prod/GET/{base}/Patient/amy-shaw"),
    });
    let Outcome::Error(error) = authorizer.invoke(&rest).await else { panic!("no error") };
    assert_eq!(error["errorMessage"], "Unauthorized");
    assert!(!authorizer.ends().contains("amy-shaw"));
}
