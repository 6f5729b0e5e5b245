//! "The verifier SHALL … limit consecutive failed authentication attempts on a single account to no more than 100" (NIST SP 800-63B
//! §5.2.2): after so many wrong codes the app proves nothing, however long somebody waits between them.

use super::{OPTIONAL, WITH_PASSKEYS, after_password, own_page, pairs, presses, scanned, with_app, with_policy};
use kit::{Authenticator, Person, TestServer, browser::Page, http::at_once};
use rules::tenant::TenantId;

const MOST: usize = 100;
const DAY: i64 = 86_400;

async fn tries(server: &TestServer, code: &str) -> Page {
    let (mut amy, page) = after_password(server, "amy").await;
    amy.submits(&page, &[("code", code)]).await.page()
}

fn is_locked(page: &Page) -> bool {
    page.asks("code") && page.answer.body.contains("Your authenticator app is locked")
}

/// One a day, so that no wait is left.
async fn wrong_codes(server: &TestServer, many: usize) {
    for _ in 0..many {
        server.passes(DAY);
        let page = tries(server, "000000").await;
        assert!(page.asks("code") && !is_locked(&page), "{}", page.answer.body);
    }
}

#[tokio::test]
async fn after_a_hundred_wrong_codes_in_a_row_no_code_is_judged_however_long_one_waits() {
    let server = with_policy(OPTIONAL).await;
    let (secret, codes) = with_app(&server, "amy").await;
    wrong_codes(&server, MOST).await;
    for days in [0, 1, 400, 4000] {
        server.passes(days * DAY);
        assert!(is_locked(&tries(&server, &secret.code(server.now())).await), "after {days} days");
    }
    // A recovery code signs in, and with it codes are judged again.
    assert!(tries(&server, &codes[0]).await.asks("decision"));
    server.passes(DAY);
    assert!(tries(&server, &secret.code(server.now())).await.asks("decision"));
}

#[tokio::test]
async fn a_right_code_begins_the_row_anew() {
    let server = with_policy(OPTIONAL).await;
    let (secret, _) = with_app(&server, "amy").await;
    for _ in 0..2 {
        wrong_codes(&server, MOST - 1).await;
        assert!(tries(&server, &secret.code(server.now())).await.asks("decision"));
    }
}

#[tokio::test]
async fn of_many_at_the_same_moment_at_two_instances_no_more_are_judged() {
    let server = with_policy(OPTIONAL).await;
    with_app(&server, "amy").await;
    wrong_codes(&server, MOST - 4).await;
    server.passes(DAY);
    let other = server.second_instance();
    let mut waiting = Vec::new();
    for n in 0..10 {
        waiting.push(after_password(if n % 2 == 0 { &server } else { &other }, "amy").await);
    }
    let tried = waiting.iter_mut().map(async |(amy, page)| amy.answers(page, &[("code", "000000")]).await);
    assert!(at_once(tried.collect()).await.iter().all(|answer| answer.status == 303));
    let mut locked = 0;
    for (amy, page) in &mut waiting {
        locked += u32::from(is_locked(&amy.opens(&page.url).await.page()));
    }
    assert_eq!(locked, 6);
}

#[tokio::test]
async fn a_passkey_goes_on_and_unlocks_nothing() {
    let server = with_policy(WITH_PASSKEYS).await;
    let (mut amy, mut device) = (Person::named(&server, "amy"), Authenticator::new());
    let page = own_page(&mut amy).await;
    let page = presses(&mut amy, &page, "add-app", &[]).await;
    let secret = scanned(&page);
    let page = presses(&mut amy, &page, "app", &[("code", &secret.code(server.now()))]).await;
    let page = presses(&mut amy, &page, "leave", &[]).await;
    let page = presses(&mut amy, &page, "add-passkey", &[]).await;
    presses(&mut amy, &page, "passkey", &pairs(&device.creates(&page.passkey_options()))).await;
    wrong_codes(&server, MOST).await;
    let (mut amy, page) = after_password(&server, "amy").await;
    assert!(amy.submits(&page, &pairs(&device.asserts(&page.passkey_options()))).await.page().asks("decision"));
    assert!(is_locked(&tries(&server, &secret.code(server.now())).await));
}

#[tokio::test]
async fn the_operator_forgets_the_factors_and_another_app_begins_at_nothing() {
    let server = with_policy(OPTIONAL).await;
    with_app(&server, "amy").await;
    wrong_codes(&server, MOST).await;
    let clinic = TenantId::parse("clinic").expect("a tenant");
    let forgotten = admin::forget_factors::forget_factors(&server.server.store, &clinic, "amy", server.now()).await;
    assert_eq!(forgotten.expect("the table answers"), admin::forget_factors::ForgottenFactors::Done);
    let (secret, _) = with_app(&server, "amy").await;
    assert!(tries(&server, &secret.code(server.now())).await.asks("decision"));
}
