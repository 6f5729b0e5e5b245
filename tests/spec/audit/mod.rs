//! The audit trail: every decision is an AuditEvent of FHIR R4, in the patterns of IHE's BALP.

mod decisions;
mod people;
mod profiles;
mod sealing;

use kit::{App, Ehr, Person, TestServer};
use serde_json::Value;

pub const SCOPE: &str = "openid fhirUser launch/patient offline_access patient/*.rs";

/// One of everything that is decided, and what the trail says of it.
pub async fn of_everything() -> Vec<Value> {
    let server = TestServer::start_with(|toml| {
        let policy = "name = \"Test Clinic\"\npolicy = { grant_types = [\"authorization_code\", \"refresh_token\", \"client_credentials\", \"password\", \"implicit\"] }";
        toml.replacen("name = \"Test Clinic\"", policy, 1)
    })
    .await;
    let app = App::public(&server);
    let launch = Ehr::of(&server).launches_patient("amy-shaw").await;
    let mut hannah = Person::named(&server, "hannah");
    hannah.goes_through(&app.with_launch("launch openid fhirUser patient/*.rs", &launch), None).await;
    let code = app.code("amy", SCOPE, None).await;
    let tokens = app.exchanges(&code).await;
    app.introspected(tokens.access_token()).await;
    let again = app.refreshes(tokens.refresh_token()).await;
    server.passes(10);
    app.sends_refresh(tokens.refresh_token(), None).await;
    app.redeems("no-such-code").await;
    kit::app::introspect(&server, again.access_token()).await;
    let own = App::backend(&server).asks_for_itself("system/*.rs").await.json();
    App::backend(&server).posts("revoke", &[("token", own["access_token"].as_str().expect("a token"))]).await;
    Ehr::of(&server).sends(&serde_json::json!({ "patient": "a b" })).await;
    let mut stranger = Person::named(&server, "amy");
    let page = stranger.opens(&app.standalone(SCOPE)).await.page();
    stranger.submits(&page, &[("username", "amy"), ("password", "wrong")]).await.page();
    server.audit.take()
}
