//! Bound tokens before a FHIR API behind API Gateway, and at AWS HealthLake.

use super::*;
use authorizer::Authorizer;
use kit::dpop::DpopKey;
use serde_json::{Value, json};

const BASE: &str = "https://api.example/clinic/fhir";
const PATH: &str = "/clinic/fhir/Patient/amy-shaw";

async fn behind_a_gateway() -> TestServer {
    TestServer::start_with(|toml| with_dpop(&toml, "accepted", "").replace("{fhir}", BASE)).await
}

async fn token(server: &TestServer, key: &DpopKey) -> String {
    let answer = App::backend(server).with_key(key).asks_for_itself("system/*.rs").await;
    answer.json()["access_token"].as_str().expect("a token").to_owned()
}

async fn lets_through(server: &TestServer, event: Value) -> bool {
    let authorizer = Authorizer::new(server.server.clone(), &format!("clinic={BASE}"), true).expect("a good setting");
    match authorizer.answers(event).await {
        Ok(answer) => answer["isAuthorized"] == true || answer["policyDocument"]["Statement"][0]["Effect"] == "Allow",
        Err(_) => false,
    }
}

fn http_api(authorization: &str, dpop: &str) -> Value {
    json!({
        "version": "2.0", "type": "REQUEST", "routeArn": "arn", "rawPath": format!("/prod{PATH}"), "rawQueryString": "_count=1",
        "headers": { "authorization": authorization, "dpop": dpop },
        "requestContext": { "http": { "method": "GET" }, "stage": "prod" },
    })
}

fn rest_api(authorization: &str, proofs: &[&str]) -> Value {
    json!({
        "type": "REQUEST", "methodArn": "arn", "path": PATH, "httpMethod": "GET",
        "headers": { "Authorization": authorization, "DPoP": proofs.last() },
        "multiValueHeaders": { "Authorization": [authorization], "DPoP": proofs },
    })
}

/// DPOP-16, DPOP-17: the URL is the configured base and what follows it, without the stage.
#[tokio::test]
async fn the_authorizer_lets_the_holder_of_a_bound_token_through_once_a_proof() {
    let server = behind_a_gateway().await;
    let (key, thief) = (DpopKey::new(), DpopKey::new());
    let token = token(&server, &key).await;
    let (dpop, bearer) = (format!("DPoP {token}"), format!("Bearer {token}"));
    let proof = |key: &DpopKey| key.proof(&server, "GET", &format!("{BASE}/Patient/amy-shaw")).of_token(&token).sign();
    let used = proof(&key);
    assert!(lets_through(&server, http_api(&dpop, &used)).await);
    assert!(!lets_through(&server, http_api(&dpop, &used)).await, "a second time");
    assert!(!lets_through(&server.second_instance(), rest_api(&dpop, &[&used])).await, "at another instance");
    assert!(lets_through(&server, rest_api(&dpop, &[&proof(&key)])).await);
    assert!(!lets_through(&server, rest_api(&dpop, &[&proof(&key), &proof(&key)])).await, "two proofs");
    assert!(!lets_through(&server, http_api(&dpop, &format!("{},{}", proof(&key), proof(&key)))).await, "two, joined");
    assert!(!lets_through(&server, http_api(&bearer, &proof(&key))).await, "as a Bearer token");
    assert!(!lets_through(&server, http_api(&dpop, &proof(&thief))).await, "by another key");
    let staged = key.proof(&server, "GET", &format!("https://api.example/prod{PATH}")).of_token(&token).sign();
    assert!(!lets_through(&server, http_api(&dpop, &staged)).await, "for the URL with the stage");
}

/// DPOP-16: nobody tells a TOKEN authorizer of a proof.
#[tokio::test]
async fn a_token_authorizer_says_no_to_bound_tokens() {
    let server = behind_a_gateway().await;
    let key = DpopKey::new();
    let token = token(&server, &key).await;
    let arn = format!("arn:aws:execute-api:us-east-1:123456789012:abcdef123/prod/GET{PATH}");
    for scheme in ["DPoP", "Bearer"] {
        let event = json!({ "type": "TOKEN", "authorizationToken": format!("{scheme} {token}"), "methodArn": arn });
        assert!(!lets_through(&server, event).await, "{scheme}");
    }
    let unbound = App::backend(&server).asks_for_itself("system/*.rs").await.json();
    let unbound = unbound["access_token"].as_str().expect("a token");
    let event = json!({ "type": "TOKEN", "authorizationToken": format!("Bearer {unbound}"), "methodArn": arn });
    assert!(lets_through(&server, event).await);
}
