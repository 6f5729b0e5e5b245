//! Resource types can be unticked, and for Condition and Observation the categories of US Core chosen instead of the whole
//! (AUTHZ-20, SCP-8). The token says what was chosen, and the FHIR server does just that.

use super::{allowed, consent, ticking};
use kit::{App, Ehr, Person, TestServer, Tokens};
use serde_json::Value;
use std::collections::BTreeSet;

const LAB: &str =
    "patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory";
const VITALS: &str =
    "patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|vital-signs";
const CONCERNS: &str =
    "patient/Condition.rs?category=http://hl7.org/fhir/us/core/CodeSystem/condition-category|health-concern";

/// The FHIR server, asked with this token.
async fn reads(app: &App<'_>, tokens: &Tokens, path: &str, query: &str) -> (u16, Value) {
    let introspected = app.introspected(tokens.access_token()).await;
    app.server.fhir.serves(&introspected, path, query)
}

fn categories(bundle: &Value) -> BTreeSet<String> {
    let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
    let resources = entries.iter().map(|entry| &entry["resource"]).filter(|r| r["resourceType"] != "OperationOutcome");
    resources
        .flat_map(|resource| resource["category"].as_array().cloned().unwrap_or_default())
        .filter_map(|category| category["coding"][0]["code"].as_str().map(str::to_owned))
        .collect()
}

#[tokio::test]
async fn a_patient_grants_only_laboratory_and_vital_signs_and_the_token_says_and_can_do_exactly_that() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let asked = "launch/patient patient/Patient.r patient/Observation.rs patient/Condition.rs";
    let (mut amy, page) = consent(&app, "amy", asked).await;
    let page = page.without("scope", "patient/Condition.rs").without("scope", "patient/Observation.rs");
    let tokens = allowed(&app, &mut amy, &ticking(&page, "patient/Observation.rs", &[LAB, VITALS])).await;

    let said = format!("launch/patient patient/Patient.r {LAB} {VITALS}");
    assert_eq!(tokens.scope(), said);
    assert_eq!(tokens.claims("access_token")["scope"], said);
    assert_eq!(app.introspected(tokens.access_token()).await["scope"], said);

    let (status, found) = reads(&app, &tokens, "/Observation", "patient=amy-shaw&_count=1000").await;
    assert_eq!(status, 200);
    assert_eq!(categories(&found), BTreeSet::from(["laboratory".to_owned(), "vital-signs".to_owned()]));
    assert_eq!(reads(&app, &tokens, "/Observation/amy-shaw-tsh-2026-09", "").await.0, 200);
    assert_eq!(reads(&app, &tokens, "/Observation/amy-shaw-weight", "").await.0, 200);
    assert_ne!(reads(&app, &tokens, "/Observation/amy-shaw-smoking-status", "").await.0, 200);
    assert_eq!(reads(&app, &tokens, "/Condition", "patient=amy-shaw").await.0, 403);
    assert_eq!(reads(&app, &tokens, "/Patient/amy-shaw", "").await.0, 200);
}

#[tokio::test]
async fn a_patient_grants_only_some_resource_types() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let (mut amy, page) = consent(&app, "amy", "launch/patient patient/*.read").await;
    let page = ticking(&page, "patient/*.read", &["patient/Patient.read", "patient/Immunization.read"]);
    let tokens = allowed(&app, &mut amy, &page).await;
    assert_eq!(tokens.scope(), "launch/patient patient/Immunization.read patient/Patient.read");
    assert_eq!(reads(&app, &tokens, "/Immunization", "patient=amy-shaw").await.0, 200);
    assert_eq!(reads(&app, &tokens, "/Condition", "patient=amy-shaw").await.0, 403);
}

/// SMART App Launch 2.2 on wildcards: "wildcard text mentions future data" (AUTHZ-20); the parts of it say less.
#[tokio::test]
async fn everything_is_offered_type_by_type_and_category_by_category() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let (mut amy, page) = consent(&app, "amy", "launch/patient patient/*.rs").await;
    assert!(page.answer.body.contains("any that will be added in the future"));
    let page = ticking(&page, "patient/*.rs", &[CONCERNS, LAB, "patient/Goal.rs"]);
    let scope = allowed(&app, &mut amy, &page).await.scope().to_owned();
    let granted: BTreeSet<&str> = scope.split(' ').collect();
    assert_eq!(granted, BTreeSet::from(["launch/patient", CONCERNS, LAB, "patient/Goal.rs"]));
}

