//! A session that a provider's word began lasts no longer than the tenant's trust in that provider.

use super::*;
use rules::user::FhirUserType;

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
