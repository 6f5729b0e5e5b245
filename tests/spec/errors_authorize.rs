//! The error matrix at the authorization endpoint, row by row (docs/requirements.md, Errors: E1 to E9).

use crate::authorize::{SCOPE, and, asks, assert_is_error_page, by_get, refusal};
use serde_json::json;
use tests::{App, Ehr, Person, TestServer, app::with, log::Log, server::ISSUER};

#[tokio::test]
async fn e1_unknown_client_or_bad_redirect_uri_is_a_page_and_never_a_redirect() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    let request = App::public(&server).request(SCOPE);
    for (name, value) in [
        ("client_id", None),
        ("client_id", Some("nobody")),
        ("redirect_uri", None),
        ("redirect_uri", Some("https://evil.example/callback")),
        ("redirect_uri", Some("https://app.example/callback/")),
    ] {
        assert_is_error_page(&asks(&server, &with(request.clone(), name, value)).await, name);
    }
}

#[tokio::test]
async fn e2_a_missing_or_repeated_parameter_is_an_invalid_request_at_the_app() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    let request = App::public(&server).request(SCOPE);
    for name in ["response_type", "state", "aud", "code_challenge", "code_challenge_method"] {
        assert_eq!(refusal(&server, &with(request.clone(), name, None)).await, "invalid_request", "{name}");
    }
    assert_eq!(refusal(&server, &and(request, "scope", "openid")).await, "invalid_request");
}

#[tokio::test]
async fn e3_a_response_type_other_than_code_is_unsupported() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    let request = with(App::public(&server).request(SCOPE), "response_type", Some("token"));
    assert_eq!(refusal(&server, &request).await, "unsupported_response_type");
}

/// A tenant file can't give a redirect URI to a client without this grant; a client whose grant was taken away has one.
#[tokio::test]
async fn e4_a_client_that_may_not_use_codes_is_an_unauthorized_client() {
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

#[tokio::test]
async fn e5_a_wrong_aud_never_gets_a_code() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    let request = App::public(&server).request(SCOPE);
    let wrong = "https://inferno.healthit.gov/invalid_aud";
    assert_eq!(refusal(&server, &with(request.clone(), "aud", Some(wrong))).await, "invalid_request");
    assert_eq!(refusal(&server, &and(with(request, "aud", None), "resource", wrong)).await, "invalid_target");
}

#[tokio::test]
async fn e6_a_bad_expired_or_foreign_launch_is_an_invalid_request() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    let app = App::public(&server);
    let ehr = Ehr::of(&server);
    let request = |launch: &str| with(app.request("launch openid patient/*.rs"), "launch", Some(launch));
    assert_eq!(refusal(&server, &request("nobody")).await, "invalid_request");
    let foreign = ehr.launches(json!({ "patient": "wei-chen", "client_id": "second-app" })).await;
    assert_eq!(refusal(&server, &request(&foreign)).await, "invalid_request");
    let expired = ehr.launches_patient("wei-chen").await;
    server.passes(300);
    assert_eq!(refusal(&server, &request(&expired)).await, "invalid_request");
}

#[tokio::test]
async fn e7_no_grantable_scope_is_an_invalid_scope_and_a_denial_is_access_denied() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    let app = App::public(&server);
    assert_eq!(refusal(&server, &with(app.request(SCOPE), "scope", Some("bogus"))).await, "invalid_scope");
    let mut amy = Person::named(&server, "amy");
    let page = amy.goes_to(&app.standalone(SCOPE), "decision", None).await;
    let answer = amy.submits(&page, &[("decision", "deny")]).await.app();
    assert_eq!(answer.query("error").as_deref(), Some("access_denied"));
    assert_eq!(answer.query("state").as_deref(), Some(tests::app::STATE));
    assert_eq!(answer.query("iss").as_deref(), Some(ISSUER));
}

/// Nobody is ever signed in before: there are no sessions across apps yet, so `consent_required` has no case.
#[tokio::test]
async fn e8_prompt_none_without_a_session_is_login_required() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    let request = with(App::public(&server).request(SCOPE), "prompt", Some("none"));
    assert_eq!(refusal(&server, &request).await, "login_required");
}

/// From the moment that the redirect URI is known, the app hears of an outage; before it, the person does.
#[tokio::test]
async fn e9_an_outage_of_the_store_is_temporarily_unavailable_at_the_app() {
    let (_log, _listening) = Log::listen();
    let server = TestServer::start().await;
    let app = App::public(&server);
    let request = app.request(SCOPE);
    let launch = with(app.request("launch openid patient/*.rs"), "launch", Some("x"));
    let cold = TestServer::start().await;
    cold.loses_its_table();
    let page = by_get(&cold, &request).await;
    assert_eq!((page.status, page.header("location")), (503, None), "the tenant itself can't be read");
    assert!(page.body.contains("try again"), "{}", page.body);

    let mut amy = Person::named(&server, "amy");
    let sign_in = amy.opens(&app.standalone(SCOPE)).await.page();
    let mut another = Person::named(&server, "amy");
    let consent = another.goes_to(&app.standalone(SCOPE), "decision", None).await;
    server.loses_its_table();
    assert_eq!(refusal(&server, &request).await, "temporarily_unavailable");
    assert_eq!(refusal(&server, &launch).await, "temporarily_unavailable");
    let unknown = asks_page(&server, &with(request, "client_id", Some("nobody"))).await;
    assert_eq!(unknown, 503, "whether the client exists can't be known");
    assert_eq!(amy.opens(&sign_in.url).await.end().status, 503);
    assert_eq!(amy.does(&sign_in, None).await.end().status, 503);
    assert_eq!(another.does(&consent, None).await.end().status, 503);

    server.finds_its_table();
    assert!(another.does(&consent, None).await.app().query("code").is_some(), "nothing was lost");
}

async fn asks_page(server: &TestServer, request: &[(String, String)]) -> u16 {
    let answer = asks(server, request).await;
    assert_eq!(answer.header("location"), None);
    answer.status
}