/// Who ticks parts wants those and no more, also if the whole above them is still ticked.
#[tokio::test]
async fn parts_that_are_ticked_stand_for_the_whole() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let (mut amy, page) = consent(&app, "amy", "launch/patient patient/Observation.rs").await;
    let page = ticking(&page, "patient/Observation.rs", &[LAB]);
    assert_eq!(allowed(&app, &mut amy, &page).await.scope(), format!("launch/patient {LAB}"));
}

/// The part of one scope is the whole of another: each box speaks for its own scope.
#[tokio::test]
async fn two_scopes_with_a_part_in_common_are_two_choices() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let asked = "launch/patient patient/*.rs patient/Observation.cruds";
    let (mut amy, page) = consent(&app, "amy", asked).await;
    assert_eq!(allowed(&app, &mut amy, &page).await.scope(), asked);
}

/// Unticked beside a whole that says it too, a box would take nothing away.
#[tokio::test]
async fn what_another_scope_says_too_has_no_box_of_its_own() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let asked = "launch/patient patient/Patient.rs patient/*.rs patient/Observation.rs";
    let (mut amy, page) = consent(&app, "amy", asked).await;
    for covered in ["patient/Patient.rs", "patient/Observation.rs"] {
        assert!(!page.answer.body.contains(&format!("name=\"scope\" value=\"{covered}\"")), "{covered}");
    }
    assert_eq!(allowed(&app, &mut amy, &page).await.scope(), asked);
    let (mut amy, page) = consent(&app, "amy", asked).await;
    let page = ticking(&page, "patient/*.rs", &["patient/Patient.rs"]);
    assert_eq!(allowed(&app, &mut amy, &page).await.scope(), "launch/patient patient/Patient.rs");
}

#[tokio::test]
async fn whose_records_they_are_is_said_once_and_what_may_be_done_once_for_all_of_a_kind() {
    let server = TestServer::start().await;
    let asked = "launch/patient patient/Goal.rs patient/Patient.rs patient/Task.cruds user/Goal.rs";
    let (_, page) = consent(&App::public(&server), "amy", asked).await;
    for once in ["For the one patient", "For everyone whose records", "<h3>See, add, change and delete</h3>"] {
        assert_eq!(page.answer.body.matches(once).count(), 1, "{once}: {}", page.answer.body);
    }
    assert_eq!(page.answer.body.matches("<h3>See</h3>").count(), 2, "once in each group");
}

#[tokio::test]
async fn a_part_that_the_app_needs_has_no_box_and_is_always_granted() {
    let required = "client_name = \"Second App\"\nrequired_scope = \"patient/Patient.rs\"";
    let server = TestServer::start_with(|toml| toml.replace("client_name = \"Second App\"", required)).await;
    let app = App::second(&server);
    let (mut amy, page) = consent(&app, "amy", "launch/patient patient/*.rs").await;
    assert!(page.answer.body.contains("Needed by the app"));
    assert!(!page.answer.body.contains("value=\"patient/*.rs patient/Patient.rs\""));
    let page = ticking(&page, "patient/*.rs", &["patient/Goal.rs"]);
    assert_eq!(allowed(&app, &mut amy, &page).await.scope(), "launch/patient patient/Goal.rs patient/Patient.rs");
}

