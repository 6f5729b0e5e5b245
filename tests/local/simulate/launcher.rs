//! The choice in the launcher's form and address.

use super::desk::{amy_with, desk};

const NAMES: [&str; 16] = [
    "auth_invalid_client_id",
    "auth_invalid_redirect_uri",
    "auth_invalid_scope",
    "auth_invalid_client_secret",
    "token_invalid_token",
    "token_expired_refresh_token",
    "token_expired_registration_token",
    "token_invalid_scope",
    "token_invalid_jti",
    "request_invalid_token",
    "request_expired_token",
    "narrower_scopes",
    "no_refresh_token",
    "slow_answers",
    "rotated_key",
    "short_expiry",
];

#[tokio::test]
async fn every_problem_is_offered_under_its_name() {
    let server = desk().await;
    let page = server.get("/?tenant=riverside").await.body;
    for name in NAMES {
        assert!(page.contains(&format!("<option value=\"{name}\">{name} — ")), "{name}");
    }
}

#[tokio::test]
async fn the_choice_is_in_the_address() {
    let server = desk().await;
    let mut amy = amy_with(&server, "narrower_scopes").await;
    let page = amy.asks("/?tenant=riverside&simulate=narrower_scopes").await.body;
    assert!(page.contains("value=\"narrower_scopes\" selected") && page.contains("<details open>"));
    assert!(page.contains("simulate=narrower_scopes\">") && page.contains("· narrower_scopes"), "offered again");
}
