//! Less than was asked, and keys that change on the way.

use super::desk::{amy_with, code, desk, reads, tokens};
use kit::{App, app::header};
use serde_json::Value;

#[tokio::test]
async fn a_narrower_scope_is_said_and_is_true() {
    let server = desk().await;
    let app = App::sample(&server);
    let tokens = tokens(&app, "narrower_scopes").await;
    assert_eq!(tokens["scope"], "launch/patient openid fhirUser offline_access patient/Patient.rs");
    assert_eq!(reads(&app, &tokens, "Patient/amy-shaw").await.status, 200);
    assert_eq!(reads(&app, &tokens, "Observation?_count=1").await.status, 403);
}

async fn kids(app: &App<'_>) -> Vec<String> {
    let jwks = app.server.get(&app.url(".well-known/jwks.json")).await.json();
    jwks["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

fn kid(tokens: &Value) -> String {
    header(tokens["id_token"].as_str().unwrap())["kid"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_key_set_kept_from_before_the_code_has_not_the_key_of_the_id_token() {
    let server = desk().await;
    let app = App::sample(&server);
    let other = tokens(&app, "").await;
    let before = kids(&app).await;
    let code = code(&app, &mut amy_with(&server, "rotated_key").await).await;
    let tokens = app.exchanges(&code).await.0;
    let after = kids(&app).await;
    assert!(!before.contains(&kid(&tokens)) && after.contains(&kid(&tokens)));
    // Nobody else notices: the old keys are still published, and their tokens good.
    assert!(after.contains(&kid(&other)) && before.iter().all(|old| after.contains(old)));
    assert_eq!(reads(&app, &other, "Patient/amy-shaw").await.status, 200);
    assert_eq!(reads(&app, &tokens, "Patient/amy-shaw").await.status, 200);
}
