//! How strong a sign-in elsewhere was: what the operator has agreed on with that provider (OpenID Connect Core §2).

use super::*;
use kit::provider::parameters;

const GOLD: &str =
    "token_endpoint_auth_method = \"none\"\nfhir_user_claim = \"fhirUser\"\nacr_values = [\"gold\", \"silver\"]";

fn with_acr(acr: Value) -> Value {
    let mut claims = amy();
    claims["acr"] = acr;
    claims
}

fn asks_for(server: &TestServer, acr_values: &str) -> String {
    let request = kit::app::with(App::second(server).request(SCOPE), "acr_values", Some(acr_values));
    kit::app::authorize_url(&request)
}

/// OIDC-12. As it is: what the words mean is between the app and the provider.
#[tokio::test]
async fn what_an_app_asks_for_reaches_the_provider() {
    let provider = Provider::start().await;
    for lines in [PUBLIC, GOLD] {
        let server = server_with(&provider, lines).await;
        let sent = parameters(&is_sent_by(&mut somebody(&server), &asks_for(&server, "phr gold")).await);
        assert_eq!(sent["acr_values"], "phr gold");
        assert!(!parameters(&is_sent(&mut somebody(&server), &server).await).contains_key("acr_values"));
    }
}

#[tokio::test]
async fn what_a_provider_is_trusted_to_state_reaches_the_app_and_nothing_else() {
    let provider = Provider::start().await;
    let trusted = server_with(&provider, GOLD).await;
    let stranger = server_with(&provider, PUBLIC).await;
    for (server, said, told) in [
        (&trusted, json!("gold"), json!("gold")),
        (&trusted, json!("bronze"), Value::Null),
        (&trusted, json!(7), Value::Null),
        (&trusted, Value::Null, Value::Null),
        (&stranger, json!("gold"), Value::Null),
    ] {
        let tokens = gets_tokens(server, &provider, with_acr(said.clone())).await;
        assert_eq!(tokens.claims("id_token")["acr"], told, "{said}");
    }
}

/// "Requested as a Voluntary Claim" (§3.1.2.1): the app is told what it was, and judges.
#[tokio::test]
async fn less_than_was_asked_for_is_told_and_not_refused() {
    let provider = Provider::start().await;
    let server = server_with(&provider, GOLD).await;
    let mut person = somebody(&server);
    let location = is_sent_by(&mut person, &asks_for(&server, "gold")).await;
    let back = provider.signs_in(&location, with_acr(json!("silver")), server.now().0);
    let answer = person.goes_through(&back, Some("amy-shaw")).await;
    let tokens = App::second(&server).exchanges(&answer.query("code").expect("a code")).await;
    assert_eq!(tokens.claims("id_token")["acr"], "silver");
}

/// As with the tenant's own people: a session that was less is not enough where another sign-in could be more.
#[tokio::test]
async fn a_session_that_was_less_leads_to_the_provider_again() {
    let provider = Provider::start().await;
    let server = server_with(&provider, GOLD).await;
    let mut person = somebody(&server);
    let location = is_sent(&mut person, &server).await;
    person.opens(&provider.signs_in(&location, with_acr(json!("silver")), server.now().0)).await;
    for enough in ["silver", "gold silver", "platinum"] {
        assert!(person.opens(&asks_for(&server, enough)).await.page().asks("decision"), "{enough}");
    }
    let location = is_sent_by(&mut person, &asks_for(&server, "gold")).await;
    assert_eq!(parameters(&location)["acr_values"], "gold");
    let back = provider.signs_in(&location, with_acr(json!("gold")), server.now().0);
    assert!(person.opens(&back).await.page().asks("decision"));
    assert!(person.opens(&asks_for(&server, "gold")).await.page().asks("decision"), "now it is");
}

/// What the operator no longer trusts, a session no longer says.
#[tokio::test]
async fn an_agreement_that_has_ended_counts_no_more() {
    let provider = Provider::start().await;
    let server = server_with(&provider, GOLD).await;
    let mut person = somebody(&server);
    let location = is_sent(&mut person, &server).await;
    person.opens(&provider.signs_in(&location, with_acr(json!("gold")), server.now().0)).await;
    server.tenant_becomes(|tenant| tenant.identity_providers[0].acr_values.clear()).await;
    let answer = person.goes_through(&asks_for(&server, "gold"), Some("amy-shaw")).await;
    let tokens = App::second(&server).exchanges(&answer.query("code").expect("a code")).await;
    assert_eq!(tokens.claims("id_token").get("acr"), None);
}

#[tokio::test]
async fn what_can_be_asked_for_is_in_the_discovery_document() {
    let provider = Provider::start().await;
    let server = server_with(&provider, GOLD).await;
    let document = server.get("/clinic/.well-known/openid-configuration").await.json();
    assert_eq!(document["acr_values_supported"], json!(["gold", "silver"]));
}
