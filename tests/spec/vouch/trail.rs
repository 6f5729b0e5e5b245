//! What the trail holds of an EHR's word (VOUCH-14), and of launches that are bound to nobody.

use super::{code, launches, opens, sends, server, word};
use kit::{
    Ehr,
    audit::{agent, detail},
};
use serde_json::{Value, json};

/// The names of the apps and EHRs that have part in it.
fn applications(event: &Value) -> Vec<String> {
    let agents = event["agent"].as_array().expect("agents").iter();
    let of_kind = agents.filter(|agent| agent["type"]["coding"][0]["code"] == "110150");
    let mut names: Vec<String> =
        of_kind.map(|agent| agent["who"]["identifier"]["value"].as_str().expect("a name").to_owned()).collect();
    names.sort();
    names
}

fn has_hannah(event: &Value) -> bool {
    let who = agent(event, "IRCP").and_then(|agent| agent["who"]["reference"].as_str());
    who.is_some_and(|who| who.ends_with("/Practitioner/hannah-patel"))
}

#[tokio::test]
async fn a_login_names_the_person_the_ehr_and_the_app() {
    let server = server().await;
    let launch = launches(&server, &word(&server)).await;
    server.audit.take();
    code(opens(&server, &launch, &[]).await).await;
    let event = server.audit.takes_one("110122");
    assert!(has_hannah(&event), "{event:#}");
    assert_eq!(applications(&event), ["clinic-ehr", "public-app"], "{event:#}");
    assert_eq!((event["outcome"].as_str(), detail(&event, "amr")), (Some("0"), Some("pwd ehr")));
}

/// Who must say first that it is them is signed in when they have.
#[tokio::test]
async fn a_login_that_must_be_confirmed_is_one_when_it_is() {
    let server = server().await;
    let mut amy = crate::sessions::signed_in(&server, "amy").await;
    let launch = launches(&server, &word(&server)).await;
    server.audit.take();
    let page = amy.opens(&super::url(&kit::App::public(&server), &launch, &[])).await.page();
    assert!(server.audit.take().is_empty(), "nobody has said anything");
    amy.submits(&page, &[("account", "vouched")]).await;
    let event = server.audit.takes_one("110122");
    assert!(has_hannah(&event) && applications(&event) == ["clinic-ehr", "public-app"], "{event:#}");
}

#[tokio::test]
async fn refusals_are_kept_too() {
    let server = server().await;
    let good = word(&server);
    server.audit.take();
    sends(&server, &good.clone().with_claim("aud", json!("another"))).await;
    let event = server.audit.takes_one("110122");
    assert_eq!(
        (event["outcome"].as_str(), applications(&event)),
        (Some("4"), vec!["clinic-ehr".into(), "public-app".into()])
    );
    let launch = launches(&server, &good).await;
    code(opens(&server, &launch, &[]).await).await;
    server.audit.take();
    // The handle once more.
    opens(&server, &launch, &[]).await;
    let event = server.audit.takes_one("110122");
    assert_eq!(
        (event["outcome"].as_str(), applications(&event)),
        (Some("4"), vec!["clinic-ehr".into(), "public-app".into()])
    );
    // The word once more.
    sends(&server, &good).await;
    let events = server.audit.take();
    let replay = events.iter().find(|event| event["outcome"] == "8").unwrap_or_else(|| panic!("{events:#?}"));
    assert_eq!(applications(replay), ["clinic-ehr", "public-app"]);
}

/// At a workstation that many share, such a launch is for whoever is signed in there.
#[tokio::test]
async fn the_trail_says_when_an_ehr_has_bound_a_launch_to_nobody() {
    let server = server().await;
    for (context, open) in [
        (json!({ "patient": "amy-shaw" }), Some("user app")),
        (json!({ "patient": "amy-shaw", "user": "hannah" }), Some("app")),
        (json!({ "patient": "amy-shaw", "client_id": "public-app" }), Some("user")),
        (json!({ "patient": "amy-shaw", "user": "hannah", "client_id": "public-app" }), None),
        (super::body(&word(&server)), None),
    ] {
        server.audit.take();
        Ehr::of(&server).launches(context.clone()).await;
        assert_eq!(detail(&server.audit.takes_one("create"), "not_bound_to"), open, "{context}");
    }
}
