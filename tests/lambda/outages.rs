//! What is away or silent is said to be, in time, and nothing is spent by it.

use axum::{body::Body, http::Method};
use kit::{Answer, App, Deployed, Ehr, function::Function, outcome::Outcome, template::Template};
use rules::{
    signing_keys::{KeyState, SigningKeyRecord, in_process::generate},
    tenant::SigningAlg,
    time::Timestamp,
};
use std::{future::Future, time::Duration};

const SCOPE: &str = "openid fhirUser launch/patient offline_access patient/*.rs";

#[tokio::test]
async fn without_kms_the_token_function_says_so_and_the_code_stays_good() {
    let deployed = Deployed::start().await;
    let app = App::public(&deployed.server);
    let code = app.code("amy", SCOPE, None).await;
    deployed.kms_door.shuts();
    is_unavailable(&app.redeems(&code).await);
    deployed.kms_door.opens();
    app.exchanges(&code).await;
}

#[tokio::test]
async fn without_kms_a_refresh_token_stays_good() {
    let deployed = Deployed::start().await;
    let app = App::public(&deployed.server);
    let tokens = app.gets_tokens("amy", SCOPE, None).await;
    deployed.kms_door.shuts();
    is_unavailable(&app.sends_refresh(tokens.refresh_token(), None).await);
    deployed.kms_door.opens();
    app.refreshes(tokens.refresh_token()).await;
}

/// Everything that only verifies works on.
#[tokio::test]
async fn without_kms_tokens_are_still_introspected_and_revoked() {
    let deployed = Deployed::start().await;
    let app = App::public(&deployed.server);
    let tokens = app.gets_tokens("amy", SCOPE, None).await;
    deployed.kms_door.shuts();
    assert_eq!(app.introspected(tokens.access_token()).await["active"], true);
    assert_eq!(deployed.server.get("/clinic/.well-known/jwks.json").await.status, 200);
    assert_eq!(app.posts("revoke", &[("token", tokens.refresh_token())]).await.status, 200);
    assert_eq!(app.introspected(tokens.access_token()).await["active"], false);
}

#[tokio::test]
async fn a_silent_kms_is_given_up_before_lambda_gives_up_the_function() {
    let deployed = Deployed::start().await;
    let app = App::public(&deployed.server);
    let code = app.code("amy", SCOPE, None).await;
    deployed.function("token").await;
    deployed.kms_door.hangs();
    is_unavailable(&in_time("token", app.redeems(&code)).await);
    deployed.kms_door.opens();
    app.exchanges(&code).await;
}

#[tokio::test]
async fn a_silent_table_is_given_up_before_lambda_gives_up_any_function() {
    let deployed = Deployed::start().await;
    let (server, app) = (&deployed.server, App::public(&deployed.server));
    for function in Template::of_the_stack().functions.values() {
        deployed.function(&function.binary).await;
    }
    deployed.dynamodb_door.hangs();
    let ehr = Ehr::of(server);
    let context = serde_json::json!({ "patient": "amy-shaw" });
    let url = app.standalone(SCOPE);
    let path = url.strip_prefix("https://auth.example").expect("a URL of ours");
    let (token, introspect, revoke, discovery, launch_context, userinfo, authorize) = tokio::join!(
        in_time("token", app.sends_refresh("any", None)),
        in_time("introspect", app.posts("introspect", &[("token", "any")])),
        in_time("revoke", app.posts("revoke", &[("token", "any")])),
        in_time("discovery", server.get("/clinic/.well-known/jwks.json")),
        in_time("launch-context", ehr.sends(&context)),
        in_time("userinfo", server.post("/clinic/userinfo", &[("access_token", "any")], &[])),
        in_time("authorize", server.request(Method::GET, path, &[], Body::empty())),
    );
    for answer in [token, introspect, revoke, discovery, launch_context, userinfo] {
        is_unavailable(&answer);
    }
    // A person is shown a page.
    assert_eq!(authorize.status, 503);
    assert!(authorize.header("content-type").is_some_and(|kind| kind.starts_with("text/html")));
    deployed.dynamodb_door.opens();
    app.gets_tokens("amy", SCOPE, None).await;
}

#[tokio::test]
async fn a_function_that_starts_without_its_table_serves_when_the_table_is_back() {
    let deployed = Deployed::start().await;
    deployed.dynamodb_door.shuts();
    assert_eq!(deployed.server.get("/clinic/.well-known/jwks.json").await.status, 503);
    deployed.dynamodb_door.opens();
    assert_eq!(deployed.server.get("/clinic/.well-known/jwks.json").await.status, 200);
}

#[tokio::test]
async fn a_function_that_is_not_told_its_table_ends_and_says_why() {
    let function = Function::start("discovery", &[]).await;
    let Outcome::Died(output) = function.invoke(&serde_json::json!({})).await else { panic!("it runs") };
    assert!(output.contains("ADMIT_TABLE must name the DynamoDB table"), "{output}");
}

#[tokio::test]
async fn a_key_that_is_kept_in_the_table_signs_nothing_in_a_deployed_function() {
    let deployed = Deployed::start().await;
    let server = &deployed.server.server;
    let tenant = server.tenant("clinic", server.now()).await.expect("a table").expect("a tenant");
    let in_kms = tenant.active_key(SigningAlg::ES256).expect("a key").clone();
    deployed.keeps(&SigningKeyRecord { state: KeyState::Retiring, ..in_kms }).await;
    deployed.keeps(&generate(&tenant.id, SigningAlg::ES256, Timestamp(0)).expect("a key")).await;
    is_unavailable(&App::backend(&deployed.server).asks_for_itself("system/*.rs").await);
    assert!(deployed.ends().await.contains("a deployed function does not sign with a key kept in the table"));
}

/// RFC 6749 §4.1.2.1 names the error; the status and `Retry-After` tell a client to come back.
fn is_unavailable(answer: &Answer) {
    assert_eq!((answer.status, answer.error().as_str()), (503, "temporarily_unavailable"), "{}", answer.body);
    assert!(answer.header("retry-after").is_some());
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

/// The answer, if it comes before the template's timeout of this function.
async fn in_time(binary: &str, answer: impl Future<Output = Answer>) -> Answer {
    let function = &Template::of_the_stack().functions[binary];
    let answer = tokio::time::timeout(Duration::from_secs(function.timeout), answer).await;
    answer.unwrap_or_else(|_| panic!("{binary} takes longer than Lambda lets it"))
}
