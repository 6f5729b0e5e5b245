//! The consent page: what was chosen is what is granted (AUTHZ-20, 21).

use super::SCOPE;
use kit::{App, Person, TestServer, Tokens, browser::Page};

/// Amy's consent page for what this app asks.
async fn consent<'a>(app: &App<'a>, scope: &str) -> (Person<'a>, Page) {
    let mut amy = Person::named(app.server, "amy");
    let page = amy.goes_to(&app.standalone(scope), "decision", None).await;
    (amy, page)
}

/// The tokens after amy allows what this page has ticked.
async fn allowed(app: &App<'_>, amy: &mut Person<'_>, page: &Page) -> Tokens {
    let answer = amy.submits(page, &[("decision", "allow")]).await.app();
    app.exchanges(&answer.query("code").unwrap_or_else(|| panic!("no code: {}", answer.location()))).await
}

fn ticked(page: &Page) -> Vec<&str> {
    page.fields.iter().filter(|(name, _)| name == "scope").map(|(_, value)| value.as_str()).collect()
}

/// AUTHZ-21.
#[tokio::test]
async fn denying_sends_access_denied() {
    let server = TestServer::start().await;
    let (mut amy, page) = consent(&App::public(&server), SCOPE).await;
    let answer = amy.submits(&page, &[("decision", "deny")]).await.app();
    assert_eq!(answer.query("error").as_deref(), Some("access_denied"));
    assert_eq!(answer.query("code"), None);
}

#[tokio::test]
async fn cancelling_sends_access_denied() {
    let server = TestServer::start().await;
    let (mut amy, page) = consent(&App::public(&server), SCOPE).await;
    let answer = amy.submits(&page, &[("cancel", "yes"), ("decision", "allow")]).await.app();
    assert_eq!(answer.query("error").as_deref(), Some("access_denied"));
}

#[tokio::test]
async fn a_decision_nobody_knows_decides_nothing() {
    let server = TestServer::start().await;
    let (mut amy, page) = consent(&App::public(&server), SCOPE).await;
    for decision in ["", "ALLOW", "yes", "true"] {
        assert!(amy.submits(&page, &[("decision", decision)]).await.page().asks("decision"));
    }
}

#[tokio::test]
async fn unticking_everything_is_a_denial() {
    let server = TestServer::start().await;
    let (mut amy, mut page) = consent(&App::public(&server), SCOPE).await;
    page.fields.retain(|(name, _)| name != "scope");
    let answer = amy.submits(&page, &[("decision", "allow")]).await.app();
    assert_eq!(answer.query("error").as_deref(), Some("access_denied"));
}

/// SCP-6, R6749-4: `scope` states the truth in the answer, in the token, and for the FHIR server.
#[tokio::test]
async fn what_is_left_ticked_is_exactly_what_the_token_says() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let asked =
        "openid fhirUser launch/patient offline_access patient/Observation.rs patient/Condition.rs user/Patient.r";
    for (unticked, granted) in [
        ("patient/Condition.rs", "openid fhirUser launch/patient offline_access patient/Observation.rs user/Patient.r"),
        ("offline_access", "openid fhirUser launch/patient patient/Observation.rs patient/Condition.rs user/Patient.r"),
        ("fhirUser", "openid launch/patient offline_access patient/Observation.rs patient/Condition.rs user/Patient.r"),
        // Without openid there is no id_token that could say who it is.
        ("openid", "launch/patient offline_access patient/Observation.rs patient/Condition.rs user/Patient.r"),
    ] {
        let (mut amy, page) = consent(&app, asked).await;
        let tokens = allowed(&app, &mut amy, &page.without("scope", unticked)).await;
        assert_eq!(tokens.scope(), granted, "without {unticked}");
        assert_eq!(tokens.claims("access_token")["scope"], granted);
        assert_eq!(app.introspected(tokens.access_token()).await["scope"], granted);
        assert_eq!(tokens.0.get("refresh_token").is_some(), granted.contains("offline_access"));
        assert_eq!(tokens.0.get("id_token").is_some(), granted.contains("openid"));
    }
}

#[tokio::test]
async fn everything_is_ticked_at_first() {
    let server = TestServer::start().await;
    let (_, page) = consent(&App::public(&server), "openid fhirUser offline_access patient/*.rs user/Patient.r").await;
    let mut ticked = ticked(&page);
    ticked.sort_unstable();
    assert_eq!(ticked, ["fhirUser", "offline_access", "openid", "patient/*.rs", "user/Patient.r"]);
}

