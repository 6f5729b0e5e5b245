//! An answer belongs to one departure, one browser and one provider, and is good once.

use super::*;
use kit::provider::parameters;

#[tokio::test]
async fn an_answer_is_good_once() {
    let provider = Provider::start().await;
    let server = server_with(&provider, PUBLIC).await;
    let mut person = somebody(&server);
    let location = is_sent(&mut person, &server).await;
    let back = provider.signs_in(&location, amy(), server.now().0);
    let before = person.clone();
    assert!(person.opens(&back).await.page().asks("decision"));
    // Whoever came in by it is where they were; the browser of before gets nothing.
    assert!(person.opens(&back).await.page().asks("decision"));
    assert_eq!(before.clone().opens(&back).await.end().status, 400);
    assert_eq!(provider.requests("/token").len(), 1);
}

/// Also one that failed: whatever came of it, the state is used.
#[tokio::test]
async fn a_failed_answer_is_used_up_too() {
    let provider = Provider::start().await;
    let server = server_with(&provider, PUBLIC).await;
    let mut person = somebody(&server);
    let location = is_sent(&mut person, &server).await;
    shows_trouble(&person.opens(&provider.refuses(&location, "access_denied")).await.page());
    let back = provider.signs_in(&location, amy(), server.now().0);
    assert_eq!(person.opens(&back).await.end().status, 400);
    assert!(provider.requests("/token").is_empty());
}

/// Login CSRF: the attacker's answer in the victim's browser (RFC 6749 §10.12).
#[tokio::test]
async fn an_answer_for_another_browser_is_nobodys() {
    let provider = Provider::start().await;
    let server = server_with(&provider, PUBLIC).await;
    let (mut attacker, mut victim) = (somebody(&server), somebody(&server));
    let location = is_sent(&mut attacker, &server).await;
    is_sent(&mut victim, &server).await;
    let back = provider.signs_in(&location, amy(), server.now().0);
    assert_eq!(victim.opens(&back).await.end().status, 400);
    assert!(provider.requests("/token").is_empty());
    assert!(attacker.opens(&back).await.page().asks("decision"), "the right browser's way is unharmed");
}

/// The attacker's code with the victim's own state: the nonce and the verifier are of another departure (RFC 9700 §4.5).
#[tokio::test]
async fn an_injected_code_signs_nobody_in() {
    let provider = Provider::start().await;
    let server = server_with(&provider, PUBLIC).await;
    let (mut attacker, mut victim) = (somebody(&server), somebody(&server));
    let stolen = is_sent(&mut attacker, &server).await;
    let code = parameters(&provider.signs_in(&stolen, amy(), server.now().0))["code"].clone();
    let location = is_sent(&mut victim, &server).await;
    let own = provider.signs_in(&location, json!({ "sub": "v" }), server.now().0);
    let injected = own.replace(&parameters(&own)["code"], &code);
    shows_trouble(&victim.opens(&injected).await.page());
}

/// The same where the provider forgets PKCE: the nonce alone is enough.
#[tokio::test]
async fn a_token_of_another_departure_signs_nobody_in() {
    let provider = Provider::start().await;
    let server = server_with(&provider, PUBLIC).await;
    let mut person = somebody(&server);
    let old = parameters(&is_sent(&mut person, &server).await)["nonce"].clone();
    let location = is_sent(&mut person, &server).await;
    provider.lies(move |_, claims| claims["nonce"] = json!(old));
    let back = provider.signs_in(&location, amy(), server.now().0);
    shows_trouble(&person.opens(&back).await.page());
}

#[tokio::test]
async fn only_the_newest_departure_counts() {
    let provider = Provider::start().await;
    let server = server_with(&provider, PUBLIC).await;
    let mut person = somebody(&server);
    let first = is_sent(&mut person, &server).await;
    let state = parameters(&first)["state"].clone();
    let id = state.split('.').next().expect("the interaction").to_owned();
    let second = is_sent_by(&mut person, &format!("https://auth.example/clinic/authorize/{id}")).await;
    assert_eq!(person.opens(&provider.signs_in(&first, amy(), server.now().0)).await.end().status, 400);
    assert!(person.opens(&provider.signs_in(&second, amy(), server.now().0)).await.page().asks("decision"));
}

/// Mix-up (RFC 9700 §4.4): the person went to one provider, and the answer comes to the other's address, or names the
/// other as its issuer (RFC 9207).
#[tokio::test]
async fn an_answer_at_another_providers_address_is_nobodys() {
    let (one, two) = (Provider::start().await, Provider::start().await);
    let sections = one.in_tenant_file("okta", PUBLIC) + &two.in_tenant_file("entra", PUBLIC);
    let server = start(&sections, "").await;
    let mut person = somebody(&server);
    let url = format!("{}&idp_hint=okta", App::public(&server).standalone(SCOPE));
    let location = is_sent_by(&mut person, &url).await;
    let back = one.signs_in(&location, amy(), server.now().0).replace("/callback/okta", "/callback/entra");
    assert_eq!(person.opens(&back).await.end().status, 400);
    assert!(two.requests("/token").is_empty(), "no code goes to the wrong provider");
}

#[tokio::test]
async fn an_answer_that_names_another_issuer_is_refused_before_its_code_goes_anywhere() {
    let provider = Provider::start().await;
    let server = server_with(&provider, PUBLIC).await;
    for iss in ["https%3A%2F%2Fevil.example", "x"] {
        let mut person = somebody(&server);
        let location = is_sent(&mut person, &server).await;
        let back = provider.signs_in(&location, amy(), server.now().0);
        shows_trouble(&person.opens(&format!("{back}&iss={iss}")).await.page());
    }
    assert!(provider.requests("/token").is_empty());
}

#[tokio::test]
async fn a_provider_that_says_it_names_itself_must() {
    let provider = Provider::start().await;
    provider.announces("authorization_response_iss_parameter_supported", json!(true));
    let server = server_with(&provider, PUBLIC).await;
    let mut person = somebody(&server);
    let location = is_sent(&mut person, &server).await;
    let back = provider.signs_in(&location, amy(), server.now().0);
    shows_trouble(&person.opens(&back).await.page());
    let location = is_sent(&mut person, &server).await;
    let back = provider.signs_in(&location, amy(), server.now().0);
    let iss = kit::http::encode(&[("iss", &provider.issuer)]);
    assert!(person.opens(&format!("{back}&{iss}")).await.page().asks("decision"));
}

#[tokio::test]
async fn an_answer_nobody_waits_for_is_a_page() {
    let provider = Provider::start().await;
    let server = server_with(&provider, PUBLIC).await;
    for query in ["", "?state=x&code=y", "?state=a.b", "?code=y", "?error=access_denied", "?state=%ff"] {
        let answer = server.get(&format!("/clinic/authorize/callback/okta{query}")).await;
        assert_eq!(status(&answer), 400, "{query}");
    }
    assert_eq!(server.get("/nobody/authorize/callback/okta?state=x").await.status, 404);
}

#[tokio::test]
async fn too_late_is_too_late() {
    let provider = Provider::start().await;
    let server = server_with(&provider, PUBLIC).await;
    let mut person = somebody(&server);
    let location = is_sent(&mut person, &server).await;
    let back = provider.signs_in(&location, amy(), server.now().0);
    server.passes(900);
    assert_eq!(person.opens(&back).await.end().status, 400);
}
