//! People of an identity provider: what they sign in with is not here, and the rest of their own pages is.

use super::*;
use kit::Provider;
use serde_json::json;

#[tokio::test]
async fn who_has_their_account_elsewhere_finds_their_apps_and_the_way_out_from_here_too() {
    let provider = Provider::start().await;
    let okta = provider.in_tenant_file("okta", "token_endpoint_auth_method = \"none\"\nfhir_user_claim = \"fhirUser\"");
    let policy = "[policy]\nloopback_key_sets = true\nlocal_sign_in = false";
    let server = TestServer::start_with(|toml| format!("{toml}{okta}\n{policy}\n")).await;
    let mut amy = Person::named(&server, "amy");
    let sent = amy.opens(&App::public(&server).standalone(SCOPE)).await.app().location().to_owned();
    let claims = json!({ "sub": "00u-amy", "name": "Amy at the provider", "fhirUser": "Patient/amy-shaw" });
    assert!(amy.opens(&provider.signs_in(&sent, claims, server.now().0)).await.page().asks("decision"));
    let page = amy.asks(&format!("{ISSUER}/account")).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("account that you have elsewhere") && page.body.contains("Amy at the provider"));
    for (link, there) in [("manage", true), ("logout", true), ("account", false)] {
        assert_eq!(page.body.contains(&format!("href=\"{ISSUER}/{link}\"")), there, "{link}: {}", page.body);
    }
    // A form that was open before says the same, and does nothing.
    let posted = amy.posts(&format!("{ISSUER}/account"), &[("do", "everywhere")]).await.end();
    assert!(posted.body.contains("account that you have elsewhere"), "{}", posted.body);
}

/// Nobody is signed in for whom there could be links.
#[tokio::test]
async fn who_must_sign_in_first_gets_no_links() {
    let server = TestServer::start().await;
    let page = Person::named(&server, "amy").opens(&format!("{ISSUER}/account?error=login_required")).await.end();
    assert!(page.body.contains("Sign in again to change"), "{}", page.body);
    assert!(!page.body.contains(&format!("href=\"{ISSUER}/manage\"")), "{}", page.body);
}
