//! The provider is down, or not the one it was: nobody is stuck and nothing is lost.

use super::*;

/// Nobody listens there.
const NOBODY: &str = "http://127.0.0.1:9";

#[tokio::test]
async fn a_provider_that_is_down_is_a_page_with_the_other_ways_in() {
    let provider = Provider::start().await;
    let down = provider.in_tenant_file("okta", PUBLIC).replace(&provider.issuer, NOBODY);
    let server = start(&down, "").await;
    let mut person = somebody(&server);
    let page = person.opens(&App::public(&server).standalone(SCOPE)).await.page();
    let trouble = person.opens(&format!("{}/provider/okta", page.url)).await.page();
    shows_trouble(&trouble);
    assert_eq!(trouble.answer.status, 502);
    assert!(trouble.answer.body.contains("?way=choice"));
    let password = person.opens(&format!("{}?way=password", page.url)).await.page();
    person.username = "amy".to_owned();
    assert!(person.does(&password, None).await.page().asks("decision"));
}

#[tokio::test]
async fn a_provider_that_comes_back_is_used_again() {
    let provider = Provider::start().await;
    provider.announces("issuer", json!("https://evil.example"));
    let server = server_with(&provider, PUBLIC).await;
    let mut person = somebody(&server);
    let page = person.opens(&App::public(&server).standalone(SCOPE)).await.page();
    shows_trouble(&page);
    provider.announces("issuer", json!(provider.issuer));
    server.passes(10);
    let location = is_sent_by(&mut person, &format!("{}/provider/okta", page.action)).await;
    assert!(person.opens(&provider.signs_in(&location, amy(), server.now().0)).await.page().asks("decision"));
}

/// OpenID Connect Discovery §4.3: the issuer "MUST exactly match".
#[tokio::test]
async fn a_document_of_another_issuer_leads_nowhere() {
    let provider = Provider::start().await;
    for issuer in [format!("{}/", provider.issuer), "https://evil.example".to_owned()] {
        provider.announces("issuer", json!(issuer));
        let server = server_with(&provider, PUBLIC).await;
        let page = somebody(&server).opens(&App::public(&server).standalone(SCOPE)).await.page();
        shows_trouble(&page);
    }
}

/// The document may name any address; none inside our own network is asked.
#[tokio::test]
async fn a_document_can_not_send_the_code_into_our_own_network() {
    let provider = Provider::start().await;
    for inside in ["https://169.254.169.254/token", "https://10.0.0.1/token", "http://idp.example/token", "file:///x"] {
        provider.announces("token_endpoint", json!(inside));
        let server = server_with(&provider, PUBLIC).await;
        let page = is_refused(&server, &provider, amy()).await;
        assert_eq!(page.answer.status, 502, "{inside}");
    }
}

/// An operator who has a provider on the private network names it, and trusts no other host by that.
#[tokio::test]
async fn a_provider_on_the_private_network_leads_to_no_other_host_of_it() {
    let provider = Provider::start().await;
    for inside in ["https://169.254.169.254/token", "https://10.0.0.1/token", "https://192.168.0.1/token"] {
        provider.announces("token_endpoint", json!(inside));
        let server = server_with(&provider, PUBLIC).await;
        server.tenant_becomes(|tenant| tenant.identity_providers[0].private_network = true).await;
        let page = is_refused(&server, &provider, amy()).await;
        assert_eq!(page.answer.status, 502, "{inside}");
    }
}

#[tokio::test]
async fn the_loopback_is_for_laptops_alone() {
    let provider = Provider::start().await;
    let mistakes = admin::tenant_file::parse(
        "t.toml",
        &format!("id = \"t\"\nname = \"T\"\n{}", provider.in_tenant_file("okta", PUBLIC)),
    );
    let mistakes = mistakes.expect_err("http without the switch").to_string();
    assert!(mistakes.contains("loopback_key_sets"), "{mistakes}");
}
