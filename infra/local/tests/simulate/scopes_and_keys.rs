//! Less than was asked, and keys that change on the way.

use crate::{app::App, browser::Browser, desk::desk};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;

#[tokio::test]
async fn a_narrower_scope_is_said_and_is_true() {
    let desk = desk().await;
    let app = App::public(&desk);
    let tokens = app.tokens("narrower_scopes").await;
    assert_eq!(tokens["scope"], "launch/patient openid fhirUser offline_access patient/Patient.rs");
    assert_eq!(app.reads(&tokens, "Patient/amy-shaw").await.status(), 200);
    assert_eq!(app.reads(&tokens, "Observation?_count=1").await.status(), 403);
}

async fn kids(app: &App<'_>) -> Vec<String> {
    let jwks: Value = app.desk.http.get(app.url(".well-known/jwks.json")).send().await.unwrap().json().await.unwrap();
    jwks["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

fn kid(tokens: &Value) -> String {
    let header = tokens["id_token"].as_str().unwrap().split('.').next().unwrap();
    let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
    header["kid"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_key_set_kept_from_before_the_code_has_not_the_key_of_the_id_token() {
    let desk = desk().await;
    let app = App::public(&desk);
    let other = app.tokens("").await;
    let before = kids(&app).await;
    let mut browser = Browser::new(&desk);
    browser.chooses("rotated_key").await;
    let code = app.code(&mut browser).await;
    let tokens = app.exchanges(&code).await.body;
    let after = kids(&app).await;
    assert!(!before.contains(&kid(&tokens)) && after.contains(&kid(&tokens)));
    // Nobody else notices: the old keys are still published, and their tokens good.
    assert!(after.contains(&kid(&other)) && before.iter().all(|old| after.contains(old)));
    assert_eq!(app.reads(&other, "Patient/amy-shaw").await.status(), 200);
    assert_eq!(app.reads(&tokens, "Patient/amy-shaw").await.status(), 200);
}
