//! The choice in the launcher's form and address.

use super::desk::{SCOPE, amy_with, asks, desk};
use kit::{App, browser::Place};

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

/// Nobody is to take it for a fault: each page that a person sees on the way says so, and no page of another launch does.
#[tokio::test]
async fn every_page_that_a_problem_touches_says_that_it_is_simulated() {
    let server = desk().await;
    let app = App::sample(&server);
    let mut amy = amy_with(&server, "narrower_scopes").await;
    let sign_in = amy.goes_to(&app.standalone(SCOPE), "password", None).await;
    let consent = amy.does(&sign_in, None).await;
    let Place::Page(consent) = consent else { panic!("no consent: {consent:?}") };
    for page in [&sign_in, &consent] {
        assert!(
            page.answer.body.contains("id=\"simulated\"") && page.answer.body.contains("narrower_scopes"),
            "{}",
            page.url
        );
    }
    for problem in ["auth_invalid_client_id", "auth_invalid_redirect_uri"] {
        let page = asks(&app, &mut amy_with(&server, problem).await).await;
        assert!(page.body.contains("id=\"simulated\"") && page.body.contains(problem), "{}", page.body);
    }
    let redirect = asks(&app, &mut amy_with(&server, "auth_invalid_scope").await).await;
    assert!(redirect.query("error_description").unwrap().ends_with("(simulated)"), "{}", redirect.location());
    let launcher = server.get("/?tenant=riverside&simulate=short_expiry").await.body;
    assert!(launcher.contains("id=\"will-simulate\""));
    let framed =
        server.get("/launcher/launch?tenant=riverside&type=provider-ehr&embed=yes&simulate=short_expiry").await.body;
    assert!(framed.contains("id=\"simulated\""), "{framed}");
    let plain = amy_with(&server, "").await.goes_to(&app.standalone(SCOPE), "password", None).await;
    assert!(!plain.answer.body.contains("id=\"simulated\""));
}
