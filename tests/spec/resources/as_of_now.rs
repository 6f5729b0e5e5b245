//! Access for a resource is worth what the tenant says of the resource now.

use super::*;
use rules::{
    scope::ScopeSet,
    tenant::{CONFIGURATION_AGE, Tenant},
};

const OTHER: &str = "https://second-fhir.example/r4";

/// What becomes of the refresh token, and of the access token at the resource.
async fn afterwards(change: impl FnOnce(&mut Tenant)) -> (Answer, Value) {
    let server = clinic().await;
    let app = App::second(&server);
    let tokens = given(&app).await;
    server.tenant_becomes(change).await;
    server.passes(CONFIGURATION_AGE);
    let seen = introspected_if_there(&server, tokens.access_token()).await;
    (app.sends_refresh(tokens.refresh_token(), None).await, seen)
}

/// A resource that is gone can't ask.
async fn introspected_if_there(server: &TestServer, token: &str) -> Value {
    let authorization = basic("tools", SECRET);
    server.post("/clinic/introspect", &[("token", token)], &[("authorization", &authorization)]).await.json()
}

#[tokio::test]
async fn one_that_is_gone_takes_its_access_along() {
    let (refreshed, seen) = afterwards(|tenant| tenant.resources.clear()).await;
    assert_eq!(refreshed.refusal(), "400 invalid_grant");
    assert_eq!(seen["error"], "invalid_client");
}

#[tokio::test]
async fn one_with_fewer_scopes_leaves_fewer() {
    let (refreshed, seen) = afterwards(|tenant| {
        tenant.resources[0].scope = ScopeSet::strict("__tools").expect("scopes");
    })
    .await;
    let left = "openid fhirUser launch/patient offline_access __tools";
    assert_eq!(tokens(refreshed).scope(), left);
    assert_eq!((&seen["active"], &seen["scope"]), (&json!(true), &json!(left)));
}

/// The patient's id is somebody else's there.
#[tokio::test]
async fn one_before_another_fhir_server_reads_other_records() {
    let (refreshed, seen) = afterwards(|tenant| {
        let other =
            rules::tenant::FhirServer { name: "second".into(), url: OTHER.into(), ..tenant.fhir_servers[0].clone() };
        tenant.fhir_servers.push(other);
        tenant.resources[0].fhir_server = OTHER.into();
    })
    .await;
    assert_eq!(refreshed.refusal(), "400 invalid_grant");
    assert_eq!(seen, json!({ "active": false }));
}

/// A client of one FHIR server alone has nothing of what stands before another.
#[tokio::test]
async fn a_client_that_lost_the_fhir_server_lost_what_stands_before_it() {
    let server = clinic().await;
    let app = App::second(&server);
    let tokens = given(&app).await;
    let tenant = server.server.tenant("clinic", server.now()).await.expect("the table").expect("a tenant").id.clone();
    let key = server::store::schema::client(&tenant, app.client_id);
    let found = server.server.store.find::<rules::client::Client>(key, server.now()).await.expect("it").expect("one");
    let limited = rules::client::Client { fhir_servers: Some(["none".to_owned()].into()), ..found.value.clone() };
    let write = server::store::Write::update(&found, &limited).expect("an item");
    server.server.store.write_unraced(vec![write]).await.expect("it is written");
    server.server.forget_configuration();
    assert_eq!(introspected(&server, tokens.access_token()).await, json!({ "active": false }));
    assert_eq!(app.sends_refresh(tokens.refresh_token(), None).await.refusal(), "400 invalid_grant");
    let refused = server.get(&asking(&app, SCOPE, &[])).await;
    assert_eq!(refused.query("error").as_deref(), Some("invalid_target"));
}
