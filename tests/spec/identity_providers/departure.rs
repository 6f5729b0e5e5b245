//! How a person gets to the provider: straight, by a hint, or by a choice; and what goes with them.

use super::*;
use kit::{
    browser::SESSION_COOKIE,
    provider::parameters,
    server::{BASE, ISSUER},
};

#[tokio::test]
async fn the_only_way_in_is_taken_without_a_page() {
    let provider = Provider::start().await;
    let server = server_with(&provider, PUBLIC).await;
    let location = is_sent(&mut somebody(&server), &server).await;
    let sent = parameters(&location);
    assert_eq!(sent["redirect_uri"], format!("{ISSUER}/authorize/callback/okta"));
    assert_eq!(sent["code_challenge_method"], "S256");
    assert_eq!(sent["response_type"], "code");
    assert_eq!(sent["scope"], "openid profile");
    assert_eq!(sent["kept"], "1", "what the endpoint's URL had before");
    for (name, least) in [("state", 43), ("nonce", 43), ("code_challenge", 43)] {
        assert!(sent[name].len() >= least, "{name}");
    }
}

#[tokio::test]
async fn no_two_departures_share_a_secret() {
    let provider = Provider::start().await;
    let server = server_with(&provider, PUBLIC).await;
    let mut person = somebody(&server);
    let (one, two) = (is_sent(&mut person, &server).await, is_sent(&mut person, &server).await);
    for name in ["state", "nonce", "code_challenge"] {
        assert_ne!(parameters(&one)[name], parameters(&two)[name], "{name}");
    }
}

#[tokio::test]
async fn a_choice_is_shown_where_there_is_one() {
    let (one, two) = (Provider::start().await, Provider::start().await);
    let sections = one.in_tenant_file("okta", PUBLIC) + &two.in_tenant_file("entra", PUBLIC);
    let server = start(&sections, "").await;
    let mut person = somebody(&server);
    let page = person.opens(&App::public(&server).standalone(SCOPE)).await.page();
    for text in ["Account at okta", "Account at entra", "?way=password"] {
        assert!(page.answer.body.contains(text), "{text}: {}", page.answer.body);
    }
    assert!(!page.asks("password"));
    let location = is_sent_by(&mut person, &format!("{}/provider/entra", page.url)).await;
    assert!(location.starts_with(&two.issuer));
    let password = person.opens(&format!("{}?way=password", page.url)).await.page();
    assert!(password.asks("password"));
    person.username = "amy".to_owned();
    assert!(person.does(&password, None).await.page().asks("decision"));
}

#[tokio::test]
async fn a_wrong_password_stays_with_the_passwords() {
    let provider = Provider::start().await;
    let server = start(&provider.in_tenant_file("okta", PUBLIC), "").await;
    let mut person = somebody(&server);
    let page = person.opens(&App::public(&server).standalone(SCOPE)).await.page();
    let password = person.opens(&format!("{}?way=password", page.url)).await.page();
    let again = person.submits(&password, &[("username", "amy"), ("password", "wrong")]).await.page();
    assert!(again.asks("password"));
}

#[tokio::test]
async fn no_password_is_taken_where_there_are_none() {
    let provider = Provider::start().await;
    let server = server_with(&provider, PUBLIC).await;
    let mut person = somebody(&server);
    let location = is_sent(&mut person, &server).await;
    let page = person.opens(&provider.refuses(&location, "access_denied")).await.page();
    let form = [("username", "amy"), ("password", kit::server::PASSWORD)];
    let sent = person.submits(&page, &form).await.app();
    assert!(sent.location().starts_with(&provider.issuer), "sent to the provider again");
}

#[tokio::test]
async fn another_account_is_asked_for_at_once_where_there_is_one_provider() {
    let provider = Provider::start().await;
    let server = server_with(&provider, PUBLIC).await;
    let mut person = has_signed_in(&server, &provider).await;
    let url = format!("{}&prompt=select_account", App::second(&server).standalone(SCOPE));
    let page = person.opens(&url).await.page();
    let location = person.submits(&page, &[("account", "another")]).await.app().location().to_owned();
    assert_eq!(parameters(&location)["prompt"], "select_account");
}

