//! The two launches, from the app's request to its tokens and back.

use kit::{App, Ehr, Person, TestServer, app::STATE, server::ISSUER};
use serde_json::json;

const SCOPE: &str = "openid fhirUser launch/patient offline_access patient/*.rs";

#[tokio::test]
async fn a_patient_launches_an_app_standalone_and_it_gets_their_record() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let answer = Person::named(&server, "amy").goes_through(&app.standalone(SCOPE), None).await;
    assert_eq!(answer.query("state").as_deref(), Some(STATE));
    assert_eq!(answer.query("iss").as_deref(), Some(ISSUER));
    let tokens = app.exchanges(&answer.query("code").expect("a code")).await;
    assert_eq!(tokens.0["patient"], "amy-shaw");
    assert_eq!(tokens.scope(), SCOPE);
    assert_eq!(tokens.claims("id_token")["fhirUser"], format!("{}/Patient/amy-shaw", server.fhir.url));
    let introspected = app.introspected(tokens.access_token()).await;
    assert_eq!(introspected["active"], true);
    assert_eq!(introspected["patient"], "amy-shaw");
}

#[tokio::test]
async fn a_clinician_picks_a_patient_in_a_standalone_launch() {
    let server = TestServer::start().await;
    let tokens = App::public(&server).gets_tokens("hannah", SCOPE, Some("wei-chen")).await;
    assert_eq!(tokens.0["patient"], "wei-chen");
}

#[tokio::test]
async fn an_ehr_launch_hands_over_all_its_context() {
    let server = TestServer::start().await;
    let context = json!({
        "patient": "amy-shaw", "encounter": "amy-shaw-visit", "need_patient_banner": false, "intent": "reconcile",
        "smart_style_url": "https://ehr.example/style.json", "tenant": "ward-3",
        "fhirContext": [{ "reference": "ImagingStudy/1" }], "__bed": "12",
    });
    let launch = Ehr::of(&server).launches(context.clone()).await;
    let app = App::public(&server);
    let url = app.with_launch("launch launch/imagingstudy openid fhirUser patient/*.rs", &launch);
    let answer = Person::named(&server, "hannah").goes_through(&url, None).await;
    let tokens = app.exchanges(&answer.query("code").expect("a code")).await;
    for (name, value) in context.as_object().expect("members") {
        assert_eq!(&tokens.0[name], value, "{name}");
    }
    assert!(tokens.0.get("refresh_token").is_none());
}

#[tokio::test]
async fn a_refresh_repeats_the_context_and_rotates_the_token() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let first = app.gets_tokens("amy", SCOPE, None).await;
    let second = app.refreshes(first.refresh_token()).await;
    assert_eq!(second.0["patient"], "amy-shaw");
    assert_eq!(second.scope(), SCOPE);
    assert_ne!(second.refresh_token(), first.refresh_token());
}

#[tokio::test]
async fn a_backend_service_gets_a_token_of_its_own() {
    let server = TestServer::start().await;
    let answer = App::backend(&server).asks_for_itself("system/*.rs").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.json()["scope"], "system/*.rs");
    assert_eq!(answer.json()["expires_in"], 300);
}

#[tokio::test]
async fn a_public_client_that_sends_no_client_id_is_known_by_its_refresh_token() {
    let server = TestServer::start().await;
    let tokens = App::public(&server).gets_tokens("amy", SCOPE, None).await;
    let form = [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh_token())];
    assert_eq!(server.post("/clinic/token", &form, &[]).await.status, 200);
}

#[tokio::test]
async fn a_confidential_client_is_not_known_by_its_refresh_token() {
    let server = TestServer::start().await;
    let scope = "launch/patient offline_access patient/*.rs";
    let tokens = App::symmetric(&server).gets_tokens("amy", scope, None).await;
    let form = [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh_token())];
    let answer = server.post("/clinic/token", &form, &[]).await;
    assert_eq!((answer.status, answer.error().as_str()), (400, "invalid_client"));
}

/// Two tabs of one browser, one session, two records.
#[tokio::test]
async fn a_clinician_launches_two_apps_from_two_records_in_two_tabs_without_mixing_them() {
    let server = TestServer::start().await;
    let (ehr, mut hannah) = (Ehr::of(&server), Person::named(&server, "hannah"));
    let (chart, second) = (App::public(&server), App::second(&server));
    let scope = "launch patient/*.rs";
    let of_wei = ehr.launches_patient("wei-chen").await;
    let of_amy = ehr.launches_patient("amy-shaw").await;
    let sign_in = hannah.opens(&chart.with_launch(scope, &of_wei)).await.page();
    let first_tab = hannah.does(&sign_in, None).await.page();
    // The second app asks for no sign-in, and its page stands beside the first.
    let second_tab = hannah.opens(&second.with_launch(scope, &of_amy)).await.page();
    for (tab, shown, other) in [(&first_tab, "Wei Chen", "Amy"), (&second_tab, "Amy", "Wei Chen")] {
        assert!(tab.asks("decision") && tab.answer.body.contains(shown), "{}", tab.answer.body);
        assert!(!tab.answer.body.contains(other), "{}", tab.answer.body);
    }
    let late = hannah.submits(&second_tab, &[("decision", "allow")]).await.app();
    let early = hannah.submits(&first_tab, &[("decision", "allow")]).await.app();
    assert!(early.location().starts_with(chart.redirect_uri) && late.location().starts_with(second.redirect_uri));
    let early = chart.exchanges(&early.query("code").expect("a code")).await;
    let late = second.exchanges(&late.query("code").expect("a code")).await;
    for (app, tokens, patient) in [(&chart, &early, "wei-chen"), (&second, &late, "amy-shaw")] {
        assert_eq!(tokens.0["patient"], patient);
        assert_eq!(app.introspected(tokens.access_token()).await["patient"], patient);
    }
}
