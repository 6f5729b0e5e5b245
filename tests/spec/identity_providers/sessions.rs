//! A session that a provider's word began lasts no longer than the tenant's trust in that provider.

use super::*;
use kit::app::introspect;
use rules::{tenant::Tenant, user::FhirUserType};

#[tokio::test]
async fn a_provider_that_the_tenant_has_left_signs_nobody_in_again() {
    let provider = Provider::start().await;
    let server = start(&provider.in_tenant_file("okta", PUBLIC), "").await;
    let mut person = signed_in(&server, &provider).await;
    assert!(asks_again(&mut person, &server).await.asks("decision"), "one sign-in serves many apps");
    server.tenant_becomes(|tenant| tenant.identity_providers.clear()).await;
    assert!(asks_again(&mut person, &server).await.asks("password"));
    assert!(person.opens(&format!("{}/manage", kit::server::ISSUER)).await.page().asks("password"));
}

#[tokio::test]
async fn a_kind_of_person_that_a_provider_no_longer_vouches_for_signs_in_anew() {
    let provider = Provider::start().await;
    let server = start(&provider.in_tenant_file("okta", PUBLIC), "").await;
    let mut person = signed_in(&server, &provider).await;
    server.tenant_becomes(|tenant| tenant.identity_providers[0].user_types = [FhirUserType::Practitioner].into()).await;
    let page = asks_again(&mut person, &server).await;
    assert!(page.answer.body.contains("Account at okta") && !page.asks("decision"), "{}", page.answer.body);
}

async fn signed_in<'a>(server: &'a TestServer, provider: &Provider) -> Person<'a> {
    let mut person = somebody(server);
    let page = person.opens(&App::public(server).standalone(SCOPE)).await.page();
    let location = is_sent_by(&mut person, &format!("{}/provider/okta", page.url)).await;
    let back = provider.signs_in(&location, amy(), server.now().0);
    assert!(person.opens(&back).await.page().asks("decision"));
    person
}

async fn asks_again(person: &mut Person<'_>, server: &TestServer) -> Page {
    person.opens(&App::public(server).standalone(SCOPE)).await.page()
}

/// What a provider's person gave lasts no longer than the trust either, within the 30 seconds of kept configuration.
#[tokio::test]
async fn what_a_providers_person_gave_ends_with_the_trust_in_the_provider() {
    const LASTING: &str = "openid fhirUser launch/patient offline_access patient/*.rs";
    type Change = fn(&mut Tenant);
    let changes: [(&str, Change); 3] = [
        ("removed", |tenant| tenant.identity_providers.clear()),
        ("another issuer", |tenant| {
            tenant.identity_providers[0].issuer = "https://another.example".into();
            tenant.identity_providers[0].id_token_issuers = vec!["https://another.example".into()];
        }),
        ("other people", |tenant| tenant.identity_providers[0].user_types = [FhirUserType::Practitioner].into()),
    ];
    for (what, change) in changes {
        let provider = Provider::start().await;
        let server = start(&provider.in_tenant_file("okta", PUBLIC), "").await;
        let app = App::public(&server);
        let mut person = signed_in(&server, &provider).await;
        let given = person.goes_through(&app.standalone(LASTING), None).await.query("code").expect("a code");
        let tokens = app.exchanges(&given).await;
        let code = person.goes_through(&app.standalone(LASTING), None).await.query("code").expect("a code");
        let consent = person.goes_to(&app.standalone(LASTING), "decision", None).await;
        server.tenant_becomes(change).await;
        assert!(!matches!(person.submits(&consent, &[("decision", "allow")]).await, Place::App(_)), "{what}");
        assert_eq!(app.redeems(&code).await.refusal(), "400 invalid_grant", "{what}");
        assert_eq!(app.sends_refresh(tokens.refresh_token(), None).await.refusal(), "400 invalid_grant", "{what}");
        assert_eq!(introspect(&server, tokens.access_token()).await["active"], false, "{what}");
    }
}

/// They are in no file: only a sign-in tells that they are still there.
#[tokio::test]
async fn offline_access_of_a_providers_person_ends_without_a_new_sign_in() {
    let provider = Provider::start().await;
    let server = start(&provider.in_tenant_file("okta", PUBLIC), "provider_offline_seconds = 7200").await;
    let app = App::public(&server);
    let mut person = signed_in(&server, &provider).await;
    let url = app.standalone("openid fhirUser launch/patient offline_access patient/*.rs");
    let code = person.goes_through(&url, None).await.query("code").expect("a code");
    let tokens = app.exchanges(&code).await;
    server.passes(7199);
    let tokens = app.refreshes(tokens.refresh_token()).await;
    server.passes(1);
    assert_eq!(app.sends_refresh(tokens.refresh_token(), None).await.refusal(), "400 invalid_grant");
}