/// The same where the session ended meanwhile, on a page of the way; the management page says so first.
#[tokio::test]
async fn a_page_whose_session_has_ended_leads_to_the_provider() {
    let provider = Provider::start().await;
    let server = server_with(&provider, PUBLIC).await;
    let mut person = somebody(&server);
    let location = is_sent(&mut person, &server).await;
    let back = provider.signs_in(&location, amy(), server.now().0);
    let consent = person.opens(&back).await.page();
    person.cookies.remove(SESSION_COOKIE);
    let leads = |place: Place| place.app().location().starts_with(&provider.issuer);
    assert!(leads(person.submits(&consent, &[("decision", "allow")]).await));
    // A search, or "try again", is a form too.
    assert!(leads(person.opens(&format!("{}?", consent.url)).await));
    let mut other = has_signed_in(&server, &provider).await;
    let manage = other.opens(&format!("{BASE}/clinic/manage")).await.page();
    other.cookies.remove(SESSION_COOKIE);
    let end = other.submits(&manage, &[("decision", "take-away")]).await.end();
    assert!(end.status == 200 && end.body.contains("/clinic/manage\">"), "{}", end.body);
}

/// A browser at which Amy has signed in for the first app.
async fn has_signed_in<'a>(server: &'a TestServer, provider: &Provider) -> Person<'a> {
    let mut person = somebody(server);
    let location = is_sent(&mut person, server).await;
    let back = provider.signs_in(&location, amy(), server.now().0);
    person.goes_through(&back, Some("amy-shaw")).await;
    person
}

#[tokio::test]
async fn an_app_can_choose_the_provider_and_a_wrong_choice_is_none() {
    let (one, two) = (Provider::start().await, Provider::start().await);
    let sections = one.in_tenant_file("okta", PUBLIC) + &two.in_tenant_file("entra", PUBLIC);
    let server = start(&sections, "").await;
    let url = App::public(&server).standalone(SCOPE);
    let location = is_sent_by(&mut somebody(&server), &format!("{url}&idp_hint=entra")).await;
    assert!(location.starts_with(&two.issuer));
    let page = somebody(&server).opens(&format!("{url}&idp_hint=nobody")).await.page();
    assert!(page.answer.body.contains("Account at okta"));
}

/// OIDC-12: "hints passed to upstream IdP".
#[tokio::test]
async fn the_apps_wishes_reach_the_provider() {
    let provider = Provider::start().await;
    let server = server_with(&provider, PUBLIC).await;
    let url = App::public(&server).standalone(SCOPE);
    let wishes = "&prompt=login%20consent&login_hint=amy%40example.org&ui_locales=nl%20de&max_age=300";
    let sent = parameters(&is_sent_by(&mut somebody(&server), &format!("{url}{wishes}")).await);
    assert_eq!(sent["prompt"], "login", "consent is asked here");
    assert_eq!(sent["login_hint"], "amy@example.org");
    assert_eq!(sent["ui_locales"], "nl de");
    assert_eq!(sent["max_age"], "300");
}

#[tokio::test]
async fn a_provider_of_another_tenant_does_not_exist() {
    let provider = Provider::start().await;
    let server = server_with(&provider, PUBLIC).await;
    let request = App::public(&server).request("openid launch/patient patient/*.rs");
    let request = kit::app::with(request, "aud", Some("https://fhir.other.example"));
    let url = kit::app::authorize_url(&request).replace("/clinic/", "/other/");
    let mut person = somebody(&server);
    let page = person.opens(&url).await.page();
    assert!(page.asks("password"));
    let place = person.opens(&format!("{}/provider/okta", page.url)).await;
    assert!(place.page().asks("password"));
}

/// What a sign-in elsewhere costs, once documents and keys are in memory.
#[tokio::test]
async fn going_there_costs_two_reads_and_a_write_more_or_less() {
    let provider = Provider::start().await;
    let server = server_with(&provider, PUBLIC).await;
    gets_tokens(&server, &provider, amy()).await;
    let mut person = somebody(&server);
    server.calls.take();
    let location = is_sent(&mut person, &server).await;
    let departure = server.calls.take();
    person.opens(&provider.signs_in(&location, amy(), server.now().0)).await;
    let arrival = server.calls.take();
    assert_eq!(departure, ["PutItem", "BatchGetItem", "PutItem"], "the interaction, the interaction, the departure");
    assert_eq!(arrival[..3], ["BatchGetItem", "PutItem", "TransactWriteItems"], "used up, then signed in: {arrival:?}");
}