#[tokio::test]
async fn a_scope_that_was_not_offered_is_not_granted() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let asked = "openid launch/patient patient/Observation.rs";
    let (mut amy, page) = consent(&app, asked).await;
    let smuggled = [
        "patient/*.cruds",
        "patient/Observation.cruds",
        "system/*.rs",
        "offline_access",
        "fhirUser",
        "launch",
        "__introspect",
    ];
    let mut form: Vec<(&str, &str)> = smuggled.iter().map(|scope| ("scope", *scope)).collect();
    form.push(("decision", "allow"));
    let answer = amy.submits(&page, &form).await.app();
    let tokens = app.exchanges(&answer.query("code").expect("a code")).await;
    assert_eq!(tokens.scope(), asked);
    assert!(tokens.0.get("refresh_token").is_none());
}

/// An app may register what it can't run without; then there is nothing to untick.
#[tokio::test]
async fn what_the_app_can_not_run_without_can_not_be_unticked() {
    let required = "client_name = \"Second App\"\nrequired_scope = \"openid patient/*.rs\"";
    let server = TestServer::start_with(|toml| toml.replace("client_name = \"Second App\"", required)).await;
    let app = App::second(&server);
    let (mut amy, mut page) = consent(&app, SCOPE).await;
    assert!(page.answer.body.contains("Needed by the app"));
    page.fields.retain(|(name, _)| name != "scope");
    let tokens = allowed(&app, &mut amy, &page).await;
    assert_eq!(tokens.scope(), "openid launch/patient patient/*.rs");
}

/// What is required by registration but was not asked for this time is not granted.
#[tokio::test]
async fn what_is_required_but_was_not_asked_for_is_not_granted() {
    let required = "client_name = \"Second App\"\nrequired_scope = \"openid patient/*.rs\"";
    let server = TestServer::start_with(|toml| toml.replace("client_name = \"Second App\"", required)).await;
    let app = App::second(&server);
    let (mut amy, page) = consent(&app, "openid launch/patient patient/Observation.rs").await;
    assert_eq!(allowed(&app, &mut amy, &page).await.scope(), "openid launch/patient patient/Observation.rs");
}

#[tokio::test]
async fn the_page_says_who_asks_on_whose_record_and_where_it_leads() {
    let server = TestServer::start().await;
    let (_, page) = consent(&App::public(&server), SCOPE).await;
    for text in ["Growth Chart", "Test Clinic", "Amy Shaw", "app.example", "Not verified"] {
        assert!(page.answer.body.contains(text), "{text}: {}", page.answer.body);
    }
}

#[tokio::test]
async fn lasting_access_is_a_choice_of_its_own() {
    let server = TestServer::start().await;
    let (_, page) = consent(&App::public(&server), SCOPE).await;
    assert!(page.answer.body.contains("When you are not using the app"));
    let (_, page) = consent(&App::public(&server), "openid launch/patient patient/*.rs").await;
    assert!(!page.answer.body.contains("When you are not using the app"));
}

/// The user's own approval is asked for each time; nothing is remembered yet.
#[tokio::test]
async fn the_second_request_asks_again() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    app.gets_tokens("amy", SCOPE, None).await;
    let mut amy = Person::named(&server, "amy");
    assert!(amy.opens(&app.standalone(SCOPE)).await.page().asks("password"));
}

/// v1 and v2 spell the same rights, and the answer keeps the app's spelling (SCP-2).
#[tokio::test]
async fn a_v1_scope_is_offered_and_granted_as_v1() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let (mut amy, page) = consent(&app, "launch/patient patient/Observation.read").await;
    assert_eq!(ticked(&page), ["patient/Observation.read"]);
    assert_eq!(allowed(&app, &mut amy, &page).await.scope(), "launch/patient patient/Observation.read");
}

/// A scope's own percent-encoding survives the form (SCP-15).
#[tokio::test]
async fn a_scope_with_a_query_survives_the_form() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let scope = "launch/patient patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory";
    let (mut amy, page) = consent(&app, scope).await;
    assert_eq!(allowed(&app, &mut amy, &page).await.scope(), scope);
}
