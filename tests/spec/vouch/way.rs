//! The way of a vouched person: no sign-in and no session, but every other question (VOUCH-7 to VOUCH-10, VOUCH-12).

use super::{SINCE, code, error, launches, opens, server, url, vouching, with_policy, word};
use crate::sessions::signed_in;
use kit::{App, Person, TestServer};
use serde_json::json;

/// VOUCH-7, VOUCH-12.
#[tokio::test]
async fn the_app_gets_its_code_without_a_page_or_a_cookie_and_learns_of_the_sign_in_at_the_ehr() {
    let server = server().await;
    let app = App::public(&server);
    let word = word(&server).with_claim("amr", json!(["sc", "pin", "mfa", "sms-ish", "ehr"]));
    let launch = launches(&server, &word).await;
    let answer = Person::named(&server, "nobody").asks(&url(&app, &launch, &[])).await;
    assert_eq!(answer.header("set-cookie"), None);
    let tokens = app.exchanges(&answer.query("code").expect("a code")).await;
    assert_eq!(tokens.0["patient"], "amy-shaw");
    assert_eq!(tokens.0.get("user_assertion"), None);
    let claims = tokens.claims("id_token");
    assert_eq!(claims["auth_time"], server.now().0 - SINCE);
    assert_eq!(claims["amr"], json!(["sc", "pin", "mfa", "ehr"]));
    assert!(claims["fhirUser"].as_str().is_some_and(|own| own.ends_with("/Practitioner/hannah-patel")), "{claims}");
}

/// VOUCH-7: the next app that comes without a launch asks who is there.
#[tokio::test]
async fn nobody_is_signed_in_at_the_browser_afterwards() {
    let server = server().await;
    let app = App::public(&server);
    let launch = launches(&server, &word(&server)).await;
    let mut browser = Person::named(&server, "hannah");
    code(browser.opens(&url(&app, &launch, &[])).await).await;
    assert_eq!(browser.session_cookie(), None);
    assert!(browser.opens(&app.standalone("openid user/*.rs")).await.page().asks("password"));
}

/// VOUCH-7, VOUCH-10: with a page on the way there is a cookie of that page, and still no session.
#[tokio::test]
async fn the_consent_page_is_shown_in_their_name_and_makes_no_session() {
    let server = TestServer::start_with(|toml| vouching(&toml)).await;
    let (app, launch) = (App::public(&server), launches(&server, &word(&server)).await);
    let mut browser = Person::named(&server, "nobody");
    let page = browser.opens(&url(&app, &launch, &[])).await.page();
    assert!(page.asks("decision"), "{}", page.answer.body);
    let tokens = app.exchanges(&code(browser.submits(&page, &[("decision", "allow")]).await).await).await;
    assert_eq!(browser.session_cookie(), None);
    assert_eq!(tokens.0["patient"], "amy-shaw");
}

/// VOUCH-10.
#[tokio::test]
async fn an_app_that_wants_its_user_asked_gets_them_asked() {
    let server = server().await;
    let launch = launches(&server, &word(&server)).await;
    assert!(opens(&server, &launch, &[("prompt", "consent")]).await.page().asks("decision"));
}

#[tokio::test]
async fn without_a_yes_an_app_that_wants_no_page_gets_none() {
    let server = TestServer::start_with(|toml| vouching(&toml)).await;
    let launch = launches(&server, &word(&server)).await;
    assert_eq!(error(opens(&server, &launch, &[("prompt", "none")]).await), "consent_required");
}

#[tokio::test]
async fn a_no_on_the_consent_page_is_a_no() {
    let server = TestServer::start_with(|toml| vouching(&toml)).await;
    let (app, launch) = (App::public(&server), launches(&server, &word(&server)).await);
    let mut browser = Person::named(&server, "nobody");
    let page = browser.opens(&url(&app, &launch, &[])).await.page();
    assert_eq!(error(browser.submits(&page, &[("decision", "deny")]).await), "access_denied");
}

/// VOUCH-10: a yes that the person gave at their own sign-in counts here too.
#[tokio::test]
async fn a_remembered_yes_needs_no_page() {
    let server = TestServer::start_with(|toml| {
        vouching(&toml).replacen("[[fhir_servers]]", "[policy]\nremember_consent_seconds = 3600\n[[fhir_servers]]", 1)
    })
    .await;
    let app = App::public(&server);
    let first = launches(&server, &word(&server)).await;
    let mut browser = Person::named(&server, "nobody");
    let page = browser.opens(&url(&app, &first, &[])).await.page();
    code(browser.submits(&page, &[("decision", "allow")]).await).await;
    let second = launches(&server, &word(&server)).await;
    code(opens(&server, &second, &[]).await).await;
}

/// VOUCH-8.
#[tokio::test]
async fn where_somebody_else_is_signed_in_the_person_says_who_they_are() {
    let server = server().await;
    let app = App::public(&server);
    let mut amy = signed_in(&server, "amy").await;
    let cookie = amy.session_cookie().cloned();
    let launch = launches(&server, &word(&server)).await;
    let page = amy.opens(&url(&app, &launch, &[])).await.page();
    assert!(
        page.answer.body.contains("Dr. Hannah Patel") && page.answer.body.contains("clinic-ehr"),
        "{}",
        page.answer.body
    );
    assert!(!page.answer.body.contains("Amy Shaw"));
    // A form without an answer, and a look once more, change nothing.
    assert!(amy.submits(&page, &[("account", "same")]).await.page().asks("account"));
    let place = amy.submits(&page, &[("account", "vouched")]).await;
    let tokens = app.exchanges(&code(place).await).await;
    assert!(tokens.claims("id_token")["fhirUser"].as_str().is_some_and(|own| own.ends_with("hannah-patel")));
    // Amy's session is as it was.
    assert_eq!(amy.session_cookie().cloned(), cookie);
    let own = amy.opens(&app.standalone("openid launch/patient patient/*.rs")).await.app();
    assert!(own.query("code").is_some());
}

