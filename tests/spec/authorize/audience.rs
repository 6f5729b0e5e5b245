//! For which FHIR server the token will be: `aud`, or `resource` (AUTHZ-7, AUTHZ-8; RFC 8707).

use super::{SCOPE, and, asks, is_accepted, refusal};
use kit::{
    App, Person, TestServer,
    app::{authorize_url, with},
    server::ISSUER,
};

#[tokio::test]
async fn one_trailing_slash_does_not_matter() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let request = with(app.request(SCOPE), "aud", Some(&format!("{}/", server.fhir.url)));
    let answer = Person::named(&server, "amy").goes_through(&authorize_url(&request), None).await;
    let tokens = app.exchanges(&answer.query("code").expect("a code")).await;
    assert_eq!(tokens.claims("access_token")["aud"], server.fhir.url.as_str(), "as the tenant writes it");
}

/// AUTHZ-7: a counterfeit resource server must get no token (SMART 2.2, step 4).
#[tokio::test]
async fn a_foreign_aud_never_leads_to_a_code() {
    let server = TestServer::start().await;
    let url = &server.fhir.url;
    for foreign in [
        "https://inferno.healthit.gov/invalid_aud".to_owned(),
        "https://fhir.other.example".to_owned(),
        format!("{url}//"),
        format!("{url}/Patient"),
        format!("{url}?x=1"),
        format!("{url}#"),
        url.to_uppercase(),
        url.replace("127.0.0.1", "localhost"),
        url.trim_end_matches("/fhir").to_owned(),
        format!("{url} https://other.example"),
        kit::server::ISSUER.to_owned(),
    ] {
        let request = with(App::public(&server).request(SCOPE), "aud", Some(&foreign));
        assert_eq!(refusal(&server, &request).await, "invalid_request", "{foreign}");
    }
}

/// AUTHZ-8.
#[tokio::test]
async fn resource_may_stand_for_aud() {
    let server = TestServer::start().await;
    let request = and(with(App::public(&server).request(SCOPE), "aud", None), "resource", &server.fhir.url);
    assert!(is_accepted(&server, &request).await);
}

#[tokio::test]
async fn resource_may_say_the_same_as_aud() {
    let server = TestServer::start().await;
    let request = and(App::public(&server).request(SCOPE), "resource", &format!("{}/", server.fhir.url));
    assert!(is_accepted(&server, &request).await);
}

/// AUTHZ-8, R8707-1: "invalid_target: The requested resource is invalid, missing, unknown, or malformed" (RFC 8707 §2).
#[tokio::test]
async fn a_foreign_resource_is_an_invalid_target() {
    let server = TestServer::start().await;
    let request = App::public(&server).request(SCOPE);
    for foreign in ["https://fhir.other.example", "not a url", "/fhir"] {
        let alone = and(with(request.clone(), "aud", None), "resource", foreign);
        assert_eq!(refusal(&server, &alone).await, "invalid_target", "{foreign}");
        let beside = and(request.clone(), "resource", foreign);
        assert_eq!(refusal(&server, &beside).await, "invalid_target", "{foreign}");
    }
}

/// A good `resource` does not heal a bad `aud`.
#[tokio::test]
async fn a_foreign_aud_is_refused_beside_a_good_resource() {
    let server = TestServer::start().await;
    let request = with(App::public(&server).request(SCOPE), "aud", Some("https://inferno.healthit.gov/invalid_aud"));
    let request = and(request, "resource", &server.fhir.url);
    assert_eq!(refusal(&server, &request).await, "invalid_request");
}

/// A code is for one server.
#[tokio::test]
async fn two_resources_are_an_invalid_target() {
    let server = TestServer::start().await;
    let request = and(App::public(&server).request(SCOPE), "resource", &server.fhir.url);
    let request = and(request, "resource", &server.fhir.url);
    assert_eq!(refusal(&server, &request).await, "invalid_target");
}

/// A tenant may guard several FHIR servers; the token is for the one that was asked for.
#[tokio::test]
async fn of_several_fhir_servers_the_token_is_for_the_one_asked_for() {
    let second = "[[fhir_servers]]\nname = \"second\"\nurl = \"https://second-fhir.example/r4\"\n\n[[ehrs]]";
    let of_amy = "fhir_server = \"clinic-fhir\"";
    let change = |toml: String| toml.replacen("[[ehrs]]", second, 1).replace(of_amy, "fhir_server = \"second\"");
    let server = TestServer::start_with(change).await;
    let app = App::public(&server);
    let request = with(app.request(SCOPE), "aud", Some("https://second-fhir.example/r4"));
    let answer = Person::named(&server, "amy").goes_through(&authorize_url(&request), None).await;
    let tokens = app.exchanges(&answer.query("code").expect("a code")).await;
    assert_eq!(tokens.claims("access_token")["aud"], "https://second-fhir.example/r4");
}

/// What fhirclient does when a callback address of ours is opened again: it takes the `iss` of RFC 9207 for a launch's.
#[tokio::test]
async fn an_aud_that_is_this_issuer_is_told_what_to_use() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    for aud in [ISSUER.to_owned(), format!("{ISSUER}/")] {
        let answer = asks(&server, &with(app.request(SCOPE), "aud", Some(&aud))).await;
        let said = answer.query("error_description").expect("a sentence");
        assert!(said.contains(&server.fhir.url) && said.contains("authorization server itself"), "{said}");
    }
}

#[tokio::test]
async fn an_app_that_is_registered_so_is_sent_no_iss() {
    let silent = |toml: &str| {
        toml.replacen("client_id = \"public-app\"", "client_id = \"public-app\"\nwithout_answer_iss = true", 1)
    };
    let server = TestServer::start_with(|toml| silent(&toml)).await;
    let yes = async |app: App<'_>| {
        Person::named(app.server, "amy").goes_through(&app.standalone(SCOPE), None).await.query("iss")
    };
    assert_eq!(yes(App::public(&server)).await, None);
    assert_eq!(yes(App::second(&server)).await.as_deref(), Some(ISSUER));
    let no = asks(&server, &with(App::public(&server).request(SCOPE), "aud", None)).await;
    assert_eq!((no.query("error").as_deref(), no.query("iss")), (Some("invalid_request"), None));
}
