//! What the id_token says of it, and what an app may ask for.

use super::{OPTIONAL, SCOPE, WITH_PASSKEYS, after_password, claims_after, with_app, with_passkey, with_policy};
use kit::{
    App, Person, TestServer,
    app::{authorize_url, with},
};
use rules::credentials::methods::MULTI_FACTOR;

fn asks_for(server: &TestServer, acr_values: &str) -> String {
    authorize_url(&with(App::second(server).request(SCOPE), "acr_values", Some(acr_values)))
}

#[tokio::test]
async fn acr_is_what_the_sign_in_was() {
    let server = with_policy(OPTIONAL).await;
    let (secret, _) = with_app(&server, "amy").await;
    let (mut amy, page) = after_password(&server, "amy").await;
    let place = amy.submits(&page, &[("code", &secret.code(server.now()))]).await;
    assert_eq!(claims_after(&server, &mut amy, place).await["acr"], MULTI_FACTOR);
    let tokens = App::public(&server).gets_tokens("rosa", SCOPE, Some("mia-rivera")).await;
    assert_eq!(tokens.claims("id_token").get("acr"), None);
}

/// "acr_values … requested as a Voluntary Claim" (OIDC Core §3.1.2.1).
#[tokio::test]
async fn an_app_that_asks_for_two_factors_gets_a_new_sign_in_where_the_session_had_one() {
    let server = with_policy(OPTIONAL).await;
    let mut amy = Person::named(&server, "amy");
    amy.goes_through(&App::public(&server).standalone(SCOPE), None).await;
    assert!(amy.opens(&asks_for(&server, "0 urn:unknown")).await.page().asks("decision"));
    assert!(amy.opens(&asks_for(&server, MULTI_FACTOR)).await.page().asks("password"));
    // Without a page there is nothing to be had, and it is no reason to fail.
    let silent = authorize_url(&with(
        with(App::public(&server).request(SCOPE), "acr_values", Some(MULTI_FACTOR)),
        "prompt",
        Some("none"),
    ));
    let answer = amy.opens(&silent).await.app();
    assert_ne!(answer.query("error").as_deref(), Some("login_required"));
}

#[tokio::test]
async fn of_several_the_first_that_was_reached_is_named() {
    let server = with_policy(WITH_PASSKEYS).await;
    let mut device = with_passkey(&server, "amy").await;
    let mut amy = Person::named(&server, "amy");
    let page = amy.opens(&asks_for(&server, &format!("gold {MULTI_FACTOR} phr"))).await.page();
    let fields = device.asserts(&page.passkey_options());
    let page = amy.submits(&page, &super::pairs(&fields)).await.page();
    let answer = amy.does(&page, None).await.app();
    let tokens = App::second(&server).exchanges(&answer.query("code").expect("a code")).await;
    assert_eq!(tokens.claims("id_token")["acr"], MULTI_FACTOR);
}