#[tokio::test]
async fn their_no_is_an_answer() {
    let server = server().await;
    let mut amy = signed_in(&server, "amy").await;
    let launch = launches(&server, &word(&server)).await;
    let page = amy.opens(&url(&App::public(&server), &launch, &[])).await.page();
    assert_eq!(error(amy.submits(&page, &[("cancel", "yes")]).await), "access_denied");
}

#[tokio::test]
async fn without_a_page_nobody_can_be_asked_who_they_are() {
    let server = server().await;
    let mut amy = signed_in(&server, "amy").await;
    let launch = launches(&server, &word(&server)).await;
    let place = amy.opens(&url(&App::public(&server), &launch, &[("prompt", "none")])).await;
    assert_eq!(error(place), "account_selection_required");
}

/// VOUCH-7: their own session is neither needed nor used.
#[tokio::test]
async fn a_session_of_the_same_person_is_left_alone() {
    let server = server().await;
    let app = App::public(&server);
    let mut hannah = signed_in(&server, "hannah").await;
    server.passes(1800);
    let launch = launches(&server, &word(&server)).await;
    let answer = hannah.asks(&url(&app, &launch, &[])).await;
    let tokens = app.exchanges(&answer.query("code").expect("a code")).await;
    assert_eq!(tokens.claims("id_token")["amr"], json!(["pwd", "ehr"]));
    // Its idle time went on.
    server.passes(1801);
    assert!(hannah.opens(&app.standalone("openid user/*.rs")).await.page().asks("password"));
}

/// VOUCH-9.
#[tokio::test]
async fn an_app_that_asks_for_more_than_the_word_gets_a_sign_in_of_the_same_person() {
    let server = server().await;
    let app = App::public(&server);
    for more in [("prompt", "login"), ("max_age", "599"), ("max_age", "0"), ("acr_values", "gold")] {
        let launch = launches(&server, &word(&server)).await;
        let mut hannah = Person::named(&server, "hannah");
        let page = hannah.opens(&url(&app, &launch, &[more])).await.page();
        assert!(page.asks("password"), "{more:?}");
        let tokens = app.exchanges(&code(hannah.does(&page, None).await).await).await;
        let claims = tokens.claims("id_token");
        assert_eq!((&claims["amr"], claims["auth_time"].as_i64()), (&json!(["pwd"]), Some(server.now().0)), "{more:?}");
        // Anybody else has nothing of it.
        let launch = launches(&server, &word(&server)).await;
        let mut amy = Person::named(&server, "amy");
        let page = amy.opens(&url(&app, &launch, &[more])).await.page();
        assert_eq!(error(amy.does(&page, None).await), "access_denied", "{more:?}");
    }
    for more in [("max_age", "599"), ("acr_values", "gold")] {
        let launch = launches(&server, &word(&server)).await;
        assert_eq!(error(opens(&server, &launch, &[more, ("prompt", "none")]).await), "login_required", "{more:?}");
    }
}

#[tokio::test]
async fn what_the_word_says_is_enough_for_an_app_that_asks_for_that() {
    let server = server().await;
    let app = App::public(&server);
    let multi_factor = "http://schemas.openid.net/pape/policies/2007/06/multi-factor";
    for (word, asked, acr) in [
        (word(&server).with_claim("acr", json!("gold")), ("acr_values", "gold"), Some("gold")),
        (word(&server).with_claim("acr", json!("gold")), ("max_age", "600"), Some("gold")),
        (word(&server).with_claim("amr", json!(["mfa"])), ("acr_values", multi_factor), Some(multi_factor)),
        (word(&server), ("max_age", "601"), None),
    ] {
        let launch = launches(&server, &word).await;
        let tokens = app.exchanges(&code(opens(&server, &launch, &[asked]).await).await).await;
        assert_eq!(tokens.claims("id_token")["acr"].as_str(), acr, "{asked:?}");
    }
}

/// VOUCH-9.
#[tokio::test]
async fn where_a_second_factor_is_required_the_word_must_say_that_there_were_two() {
    let server = with_policy("second_factor = \"required\"").await;
    let launch = launches(&server, &word(&server)).await;
    assert!(opens(&server, &launch, &[]).await.page().asks("password"));
    let launch = launches(&server, &word(&server).with_claim("amr", json!(["pwd", "mfa"]))).await;
    code(opens(&server, &launch, &[]).await).await;
}

/// A session of this server would be over.
#[tokio::test]
async fn who_signed_in_at_the_ehr_longer_ago_than_a_session_lasts_signs_in_again() {
    let server = with_policy("session_seconds = 600").await;
    let launch = launches(&server, &word(&server)).await;
    assert!(opens(&server, &launch, &[]).await.page().asks("password"));
    let now = server.now().0;
    let launch = launches(&server, &word(&server).with_claim("auth_time", json!(now - 599))).await;
    code(opens(&server, &launch, &[]).await).await;
}

/// An app that expects somebody else hears that it is somebody else.
#[tokio::test]
async fn an_id_token_hint_of_somebody_else_is_an_error() {
    let server = server().await;
    let app = App::public(&server);
    let of_amy = app.gets_tokens("amy", "openid launch/patient patient/*.rs", None).await;
    let hint = of_amy.0["id_token"].as_str().expect("an id_token").to_owned();
    let launch = launches(&server, &word(&server)).await;
    let more = [("id_token_hint", hint.as_str()), ("prompt", "none")];
    assert_eq!(error(opens(&server, &launch, &more).await), "login_required");
}
