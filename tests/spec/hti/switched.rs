//! A tenant that takes no HTI tokens, and one whose portal, app or provider is gone meanwhile (HTI-20).

use super::*;
use crate::authority::client_becomes;

#[tokio::test]
async fn without_the_switch_an_hti_token_is_a_handle_that_nobody_knows() {
    let server = TestServer::start().await;
    let app = App::asymmetric(&server, SigningAlg::ES384);
    let token = Assertion::new(ALG, PORTAL, "Device/es384-app", server.now().0)
        .with_claim("sub", json!("Practitioner/hannah-patel"))
        .with_claim("resource", json!("Task/7"));
    let request = with(app.request("launch openid fhirUser"), "launch", Some(&token.sign()));
    let place = Person::named(&server, "nobody").opens(&authorize_url(&request)).await;
    assert_eq!(error(place), "invalid_request");
    assert_eq!(app.posts("introspect", &[("token", &token.sign())]).await.json(), json!({ "active": false }));
}

/// HTI-20.
#[tokio::test]
async fn discovery_promises_it_while_the_switch_is_on() {
    let says = async |server: &TestServer| {
        let document = server.get("/clinic/.well-known/smart-configuration").await.json();
        document["capabilities"].as_array().expect("a list").contains(&json!("context-ehr-hti"))
    };
    assert!(says(&Domain::start().await.server).await);
    assert!(!says(&TestServer::start().await).await);
}

/// What was so when the way began is asked again before the code.
#[tokio::test]
async fn what_ended_meanwhile_ends_the_way() {
    type Change = fn(&mut rules::tenant::Tenant);
    let changes: [(&str, Change, &str); 2] = [
        ("the switch", |tenant| tenant.hti = None, "invalid_request"),
        ("the provider", |tenant| tenant.identity_providers.clear(), "access_denied"),
    ];
    for (what, change, expected) in changes {
        let domain = Domain::start().await;
        let mut browser = domain.browser();
        let begun = browser.asks(&authorize_url(&domain.request(&domain.token().sign()))).await.location().to_owned();
        let there = browser.opens(&begun).await.app();
        let back = domain.provider.signs_in(there.location(), claims(), domain.server.now().0);
        domain.server.tenant_becomes(change).await;
        domain.server.passes(31);
        let place = if what == "the provider" { browser.opens(&begun).await } else { browser.opens(&back).await };
        assert_eq!(error(place), expected, "{what}");
    }
}

#[tokio::test]
async fn a_portal_that_may_launch_no_more_launches_nobody() {
    let domain = Domain::start().await;
    let mut browser = domain.browser();
    let back = domain.back(&mut browser, &domain.token().sign(), claims()).await;
    client_becomes(&domain.server, PORTAL, |client| client.may_launch = false).await;
    domain.server.passes(31);
    assert_eq!(error(browser.opens(&back).await), "invalid_request");
    assert_eq!(domain.error(&domain.token().sign()).await, "invalid_request");
    let answer = domain.module().posts("introspect", &[("token", &domain.token().sign())]).await;
    assert_eq!(answer.json(), json!({ "active": false }));
}

/// The token was for the Device that the app was; another one is not what the person chose their task for (HTI-5).
#[tokio::test]
async fn an_app_that_became_another_device_meanwhile_gets_no_code() {
    let domain = Domain::start().await;
    let mut browser = domain.browser();
    let back = domain.back(&mut browser, &domain.token().sign(), claims()).await;
    client_becomes(&domain.server, "es384-app", |client| client.device = Some("another".to_owned())).await;
    domain.server.passes(31);
    assert_eq!(error(browser.opens(&back).await), "invalid_request");
}

/// Two tenants of one deployment: the other's portal is nobody here, by the same name and with the same key.
#[tokio::test]
async fn another_tenants_launch_is_none_here() {
    let domain = Domain::start().await;
    let request = domain.request(&domain.token().sign());
    let url = authorize_url(&request).replacen("/clinic/", "/other/", 1);
    let answer = domain.browser().asks(&url).await;
    assert!(answer.status == 400 || answer.query("error").is_some(), "{} {}", answer.status, answer.body);
}
