//! Whole launches across the processes of the functions, with KMS-signed tokens.

use super::verified;
use kit::{
    App, Deployed, Ehr, Person,
    app::{header, introspect},
    server::{ISSUER, PASSWORD},
};
use rules::tenant::SigningAlg;
use serde_json::json;

const SCOPE: &str = "openid fhirUser launch/patient offline_access patient/*.rs";

#[tokio::test]
async fn an_ehr_launch_from_its_context_to_introspection() {
    let deployed = Deployed::start().await;
    let context = json!({
        "patient": "amy-shaw", "encounter": "amy-shaw-visit", "need_patient_banner": false, "intent": "reconcile",
        "fhirContext": [{ "reference": "ImagingStudy/1" }],
    });
    let launch = Ehr::of(&deployed.server).launches(context.clone()).await;
    let app = App::asymmetric(&deployed.server, SigningAlg::RS384);
    let url = app.with_launch("launch openid fhirUser offline_access patient/*.rs", &launch);
    let answer = Person::named(&deployed.server, "hannah").goes_through(&url, None).await;
    assert_eq!(answer.query("iss").as_deref(), Some(ISSUER));
    let tokens = app.exchanges(&answer.query("code").expect("a code")).await;
    for (name, value) in context.as_object().expect("members") {
        assert_eq!(&tokens.0[name], value, "{name}");
    }
    assert_eq!(header(tokens.access_token())["alg"], "ES256");
    verified(&deployed, tokens.access_token()).await;
    let id_token = tokens.0["id_token"].as_str().expect("an id_token");
    assert_eq!(header(id_token)["alg"], "RS256");
    let person = format!("{}/Practitioner/hannah-patel", deployed.server.fhir.url);
    assert_eq!(verified(&deployed, id_token).await["fhirUser"], person);
    let introspected = introspect(&deployed.server, tokens.access_token()).await;
    assert_eq!((&introspected["active"], &introspected["patient"]), (&json!(true), &json!("amy-shaw")));
    let again = app.refreshes(tokens.refresh_token()).await;
    assert_eq!(again.0["patient"], "amy-shaw");
    assert_eq!(app.posts("revoke", &[("token", again.refresh_token())]).await.status, 200);
    assert_eq!(introspect(&deployed.server, again.access_token()).await, json!({ "active": false }));
}

#[tokio::test]
async fn a_clinician_picks_a_patient_whom_the_authorize_function_finds_with_a_token_of_its_own() {
    let deployed = Deployed::start().await;
    let tokens = App::public(&deployed.server).gets_tokens("hannah", SCOPE, Some("wei-chen")).await;
    assert_eq!(tokens.0["patient"], "wei-chen");
    let asked_with = deployed.server.fhir.tokens();
    assert!(!asked_with.is_empty());
    verified(&deployed, &asked_with[0]).await;
}

#[tokio::test]
async fn a_code_redeemed_twice_ends_the_grant_in_all_functions() {
    let deployed = Deployed::start().await;
    let app = App::public(&deployed.server);
    let code = app.code("amy", SCOPE, None).await;
    let tokens = app.exchanges(&code).await;
    assert_eq!(app.redeems(&code).await.error(), "invalid_grant");
    assert_eq!(introspect(&deployed.server, tokens.access_token()).await, json!({ "active": false }));
}

/// Only the routes' templates are logged, at the most talkative level too.
#[tokio::test]
async fn no_function_prints_a_secret_or_a_patient() {
    let deployed = Deployed::start().await;
    let launch = Ehr::of(&deployed.server).launches_patient("amy-shaw").await;
    let app = App::symmetric(&deployed.server);
    let url = app.with_launch("launch openid offline_access patient/*.rs", &launch);
    let answer = Person::named(&deployed.server, "hannah").goes_through(&url, None).await;
    let code = answer.query("code").expect("a code");
    let tokens = app.exchanges(&code).await;
    introspect(&deployed.server, tokens.access_token()).await;
    let again = app.refreshes(tokens.refresh_token()).await;
    app.posts("revoke", &[("token", again.refresh_token())]).await;
    deployed.server.get("/clinic/.well-known/jwks.json").await;
    let output = deployed.ends().await;
    assert!(output.contains("\"route\":\"/{tenant}/token\""), "{output}");
    let secrets = [
        launch.as_str(),
        &code,
        tokens.access_token(),
        tokens.refresh_token(),
        again.refresh_token(),
        PASSWORD,
        "symmetric-secret",
        "clinic-ehr-secret",
        "amy-shaw",
        "hannah",
        "Patel",
        // Where the recorded events come from.
        "198.51.100.7",
    ];
    for secret in secrets {
        let line = output.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret} is printed");
    }
}
