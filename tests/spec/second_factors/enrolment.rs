//! Setting up: at sign-in where the tenant wants it, and on a person's own page.

use super::{
    OPTIONAL, REQUIRED, account, after_password, claims_after, codes_on, kept, own_page, pairs, presses, scanned,
    with_app, with_passkey, with_policy,
};
use kit::{Authenticator, Person};

#[tokio::test]
async fn where_it_is_required_whoever_has_none_sets_it_up_and_sees_the_codes_before_going_on() {
    let server = with_policy(REQUIRED).await;
    let (mut amy, page) = after_password(&server, "amy").await;
    let secret = scanned(&page);
    let page = amy.submits(&page, &[("code", "000000")]).await.page();
    assert!(page.answer.body.contains("That was not right"));
    // A reload shows the same key.
    assert_eq!(scanned(&amy.opens(&page.url).await.page()).text(), secret.text());
    assert!(kept(&server, "amy").await.is_none());
    let page = amy.submits(&page, &[("code", &secret.code(server.now()))]).await.page();
    let codes = codes_on(&page);
    assert_eq!(codes.len(), 8);
    assert!(amy.session_cookie().is_none());
    assert_eq!(codes_on(&amy.opens(&page.url).await.page()), codes);
    let place = amy.submits(&page, &[("kept", "yes")]).await;
    let claims = claims_after(&server, &mut amy, place).await;
    assert_eq!(claims["amr"], serde_json::json!(["pwd", "otp", "mfa"]));
    // From then on it is asked for.
    server.passes(30);
    let (mut amy, page) = after_password(&server, "amy").await;
    assert!(!page.answer.body.contains("id=\"key\""));
    assert!(amy.submits(&page, &[("code", &codes[0])]).await.page().asks("decision"));
}

#[tokio::test]
async fn where_it_is_required_a_passkey_will_do_too() {
    let server = with_policy("second_factor = \"required\"\npasskeys = true").await;
    let (mut amy, page) = after_password(&server, "amy").await;
    let mut device = Authenticator::new();
    let page = amy.submits(&page, &pairs(&device.creates(&page.passkey_options()))).await.page();
    assert_eq!(codes_on(&page).len(), 8);
    let place = amy.submits(&page, &[("kept", "yes")]).await;
    let claims = claims_after(&server, &mut amy, place).await;
    assert_eq!(claims["amr"], serde_json::json!(["pwd", "hwk", "user", "mfa"]));
}

/// Two who know one password, before it has a second factor: the one who is faster has it.
#[tokio::test]
async fn who_is_too_late_can_not_put_their_own_app_in_the_place_of_another() {
    let server = with_policy(REQUIRED).await;
    let (mut thief, page) = after_password(&server, "amy").await;
    let (mut amy, own) = after_password(&server, "amy").await;
    amy.submits(&own, &[("code", &scanned(&own).code(server.now()))]).await.page();
    let page = thief.submits(&page, &[("code", &scanned(&page).code(server.now()))]).await.page();
    assert!(page.asks("username"));
    let totp = kept(&server, "amy").await.expect("credentials").totp.expect("an app");
    assert_eq!(totp.secret.text(), scanned(&own).text());
}

/// A session of before the tenant wanted more.
#[tokio::test]
async fn the_last_factor_can_not_be_removed_where_one_is_required() {
    let server = with_policy(REQUIRED).await;
    let mut amy = Person::named(&server, "amy");
    let page = amy.goes_to(&account(), "code", None).await;
    let page = amy.submits(&page, &[("code", &scanned(&page).code(server.now()))]).await.page();
    let page = amy.submits(&page, &[("kept", "yes")]).await.page();
    assert!(page.asks("current"));
    let page = presses(&mut amy, &page, "remove-app", &[]).await;
    assert!(page.answer.body.contains("at least one second step"));
    assert!(kept(&server, "amy").await.expect("credentials").totp.is_some());
}

/// A stolen session changes nothing: what signs in is set up by who has just signed in.
#[tokio::test]
async fn the_page_asks_to_sign_in_again_when_that_was_some_time_ago() {
    let server = with_policy(OPTIONAL).await;
    let mut amy = Person::named(&server, "amy");
    let page = own_page(&mut amy).await;
    server.passes(601);
    assert!(amy.opens(&account()).await.page().asks("password"));
    // Nor is a form of before taken.
    let end = amy.submits(&page.with("do", "add-app"), &[]).await.end();
    assert!(end.body.contains("Sign in again"));
    let page = amy.opens(&account()).await.page();
    assert!(page.answer.body.contains("value=\"amy\""), "the page knows who it was");
    assert!(amy.does(&page, None).await.page().asks("current"));
}

#[tokio::test]
async fn with_a_second_factor_signing_in_again_asks_for_it_too() {
    let server = with_policy(OPTIONAL).await;
    with_app(&server, "amy").await;
    let mut amy = Person::named(&server, "amy");
    let page = amy.goes_to(&account(), "code", None).await;
    assert!(!page.asks("current"));
}

#[tokio::test]
async fn removing_a_factor_ends_the_other_sessions_and_not_this_one() {
    let server = with_policy(super::WITH_PASSKEYS).await;
    let mut other = Person::named(&server, "amy");
    own_page(&mut other).await;
    let device = with_passkey(&server, "amy").await;
    assert!(other.opens(&account()).await.page().asks("current"), "adding one ends none");
    let mut amy = Person::named(&server, "amy");
    let page = amy.opens(&account()).await.page();
    let mut device = device;
    let page = amy.submits(&page, &pairs(&device.asserts(&page.passkey_options()))).await.page();
    assert!(page.asks("current"), "{}", page.answer.body);
    let id = kept(&server, "amy").await.expect("credentials").passkeys[0].id.clone();
    let page = presses(&mut amy, &page.with("passkey", &id), "remove-passkey", &[]).await;
    assert!(page.asks("current") && page.answer.body.contains("The passkey is removed"));
    assert!(page.answer.body.contains("Apps that you gave lasting access keep it."), "{}", page.answer.body);
    assert!(other.opens(&account()).await.page().asks("password"));
}

#[tokio::test]
async fn without_a_policy_for_it_nothing_can_be_set_up() {
    let server = kit::TestServer::start().await;
    let mut amy = Person::named(&server, "amy");
    let page = own_page(&mut amy).await;
    assert!(!page.answer.body.contains("add-app") && !page.answer.body.contains("add-passkey"));
    for button in ["add-app", "add-passkey", "codes", "app", "passkey"] {
        assert!(presses(&mut amy, &page, button, &[("code", "123456")]).await.asks("current"));
    }
    assert!(kept(&server, "amy").await.is_none());
}
