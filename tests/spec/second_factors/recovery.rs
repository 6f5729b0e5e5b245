//! Recovery codes: eight, shown once, each good once.

use super::{
    OPTIONAL, after_password, claims_after, codes_on, kept, own_page, presses, scanned, with_app, with_policy,
};
use kit::Person;

#[tokio::test]
async fn a_recovery_code_signs_in_once() {
    let server = with_policy(OPTIONAL).await;
    let (_, codes) = with_app(&server, "amy").await;
    let (mut amy, page) = after_password(&server, "amy").await;
    let place = amy.submits(&page, &[("code", &codes[3].to_lowercase().replace('-', " "))]).await;
    let claims = claims_after(&server, &mut amy, place).await;
    assert_eq!(claims["amr"], serde_json::json!(["pwd", "mfa"]));
    assert_eq!(kept(&server, "amy").await.expect("credentials").recovery.len(), 7);
    let (mut amy, page) = after_password(&server, "amy").await;
    let page = amy.submits(&page, &[("code", &codes[3])]).await.page();
    assert!(page.asks("code"));
    assert!(amy.submits(&page, &[("code", &codes[4])]).await.page().asks("decision"));
}

#[tokio::test]
async fn codes_of_somebody_else_are_worth_nothing() {
    let server = with_policy(OPTIONAL).await;
    let (_, of_amy) = with_app(&server, "amy").await;
    with_app(&server, "rosa").await;
    let (mut rosa, page) = after_password(&server, "rosa").await;
    assert!(rosa.submits(&page, &[("code", &of_amy[0])]).await.page().asks("code"));
}

#[tokio::test]
async fn new_codes_end_the_old_ones() {
    let server = with_policy(OPTIONAL).await;
    let (secret, old) = with_app(&server, "amy").await;
    let mut amy = Person::named(&server, "amy");
    let page = amy.goes_to(&super::account(), "code", None).await;
    let page = amy.submits(&page, &[("code", &secret.code(server.now()))]).await.page();
    let page = presses(&mut amy, &page, "codes", &[]).await;
    let new = codes_on(&page);
    assert!(new.len() == 8 && new.iter().all(|code| !old.contains(code)));
    // The same again for whoever reloads, and never after that.
    assert_eq!(codes_on(&amy.opens(&super::account()).await.page()), new);
    let page = presses(&mut amy, &page, "leave", &[]).await;
    assert!(page.asks("current") && codes_on(&page).is_empty());
    let (mut amy, page) = after_password(&server, "amy").await;
    let page = amy.submits(&page, &[("code", &old[0])]).await.page();
    assert!(page.asks("code"));
    assert!(amy.submits(&page, &[("code", &new[0])]).await.page().asks("decision"));
}

#[tokio::test]
async fn the_last_factor_takes_its_codes_with_it() {
    let server = with_policy(OPTIONAL).await;
    let mut amy = Person::named(&server, "amy");
    let page = own_page(&mut amy).await;
    let page = presses(&mut amy, &page, "add-app", &[]).await;
    let page = presses(&mut amy, &page, "app", &[("code", &scanned(&page).code(server.now()))]).await;
    let page = presses(&mut amy, &page, "leave", &[]).await;
    presses(&mut amy, &page, "remove-app", &[]).await;
    let kept = kept(&server, "amy").await.expect("credentials");
    assert!(kept.recovery.is_empty() && kept.totp.is_none());
    assert!(after_password(&server, "amy").await.1.asks("decision"));
}