/// The heading above speaks of the whole.
#[tokio::test]
async fn a_part_of_which_less_may_be_done_than_the_heading_says_says_what() {
    let server = TestServer::start_with(|toml| {
        let required = "client_name = \"Second App\"\nrequired_scope = \"patient/Goal.rs\"";
        let all = "offline_access patient/*.cruds\"";
        toml.replace("client_name = \"Second App\"", required).replace("offline_access patient/*.rs\"", all)
    })
    .await;
    let (_, page) = consent(&App::second(&server), "amy", "launch/patient patient/Goal.cruds").await;
    let body = page.answer.body;
    assert!(body.contains("<h3>See, add, change and delete</h3>"), "{body}");
    assert!(body.contains("See health goals <span class=\"badge\">Needed by the app"), "{body}");

    let (_, page) = consent(&App::public(&server), "amy", "launch/patient patient/*.cruds patient/Goal.rs").await;
    let body = page.answer.body;
    for (part, title) in [("patient/Goal.cruds", "Health goals"), ("patient/Goal.rs", "See health goals")] {
        let box_and_title = format!("value=\"patient/*.cruds {part}\"> <span>{title}</span>");
        assert!(body.contains(&box_and_title), "{box_and_title}: {body}");
    }
}

#[tokio::test]
async fn a_part_with_a_limit_says_the_limit() {
    let server = TestServer::start().await;
    let asked =
        "launch/patient patient/Observation.rs patient/Observation.rs?code=1234-5 patient/Observation.rs?code=99";
    let (mut amy, page) = consent(&App::public(&server), "amy", asked).await;
    for limit in ["Only where code is 1234-5.", "Only where code is 99."] {
        assert_eq!(page.answer.body.matches(limit).count(), 1, "{limit}: {}", page.answer.body);
    }
    let page = ticking(&page, "patient/Observation.rs", &["patient/Observation.rs?code=99"]);
    let scope = allowed(&App::public(&server), &mut amy, &page).await.scope().to_owned();
    assert_eq!(scope, "launch/patient patient/Observation.rs?code=99");
}

#[tokio::test]
async fn what_the_app_needs_can_be_denied_as_a_whole() {
    let required = "client_name = \"Second App\"\nrequired_scope = \"patient/Patient.rs\"";
    let server = TestServer::start_with(|toml| toml.replace("client_name = \"Second App\"", required)).await;
    let (mut amy, page) = consent(&App::second(&server), "amy", "launch/patient patient/*.rs").await;
    let answer = amy.submits(&page, &[("decision", "deny")]).await.app();
    assert_eq!(answer.query("error").as_deref(), Some("access_denied"));
}

#[tokio::test]
async fn the_page_says_until_when_lasting_access_lasts() {
    let change = |toml: String| {
        toml.replacen("[[fhir_servers]]", "[policy]\nrefresh_absolute_seconds = 31536000\n[[fhir_servers]]", 1)
    };
    let server = TestServer::start_with(change).await;
    let app = App::public(&server);
    let (_, page) = consent(&app, "amy", "launch/patient offline_access patient/*.rs").await;
    // The clock of the tests stands in January 2027.
    for text in ["when the app does not use it for 90 days", "January 2028 (UTC) at the latest"] {
        assert!(page.answer.body.contains(text), "{text}: {}", page.answer.body);
    }
    let launch = Ehr::of(&server).launches_patient("amy-shaw").await;
    let mut amy = Person::named(&server, "amy");
    let scope = "launch offline_access online_access patient/*.rs";
    let page = amy.goes_to(&app.with_launch(scope, &launch), "decision", None).await;
    // Of two ends of access, the page offers one.
    assert!(page.answer.body.contains("Keep access when you are not using the app"));
    assert!(!page.answer.body.contains("Stay connected while you are signed in"));
    let mut again = Person::named(&server, "amy");
    let page = again.goes_to(&app.with_launch("launch online_access patient/*.rs", &launch), "decision", None).await;
    assert!(page.answer.body.contains("Stay connected while you are signed in"));
}

/// A logo is the app's word about itself; it is shown for apps that the operator has looked at.
#[tokio::test]
async fn a_verified_apps_logo_is_shown_and_nobody_elses() {
    let logo = "client_name = \"Growth Chart\"\nlogo_uri = \"https://app.example/logo.png\"";
    for (verified, shown) in [("\nverified = true", true), ("", false)] {
        let toml = format!("{logo}{verified}");
        let server = TestServer::start_with(|text| text.replace("client_name = \"Growth Chart\"", &toml)).await;
        let (_, page) = consent(&App::public(&server), "amy", "launch/patient patient/*.rs").await;
        assert_eq!(page.answer.body.contains("src=\"https://app.example/logo.png\""), shown, "{verified}");
    }
}
