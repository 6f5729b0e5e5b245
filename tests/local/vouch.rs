//! The launcher as an EHR that vouches for its clinician.

use crate::launches::{launch, query};
use kit::{Person, TestServer, html::elements};

const LAUNCH: &str = "tenant=riverside&type=provider-ehr&user=lee&patient=noah-kim&vouch=yes";

/// VOUCH-7: from the launcher to the app's tokens, with a yes and without a sign-in.
#[tokio::test]
async fn the_clinician_says_yes_and_signs_in_nowhere() {
    let server = TestServer::local().await;
    let mut lee = Person::named(&server, "lee");
    let launched = lee.asks(&format!("/launcher/launch?{LAUNCH}&app=symmetric-app")).await;
    assert_eq!(launched.status, 303, "{}", launched.body);
    let asks = lee.asks(launched.location()).await;
    let found = elements(&asks.body);
    let onwards = found.iter().find(|element| element.has("id", "continue")).expect("a way on");
    let consent = lee.opens(onwards.attribute("href").expect("a link")).await.page();
    assert!(consent.asks("decision") && !consent.asks("password"), "{}", consent.answer.body);
    assert!(consent.answer.body.contains("Lee"), "{}", consent.answer.body);
    assert_eq!(lee.session_cookie(), None);
    let end = lee.submits(&consent, &[("decision", "allow")]).await;
    assert!(format!("{end:?}").contains("noah-kim") || format!("{end:?}").contains("/record"), "{end:?}");
    assert!(!lee.cookies.keys().any(|name| name.contains("session-riverside")), "{:?}", lee.cookies);
}

#[tokio::test]
async fn an_app_whose_place_another_could_take_is_not_launched_so() {
    let server = TestServer::local().await;
    let answer = server.get(&format!("/launcher/launch?{LAUNCH}&app=sample-app")).await;
    assert_eq!(answer.status, 400);
    assert!(answer.body.contains("any other program could take its place"), "{}", answer.body);
    let nobody =
        server.get(&format!("/launcher/launch?{}&app=symmetric-app", LAUNCH.replace("user=lee", "user=none"))).await;
    assert_eq!(nobody.status, 400);
}

/// A link on a page elsewhere signs nobody in.
#[tokio::test]
async fn a_page_elsewhere_gets_a_launch_that_vouches_for_nobody() {
    let server = TestServer::local().await;
    let url = format!("/launcher/launch?{LAUNCH}&app=symmetric-app");
    let headers = [("sec-fetch-site", "cross-site")];
    let answer = server.request(axum::http::Method::GET, &url, &headers, "").await;
    assert_eq!(answer.status, 303);
    let mut lee = Person::named(&server, "lee");
    let asks = lee.asks(answer.location()).await;
    let found = elements(&asks.body);
    let onwards = found.iter().find(|element| element.has("id", "continue")).expect("a way on");
    assert!(lee.opens(onwards.attribute("href").expect("a link")).await.page().asks("password"));
}

#[tokio::test]
async fn the_page_offers_it_to_clinicians_and_says_why_it_is_safe() {
    let server = TestServer::local().await;
    let page = server.get(&format!("/?{LAUNCH}&app=symmetric-app")).await.body;
    assert!(page.contains("id=\"vouch\"") && page.contains("id=\"why-vouch\"") && page.contains("user_assertion"));
    let usual = server.get("/?tenant=riverside&type=provider-ehr").await.body;
    assert!(usual.contains("id=\"vouch\"") && !usual.contains("id=\"why-vouch\""));
    for other in ["provider-standalone", "patient-portal", "patient-standalone"] {
        assert!(
            !server.get(&format!("/?tenant=riverside&type={other}")).await.body.contains("id=\"vouch\""),
            "{other}"
        );
    }
    assert!(query(&launch(&server, LAUNCH.trim_end_matches("&vouch=yes")).await)["launch"].len() >= 43);
}
