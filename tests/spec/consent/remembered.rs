//! A yes that is remembered, and apps for which the operator answers. Never for `prompt=consent`, never for a public app
//! that anybody on the device could pretend to be (RFC 8252 §8.6), never for more or for another record.

use super::{allowed, tokens_of};
use kit::{
    App, Ehr, Person, TestServer,
    app::{authorize_url, with},
    browser::Place,
};

const SCOPE: &str = "openid launch/patient offline_access patient/Observation.rs patient/Condition.rs";
const DAY: i64 = 86_400;

/// A yes counts for a day, and a session for longer than that.
async fn server(policy: &str) -> TestServer {
    let lines = format!(
        "[policy]\nremember_consent_seconds = {DAY}\nsession_seconds = {}\nsession_idle_seconds = {}\n{policy}\n[[fhir_servers]]",
        9 * DAY,
        9 * DAY
    );
    TestServer::start_with(|toml| toml.replacen("[[fhir_servers]]", &lines, 1)).await
}

async fn says_yes<'a>(app: &App<'a>, username: &str, scope: &str) -> Person<'a> {
    let mut person = Person::named(app.server, username);
    let page = person.goes_to(&app.standalone(scope), "decision", Some("wei-chen")).await;
    allowed(app, &mut person, &page).await;
    person
}

/// Whether this request ends at the app without a page.
async fn goes_unasked(person: &mut Person<'_>, url: &str) -> bool {
    matches!(person.opens(url).await, Place::App(answer) if answer.query("code").is_some())
}

#[tokio::test]
async fn nothing_is_remembered_unless_the_policy_says_so() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let mut amy = says_yes(&app, "amy", SCOPE).await;
    assert!(amy.opens(&app.standalone(SCOPE)).await.page().asks("decision"));
}

#[tokio::test]
async fn the_same_request_is_answered_without_a_page_until_the_time_is_over() {
    let server = server("").await;
    let app = App::public(&server);
    let mut amy = says_yes(&app, "amy", SCOPE).await;
    let tokens = tokens_of(&app, amy.opens(&app.standalone(SCOPE)).await).await;
    assert_eq!(tokens.scope(), SCOPE);
    server.passes(DAY - 60);
    assert!(goes_unasked(&mut amy, &app.standalone(SCOPE)).await);
    // Being remembered does not make it last longer.
    server.passes(60);
    assert!(amy.opens(&app.standalone(SCOPE)).await.page().asks("decision"));
}

#[tokio::test]
async fn what_was_left_out_stays_out_and_less_needs_no_new_yes() {
    let server = server("").await;
    let app = App::public(&server);
    let mut amy = Person::named(&server, "amy");
    let page = amy.goes_to(&app.standalone(SCOPE), "decision", None).await;
    allowed(&app, &mut amy, &page.without("scope", "patient/Condition.rs")).await;
    let tokens = tokens_of(&app, amy.opens(&app.standalone(SCOPE)).await).await;
    assert_eq!(tokens.scope(), "openid launch/patient offline_access patient/Observation.rs");
    let less = "launch/patient patient/Observation.r";
    assert_eq!(tokens_of(&app, amy.opens(&app.standalone(less)).await).await.scope(), less);
    // Nothing of this was chosen then, so now it is asked for.
    assert!(amy.opens(&app.standalone("launch/patient patient/Condition.rs")).await.page().asks("decision"));
}

#[tokio::test]
async fn more_is_asked_for() {
    let server = server("").await;
    let app = App::public(&server);
    let mut amy = says_yes(&app, "amy", SCOPE).await;
    for more in ["patient/Goal.rs", "patient/Observation.cu", "user/Observation.rs", "fhirUser"] {
        let page = amy.opens(&app.standalone(&format!("{SCOPE} {more}"))).await.page();
        assert!(page.asks("decision"), "{more}");
    }
}

#[tokio::test]
async fn a_no_is_not_remembered_and_neither_is_a_yes_to_another_app_or_of_another_person() {
    let server = server("").await;
    let (app, second) = (App::public(&server), App::second(&server));
    let scope = "openid launch/patient patient/*.rs";
    let mut amy = Person::named(&server, "amy");
    let page = amy.goes_to(&app.standalone(scope), "decision", None).await;
    amy.submits(&page, &[("decision", "deny")]).await.app();
    let page = amy.opens(&app.standalone(scope)).await.page();
    assert!(page.asks("decision"));
    allowed(&app, &mut amy, &page).await;
    assert!(goes_unasked(&mut amy, &app.standalone(scope)).await);
    assert!(amy.opens(&second.standalone(scope)).await.page().asks("decision"));
    let mut rosa = Person::named(&server, "rosa");
    assert!(rosa.goes_to(&app.standalone(scope), "decision", Some("mia-rivera")).await.asks("decision"));
}

