//! The error matrix at the authorization endpoint, row by row (docs/requirements.md, Errors: E1 to E9).

use crate::authorize::{SCOPE, and, asks, assert_is_error_page, by_get, refusal};
use kit::{App, Ehr, Person, TestServer, app::with, log::Log, server::ISSUER};
use serde_json::json;

/// E1.
#[tokio::test]
async fn an_unknown_client_is_told_to_the_person_and_nobody_is_redirected() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    let request = App::public(&server).request(SCOPE);
    for client_id in [None, Some("nobody")] {
        assert_is_error_page(&asks(&server, &with(request.clone(), "client_id", client_id)).await, "client_id");
    }
}

/// E1.
#[tokio::test]
async fn a_redirect_uri_that_is_not_registered_is_told_to_the_person_and_never_redirected_to() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    let request = App::public(&server).request(SCOPE);
    for uri in [None, Some("https://evil.example/callback"), Some("https://app.example/callback/")] {
        assert_is_error_page(&asks(&server, &with(request.clone(), "redirect_uri", uri)).await, "redirect_uri");
    }
}

/// E2.
#[tokio::test]
async fn a_request_without_one_of_its_parameters_is_an_invalid_request_at_the_app() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    let request = App::public(&server).request(SCOPE);
    for name in ["response_type", "state", "aud", "code_challenge", "code_challenge_method"] {
        assert_eq!(refusal(&server, &with(request.clone(), name, None)).await, "invalid_request", "{name}");
    }
}

/// E2.
#[tokio::test]
async fn a_parameter_twice_is_an_invalid_request_at_the_app() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    let request = and(App::public(&server).request(SCOPE), "scope", "openid");
    assert_eq!(refusal(&server, &request).await, "invalid_request");
}

/// E3.
#[tokio::test]
async fn a_response_type_other_than_code_is_unsupported() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    let request = with(App::public(&server).request(SCOPE), "response_type", Some("token"));
    assert_eq!(refusal(&server, &request).await, "unsupported_response_type");
}

/// E4. A tenant file can't give a redirect URI to a client without this grant; a client whose grant was taken away has one.
#[tokio::test]
async fn a_client_that_may_not_use_codes_is_an_unauthorized_client() {
    let (_log, _listening) = Log::listen();
    use rules::{
        client::Client,
        tenant::{GrantType, TenantId},
    };
    use server::store::{Write, schema};
    let server = TestServer::start().await;
    let tenant = TenantId::parse("clinic").expect("an id");
    let found = server.server.store.find::<Client>(schema::client(&tenant, "public-app"), server.now()).await;
    let mut client = found.expect("an answer").expect("a client").value;
    client.grant_types = [GrantType::ClientCredentials].into();
    let write = Write::overwrite(&client).expect("an item");
    server.server.store.write_unraced(vec![write]).await.expect("written");
    server.server.forget_configuration();
    assert_eq!(refusal(&server, &App::public(&server).request(SCOPE)).await, "unauthorized_client");
}

/// Inferno's.
const WRONG_AUD: &str = "https://inferno.healthit.gov/invalid_aud";

/// E5.
#[tokio::test]
async fn a_wrong_aud_never_gets_a_code() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    let request = with(App::public(&server).request(SCOPE), "aud", Some(WRONG_AUD));
    assert_eq!(refusal(&server, &request).await, "invalid_request");
}

/// E5.
#[tokio::test]
async fn a_wrong_resource_never_gets_a_code() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    let request = and(with(App::public(&server).request(SCOPE), "aud", None), "resource", WRONG_AUD);
    assert_eq!(refusal(&server, &request).await, "invalid_target");
}

/// E6.
#[tokio::test]
async fn a_launch_that_nobody_made_is_an_invalid_request() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    assert_eq!(refusal(&server, &launching(&server, "nobody")).await, "invalid_request");
}

