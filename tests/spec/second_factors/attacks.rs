//! What somebody with a password, a session or a link tries.

use super::{OPTIONAL, account, after_password, kept, own_page, presses, scanned, with_app, with_policy};
use kit::{App, Person, TestServer, browser::Place, server::ISSUER};

#[tokio::test]
async fn a_form_without_the_pages_token_changes_nothing() {
    let server = with_policy(OPTIONAL).await;
    let mut amy = Person::named(&server, "amy");
    let page = own_page(&mut amy).await;
    let mut rosa = Person::named(&server, "rosa");
    let foreign = own_page(&mut rosa).await;
    let manage = amy.opens(&format!("{ISSUER}/logout")).await.page();
    for other in [&foreign, &manage] {
        let csrf = &other.fields.iter().find(|(name, _)| name == "csrf").expect("a token").1;
        let end = amy.submits(&page.with("csrf", csrf).with("do", "add-app"), &[]).await.end();
        assert_eq!(end.status, 400);
    }
    // From another site no cookie comes along.
    let answer = server.post("/clinic/account", &[("do", "remove-app")], &[]).await;
    assert_eq!(answer.status, 303);
    assert!(kept(&server, "amy").await.is_none());
}

/// Skipping the page: after the password nothing else is open, with the cookies of before or of now.
#[tokio::test]
async fn nothing_but_the_factor_leads_on() {
    let server = with_policy(OPTIONAL).await;
    with_app(&server, "amy").await;
    let mut amy = Person::named(&server, "amy");
    let sign_in = amy.opens(&App::public(&server).standalone(super::SCOPE)).await.page();
    let before = amy.cookies.clone();
    let page = amy.does(&sign_in, None).await.page();
    for form in [[("decision", "allow")], [("patient", "amy-shaw")], [("kept", "yes")], [("account", "same")]] {
        assert!(amy.submits(&page, &form).await.page().asks("code"));
    }
    for url in [account(), format!("{ISSUER}/manage")] {
        assert!(!amy.opens(&url).await.page().asks("current"));
    }
    // The cookie of before the password, which somebody else may have planted, knows nothing of it.
    amy.cookies = before;
    assert!(amy.opens(&page.url).await.page().asks("username"));
    assert!(!matches!(amy.submits(&page, &[("code", "000000")]).await, Place::App(_)));
}

/// The same page for a name that nobody has, somebody's with a factor and somebody's without.
#[tokio::test]
async fn who_has_a_factor_is_seen_by_nobody_without_the_password() {
    let server = with_policy(super::WITH_PASSKEYS).await;
    with_app(&server, "amy").await;
    let mut pages = Vec::new();
    for name in ["amy", "rosa", "nobody"] {
        let mut person = Person::named(&server, name);
        "wrong".clone_into(&mut person.password);
        let page = person.opens(&App::public(&server).standalone(super::SCOPE)).await.page();
        server.calls.take();
        let page = person.does(&page, None).await.page();
        let calls: Vec<String> = server.calls.take();
        let visible: String = page.answer.body.split("<h1>").nth(1).expect("a heading").to_owned();
        let plain = visible.split("name=\"csrf\"").next().expect("text").replace(&page.url, "");
        pages.push((plain, page.answer.status, calls));
    }
    assert_eq!(pages[0], pages[1]);
    assert_eq!(pages[0], pages[2]);
}

/// Whoever changes the password meanwhile ends what was begun with the old one.
#[tokio::test]
async fn a_password_that_is_no_more_does_not_go_on_to_the_second_step() {
    let server = with_policy(OPTIONAL).await;
    let (secret, codes) = with_app(&server, "amy").await;
    let (mut thief, waiting) = after_password(&server, "amy").await;
    let mut amy = Person::named(&server, "amy");
    let page = amy.goes_to(&account(), "code", None).await;
    let page = amy.submits(&page, &[("code", &secret.code(server.now()))]).await.page();
    let (old, new) = (kit::server::PASSWORD, "a lantern in the long grass");
    let page = presses(&mut amy, &page, "password", &[("current", old), ("new", new), ("again", new)]).await;
    assert!(page.answer.body.contains("Your password is changed"));
    assert!(thief.submits(&waiting, &[("code", &codes[0])]).await.page().asks("username"));
    assert_eq!(kept(&server, "amy").await.expect("credentials").recovery.len(), 8, "nor is a code used up by it");
}

#[tokio::test]
async fn nobody_can_make_a_link_that_says_something_was_done() {
    let server = with_policy(OPTIONAL).await;
    let mut amy = Person::named(&server, "amy");
    own_page(&mut amy).await;
    for said in ["changed", "changed.x", "wrong.AAAA", "removed."] {
        let page = amy.opens(&format!("{}?said={said}", account())).await.page();
        assert!(
            !page.answer.body.contains("role=\"status\"") && !page.answer.body.contains("role=\"alert\""),
            "{said}"
        );
    }
}

/// One begun in one session can't be finished in another.
#[tokio::test]
async fn an_app_is_set_up_in_the_session_that_saw_its_key() {
    let server = with_policy(OPTIONAL).await;
    let mut amy = Person::named(&server, "amy");
    let page = own_page(&mut amy).await;
    let setup = presses(&mut amy, &page, "add-app", &[]).await;
    let code = scanned(&setup).code(server.now());
    let mut rosa = Person::named(&server, "rosa");
    let own = own_page(&mut rosa).await;
    presses(&mut rosa, &own, "app", &[("code", &code)]).await;
    assert!(kept(&server, "rosa").await.is_none());
}

/// An operator helps somebody who has lost everything.
#[tokio::test]
async fn an_operator_takes_the_factors_away_and_the_sessions_end() {
    use admin::forget_factors::{ForgottenFactors, forget_factors};
    let server: TestServer = with_policy(OPTIONAL).await;
    let mut before = Person::named(&server, "amy");
    own_page(&mut before).await;
    with_app(&server, "amy").await;
    let clinic = rules::tenant::TenantId::parse("clinic").expect("a tenant");
    let store = &server.server.store;
    let forget = async |name: &str| forget_factors(store, &clinic, name, server.now()).await.expect("it answers");
    assert_eq!(forget("AMY").await, ForgottenFactors::Done);
    assert_eq!(forget("amy").await, ForgottenFactors::Nothing);
    assert_eq!(forget("nobody").await, ForgottenFactors::NoSuchUser);
    assert!(before.opens(&account()).await.page().asks("password"));
    assert!(after_password(&server, "amy").await.1.asks("decision"));
}
