//! What of the asked scope gets as far as the user (SCP-11 to 13, AUTHZ-23).

use super::{SCOPE, asks, refusal};
use kit::{
    App, Ehr, Person, TestServer,
    app::{authorize_url, with},
};
use rules::scope::ScopeSet;

async fn granted(server: &TestServer, username: &str, asked: &str) -> String {
    App::public(server).gets_tokens(username, asked, Some("wei-chen")).await.scope().to_owned()
}

/// SCP-13.
#[tokio::test]
async fn unknown_scopes_are_dropped_and_the_rest_is_granted() {
    let server = TestServer::start().await;
    let asked =
        "openid email patient/Observation.rs bogus patient/Observation.sr patient/Nonsense.read/x launch/patient";
    assert_eq!(granted(&server, "amy", asked).await, "openid patient/Observation.rs launch/patient");
}

#[tokio::test]
async fn what_the_app_is_not_registered_for_is_dropped() {
    let server = TestServer::start().await;
    let app = App::second(&server);
    let tokens = app.gets_tokens("amy", "openid launch/patient patient/Observation.cruds user/*.rs", None).await;
    assert_eq!(tokens.scope(), "openid launch/patient patient/Observation.rs");
}

#[tokio::test]
async fn nothing_left_is_an_invalid_scope() {
    let server = TestServer::start().await;
    for scope in ["bogus", "email profil", "system/*.rs", "offline_access", "online_access", " ", "patient/*.sr"] {
        let request = with(App::public(&server).request(SCOPE), "scope", Some(scope));
        assert_eq!(refusal(&server, &request).await, "invalid_scope", "{scope}");
    }
}

/// DEF-1, DEF-2: the page and the token say what was taken for the scope that the app did not name.
#[tokio::test]
async fn without_a_scope_the_default_is_asked_for_shown_and_granted() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let request = with(app.request(SCOPE), "scope", None);
    assert_eq!(refusal(&server, &request).await, "invalid_scope");
    let default = "openid launch/patient patient/Observation.rs system/*.rs";
    server.tenant_becomes(|tenant| tenant.policy.default_scope = Some(ScopeSet::parse(default).set)).await;
    let mut amy = Person::named(&server, "amy");
    let page = amy.goes_to(&authorize_url(&request), "scope", Some("wei-chen")).await;
    let shown: Vec<&str> =
        page.fields.iter().filter(|(name, _)| name == "scope").map(|(_, scope)| scope.as_str()).collect();
    assert_eq!(shown, ["patient/Observation.rs", "openid"]);
    let answer = amy.does(&page, None).await.app();
    let tokens = app.exchanges(&answer.query("code").expect("a code")).await;
    assert_eq!(tokens.scope(), "openid launch/patient patient/Observation.rs");
}

/// SCP-11: they are for backend services.
#[tokio::test]
async fn system_scopes_are_never_granted_by_a_user() {
    let server = TestServer::start().await;
    assert_eq!(granted(&server, "amy", "openid system/*.rs patient/*.rs").await, "openid patient/*.rs");
}

/// RFR-11: what can't be used is not promised.
#[tokio::test]
async fn offline_access_is_dropped_where_the_app_may_not_refresh() {
    let grant_types = "grant_types = [\"authorization_code\"]\nredirect_uris = [\"https://second.example";
    let both = "grant_types = [\"authorization_code\", \"refresh_token\"]\nredirect_uris = [\"https://second.example";
    let server = TestServer::start_with(|toml| toml.replace(both, grant_types)).await;
    let tokens = App::second(&server).gets_tokens("amy", SCOPE, None).await;
    assert_eq!(tokens.scope(), "openid fhirUser launch/patient patient/*.rs");
    assert!(tokens.0.get("refresh_token").is_none());
}

/// RFR-11; SMART 2.2, scopes for requesting a refresh token.
#[tokio::test]
async fn online_access_is_for_ehr_launches_alone() {
    let server = TestServer::start().await;
    assert_eq!(granted(&server, "amy", "openid online_access patient/*.rs").await, "openid patient/*.rs");
    let launch = Ehr::of(&server).launches_patient("wei-chen").await;
    let app = App::public(&server);
    let url = app.with_launch("launch openid online_access patient/*.rs", &launch);
    let answer = Person::named(&server, "hannah").goes_through(&url, None).await;
    let tokens = app.exchanges(&answer.query("code").expect("a code")).await;
    assert_eq!(tokens.scope(), "launch openid online_access patient/*.rs");
}

/// SCP-12.
#[tokio::test]
async fn a_user_without_a_fhir_resource_gets_no_fhir_user_scope() {
    let server = TestServer::start().await;
    let tokens = App::public(&server).gets_tokens("clerk", "openid fhirUser profile user/*.rs", None).await;
    assert_eq!(tokens.scope(), "openid profile user/*.rs");
    assert_eq!(tokens.claims("id_token").get("fhirUser"), None);
}

#[tokio::test]
async fn fhir_user_falls_without_openid() {
    let server = TestServer::start().await;
    assert_eq!(granted(&server, "amy", "fhirUser patient/*.rs").await, "patient/*.rs");
}

/// A launch scope that nothing answers would be an empty promise.
#[tokio::test]
async fn a_launch_scope_without_its_context_is_not_granted() {
    let server = TestServer::start().await;
    let asked = "openid launch/patient launch/encounter launch/imagingstudy patient/*.rs";
    assert_eq!(granted(&server, "amy", asked).await, "openid launch/patient patient/*.rs");
}

/// LC-3.
#[tokio::test]
async fn a_patient_scope_brings_a_patient_without_launch_patient_too() {
    let server = TestServer::start().await;
    let tokens = App::public(&server).gets_tokens("hannah", "patient/Observation.rs", Some("wei-chen")).await;
    assert_eq!(tokens.0["patient"], "wei-chen");
}

#[tokio::test]
async fn scopes_are_separated_by_spaces_and_nothing_else() {
    let server = TestServer::start().await;
    for joined in ["openid,patient/*.rs", "openid\tpatient/*.rs", "openid\npatient/*.rs", "openid+patient/*.rs"] {
        let answer = asks(&server, &with(App::public(&server).request(SCOPE), "scope", Some(joined))).await;
        assert_eq!(answer.query("error").as_deref(), Some("invalid_scope"), "{joined:?}");
    }
}
