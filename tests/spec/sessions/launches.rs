//! Sessions and the EHR's launch.

use super::{SCOPE, signed_in};
use kit::{
    App, Ehr, TestServer,
    app::{authorize_url, with},
};
use serde_json::json;

const EHR_SCOPE: &str = "openid fhirUser launch patient/*.rs";

/// A launch that is bound to a user does not ask that user to choose again, whatever the app wishes.
#[tokio::test]
async fn a_launch_bound_to_the_user_who_is_signed_in_goes_straight_on() {
    let server = TestServer::start().await;
    let mut hannah = signed_in(&server, "hannah").await;
    for user in ["hannah", "Practitioner/hannah-patel"] {
        let launch = Ehr::of(&server).launches(json!({ "patient": "amy-shaw", "user": user })).await;
        let mut request = App::second(&server).request(EHR_SCOPE);
        request = with(request, "launch", Some(&launch));
        request = with(request, "prompt", Some("select_account"));
        request = with(request, "login_hint", Some("hannah@example.org"));
        assert!(hannah.opens(&authorize_url(&request)).await.page().asks("decision"), "{user}");
    }
}

#[tokio::test]
async fn a_launch_bound_to_another_asks_for_them_and_refuses_everybody_else() {
    let server = TestServer::start().await;
    let mut amy = signed_in(&server, "amy").await;
    let app = App::second(&server);
    let launch = Ehr::of(&server).launches(json!({ "patient": "amy-shaw", "user": "hannah" })).await;
    let page = amy.opens(&app.with_launch(EHR_SCOPE, &launch)).await.page();
    assert!(page.asks("password"));
    let answer = amy.does(&page, None).await.app();
    assert_eq!(answer.query("error").as_deref(), Some("access_denied"));
    let launch = Ehr::of(&server).launches(json!({ "patient": "amy-shaw", "user": "hannah" })).await;
    let mut hannah = amy.handed_to("hannah");
    let answer = hannah.goes_through(&app.with_launch(EHR_SCOPE, &launch), None).await;
    app.exchanges(&answer.query("code").expect("a code")).await;
}

/// Two apps from two records in two tabs.
#[tokio::test]
async fn two_launches_in_two_tabs_are_not_mixed() {
    let server = TestServer::start().await;
    let mut hannah = signed_in(&server, "hannah").await;
    let (first, second) = (App::public(&server), App::second(&server));
    let amy = Ehr::of(&server).launches_patient("amy-shaw").await;
    let mia = Ehr::of(&server).launches_patient("mia-rivera").await;
    let one = hannah.opens(&first.with_launch(EHR_SCOPE, &amy)).await.page();
    let two = hannah.opens(&second.with_launch(EHR_SCOPE, &mia)).await.page();
    let two = hannah.does(&two, None).await.app();
    let one = hannah.does(&one, None).await.app();
    assert_eq!(first.exchanges(&one.query("code").expect("a code")).await.0["patient"], "amy-shaw");
    assert_eq!(second.exchanges(&two.query("code").expect("a code")).await.0["patient"], "mia-rivera");
}

#[tokio::test]
async fn a_session_does_not_widen_whose_record_may_be_opened() {
    let server = TestServer::start().await;
    let mut amy = signed_in(&server, "amy").await;
    let launch = Ehr::of(&server).launches_patient("mia-rivera").await;
    let answer = amy.opens(&App::second(&server).with_launch(EHR_SCOPE, &launch)).await.app();
    assert_eq!(answer.query("error").as_deref(), Some("access_denied"));
    assert!(amy.opens(&App::second(&server).standalone(SCOPE)).await.page().asks("decision"));
}