#[tokio::test]
async fn prompt_consent_asks_again() {
    let server = server("").await;
    let app = App::public(&server);
    let mut amy = says_yes(&app, "amy", SCOPE).await;
    let request = with(app.request(SCOPE), "prompt", Some("consent"));
    assert!(amy.opens(&authorize_url(&request)).await.page().asks("decision"));
}

/// OIDC Core §3.1.2.1: `none` shows nothing, and needs nothing where the yes is known.
#[tokio::test]
async fn prompt_none_is_answered_by_what_is_remembered() {
    let server = server("").await;
    let app = App::public(&server);
    let mut amy = says_yes(&app, "amy", SCOPE).await;
    let none = |scope: &str| authorize_url(&with(app.request(scope), "prompt", Some("none")));
    assert!(goes_unasked(&mut amy, &none(SCOPE)).await);
    let answer = amy.opens(&none(&format!("{SCOPE} patient/Goal.rs"))).await.app();
    assert_eq!(answer.query("error").as_deref(), Some("consent_required"));
}

/// "the authorization server SHOULD NOT process authorization requests automatically without user consent or
/// interaction, except when the identity of the client can be assured" (RFC 8252 §8.6).
#[tokio::test]
async fn a_public_app_that_is_not_reached_over_https_is_never_answered_without_a_page() {
    let server = server("").await;
    let native = App { client_id: "native-app", redirect_uri: "com.example.app:/callback", ..App::public(&server) };
    let scope = "launch/patient patient/*.rs";
    let mut amy = says_yes(&native, "amy", scope).await;
    assert!(amy.opens(&native.standalone(scope)).await.page().asks("decision"));
}

async fn on_the_record_of(app: &App<'_>, hannah: &mut Person<'_>, patient: &str) -> Place {
    let launch = Ehr::of(app.server).launches_patient(patient).await;
    hannah.opens(&app.with_launch("launch patient/*.rs", &launch)).await
}

#[tokio::test]
async fn a_yes_holds_for_its_record_or_for_every_record_as_the_policy_says() {
    for (policy, unasked) in [("", false), ("remember_consent_for = \"user\"", true)] {
        let server = server(policy).await;
        let app = App::public(&server);
        let mut hannah = Person::named(&server, "hannah");
        let sign_in = on_the_record_of(&app, &mut hannah, "wei-chen").await.page();
        let page = hannah.does(&sign_in, None).await.page();
        allowed(&app, &mut hannah, &page).await;
        assert_eq!(
            tokens_of(&app, on_the_record_of(&app, &mut hannah, "wei-chen").await).await.0["patient"],
            "wei-chen"
        );
        match on_the_record_of(&app, &mut hannah, "amy-shaw").await {
            Place::App(answer) => {
                assert!(unasked, "{policy}");
                let tokens = app.exchanges(&answer.query("code").expect("a code")).await;
                assert_eq!(tokens.0["patient"], "amy-shaw");
            }
            place => assert!(!unasked && place.page().asks("decision"), "{policy}"),
        }
    }
}

async fn with_first_party_app() -> TestServer {
    let own = "client_name = \"Second App\"\nconsent = \"never\"";
    TestServer::start_with(|toml| toml.replace("client_name = \"Second App\"", own)).await
}

#[tokio::test]
async fn nobody_is_asked_for_an_app_of_the_operators_own() {
    let server = with_first_party_app().await;
    let app = App::second(&server);
    let mut amy = Person::named(&server, "amy");
    let scope = "openid launch/patient offline_access patient/*.rs";
    let sign_in = amy.opens(&app.standalone(scope)).await.page();
    assert_eq!(tokens_of(&app, amy.does(&sign_in, None).await).await.scope(), scope);
    // Unless the app wants it.
    let request = with(app.request(scope), "prompt", Some("consent"));
    assert!(amy.opens(&authorize_url(&request)).await.page().asks("decision"));
}

#[tokio::test]
async fn an_app_of_the_operators_own_still_has_its_patient_picked() {
    let server = with_first_party_app().await;
    let app = App::second(&server);
    let mut hannah = Person::named(&server, "hannah");
    let picker = hannah.goes_to(&app.standalone("launch/patient patient/*.rs"), "patient", None).await;
    let tokens = tokens_of(&app, hannah.does(&picker, Some("wei-chen")).await).await;
    assert_eq!(tokens.0["patient"], "wei-chen");
}