/// E6.
#[tokio::test]
async fn a_launch_of_another_app_is_an_invalid_request() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    let foreign = Ehr::of(&server).launches(json!({ "patient": "wei-chen", "client_id": "second-app" })).await;
    assert_eq!(refusal(&server, &launching(&server, &foreign)).await, "invalid_request");
}

/// E6.
#[tokio::test]
async fn a_launch_that_is_five_minutes_old_is_an_invalid_request() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    let expired = Ehr::of(&server).launches_patient("wei-chen").await;
    server.passes(300);
    assert_eq!(refusal(&server, &launching(&server, &expired)).await, "invalid_request");
}

fn launching(server: &TestServer, launch: &str) -> Vec<(String, String)> {
    with(App::public(server).request("launch openid patient/*.rs"), "launch", Some(launch))
}

/// E7.
#[tokio::test]
async fn a_scope_of_which_nothing_can_be_granted_is_an_invalid_scope() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    let request = with(App::public(&server).request(SCOPE), "scope", Some("bogus"));
    assert_eq!(refusal(&server, &request).await, "invalid_scope");
}

/// E7.
#[tokio::test]
async fn a_no_of_the_person_is_access_denied_at_the_app() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    let mut amy = Person::named(&server, "amy");
    let page = amy.goes_to(&App::public(&server).standalone(SCOPE), "decision", None).await;
    let answer = amy.submits(&page, &[("decision", "deny")]).await.app();
    assert_eq!(answer.query("error").as_deref(), Some("access_denied"));
    assert_eq!(answer.query("state").as_deref(), Some(kit::app::STATE));
    assert_eq!(answer.query("iss").as_deref(), Some(ISSUER));
}

/// E8. With a session and without a consent it is `consent_required`: sessions/prompts.rs.
#[tokio::test]
async fn prompt_none_without_a_session_is_login_required() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    let request = with(App::public(&server).request(SCOPE), "prompt", Some("none"));
    assert_eq!(refusal(&server, &request).await, "login_required");
}

/// E9. The tenant itself can't be read.
#[tokio::test]
async fn an_outage_before_the_app_is_known_is_told_to_the_person() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    server.loses_its_table();
    let page = by_get(&server, &App::public(&server).request(SCOPE)).await;
    assert_eq!((page.status, page.header("location")), (503, None));
    assert!(page.body.contains("try again"), "{}", page.body);
}

/// E9. Whether the client exists can't be known.
#[tokio::test]
async fn an_outage_never_makes_an_unknown_client_of_one() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    let request = App::public(&server).request(SCOPE);
    by_get(&server, &request).await;
    server.loses_its_table();
    let answer = asks(&server, &with(request, "client_id", Some("nobody"))).await;
    assert_eq!((answer.status, answer.header("location")), (503, None));
}

/// E9.
#[tokio::test]
async fn an_outage_is_told_to_the_app_once_its_redirect_uri_is_known() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    let request = App::public(&server).request(SCOPE);
    by_get(&server, &request).await;
    server.loses_its_table();
    assert_eq!(refusal(&server, &request).await, "temporarily_unavailable");
    assert_eq!(refusal(&server, &launching(&server, "x")).await, "temporarily_unavailable");
}

/// E9.
#[tokio::test]
async fn an_outage_between_two_pages_is_told_to_the_person_and_loses_nothing() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    let url = App::public(&server).standalone(SCOPE);
    let (mut amy, mut another) = (Person::named(&server, "amy"), Person::named(&server, "amy"));
    let sign_in = amy.opens(&url).await.page();
    let consent = another.goes_to(&url, "decision", None).await;
    server.loses_its_table();
    assert_eq!(amy.opens(&sign_in.url).await.end().status, 503);
    assert_eq!(amy.does(&sign_in, None).await.end().status, 503);
    assert_eq!(another.does(&consent, None).await.end().status, 503);
    server.finds_its_table();
    assert!(another.does(&consent, None).await.app().query("code").is_some());
}
