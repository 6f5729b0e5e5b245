//! Parameters of OpenID Connect (OIDC-9 to 13).

use super::{SCOPE, is_accepted, refusal};
use kit::{
    App, Person, TestServer,
    app::{authorize_url, with},
};

fn request_with(server: &TestServer, name: &str, value: &str) -> Vec<(String, String)> {
    with(App::public(server).request(SCOPE), name, Some(value))
}

/// "none: The Authorization Server MUST NOT display any authentication or consent user interface pages" (OIDC Core §3.1.2.1).
#[tokio::test]
async fn prompt_none_shows_nothing() {
    let server = TestServer::start().await;
    for none in ["none", " none "] {
        assert_eq!(refusal(&server, &request_with(&server, "prompt", none)).await, "login_required");
    }
}

/// "If this parameter contains none with any other value, an error is returned" (OIDC Core §3.1.2.1).
#[tokio::test]
async fn prompt_none_can_not_be_combined() {
    let server = TestServer::start().await;
    for combined in ["none login", "consent none", "none select_account consent"] {
        let request = request_with(&server, "prompt", combined);
        assert_eq!(refusal(&server, &request).await, "invalid_request", "{combined}");
    }
}

#[tokio::test]
async fn other_prompts_lead_to_the_pages() {
    let server = TestServer::start().await;
    for prompt in ["login", "consent", "select_account", "login consent", "create"] {
        assert!(is_accepted(&server, &request_with(&server, "prompt", prompt)).await, "{prompt}");
    }
}

#[tokio::test]
async fn max_age_is_a_number_of_seconds() {
    let server = TestServer::start().await;
    for good in ["0", "3600", "99999999999"] {
        assert!(is_accepted(&server, &request_with(&server, "max_age", good)).await, "{good}");
    }
    for bad in ["-1", "1.5", "soon", "1 hour", "99999999999999999999999"] {
        assert_eq!(refusal(&server, &request_with(&server, "max_age", bad)).await, "invalid_request", "{bad}");
    }
}

/// OIDC-11: the id_token then says when the user signed in.
#[tokio::test]
async fn max_age_brings_an_auth_time() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let url = authorize_url(&request_with(&server, "max_age", "0"));
    let answer = Person::named(&server, "amy").goes_through(&url, None).await;
    let tokens = app.exchanges(&answer.query("code").expect("a code")).await;
    assert_eq!(tokens.claims("id_token")["auth_time"], server.now().0);
}

/// OIDC Core §3.1.2.6: each of them has an error of its own.
#[tokio::test]
async fn request_objects_and_registration_are_refused_by_name() {
    let server = TestServer::start().await;
    for (name, error) in [
        ("request", "request_not_supported"),
        ("request_uri", "request_uri_not_supported"),
        ("registration", "registration_not_supported"),
    ] {
        assert_eq!(refusal(&server, &request_with(&server, name, "https://evil.example/x")).await, error);
    }
}

/// OIDC Core §15.1: whoever does not act on them must not fail on them.
#[tokio::test]
async fn hints_cause_no_error() {
    let server = TestServer::start().await;
    for (name, value) in [
        ("ui_locales", "nl xx-klingon"),
        ("claims_locales", "nl"),
        ("acr_values", "urn:mace:incommon:iap:silver 2"),
        ("id_token_hint", "not.a.jwt"),
        ("login_hint", "someone@example.org"),
        ("display", "popup"),
        ("claims", "{broken"),
    ] {
        assert!(is_accepted(&server, &request_with(&server, name, value)).await, "{name}");
    }
}

/// "nonce … The value is passed through unmodified from the Authentication Request to the ID Token" (OIDC Core §3.1.2.1).
#[tokio::test]
async fn the_nonce_reaches_the_id_token_unchanged() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    for nonce in ["n-0S6_WzA2Mj", "a+b &c=%20 \"'<é🩺>\\", "x".repeat(2000).as_str()] {
        let url = authorize_url(&request_with(&server, "nonce", nonce));
        let answer = Person::named(&server, "amy").goes_through(&url, None).await;
        let tokens = app.exchanges(&answer.query("code").expect("a code")).await;
        assert_eq!(tokens.claims("id_token")["nonce"], nonce);
    }
}

#[tokio::test]
async fn without_a_nonce_the_id_token_has_none() {
    let server = TestServer::start().await;
    let tokens = App::public(&server).gets_tokens("amy", SCOPE, None).await;
    assert_eq!(tokens.claims("id_token").get("nonce"), None);
}

#[tokio::test]
async fn the_login_hint_is_in_the_form_already() {
    let server = TestServer::start().await;
    let url = authorize_url(&request_with(&server, "login_hint", "amy"));
    let page = Person::named(&server, "amy").opens(&url).await.page();
    assert!(page.answer.body.contains("value=\"amy\""), "{}", page.answer.body);
}
