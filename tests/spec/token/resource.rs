//! For which FHIR server the tokens are: `resource` at the token endpoint (RFC 8707 §2.2), and `authorization_details` in the
//! answer where a tenant has several (TOK-14).

use super::SCOPE;
use kit::{
    Answer, App, Person, TestServer,
    app::{authorize_url, claims, introspect, with},
    http::basic,
    server::PASSWORD,
};
use serde_json::{Value, json};

const SECOND: &str = "https://second-fhir.example/r5";

/// Clinic with a second FHIR server, of another version.
async fn with_two() -> TestServer {
    let second = format!(
        "[[fhir_servers]]\nname = \"second\"\nurl = \"{SECOND}\"\nfhir_version = \"5.0.0\"\n\
         introspection_secret = \"the-second-secret-of-more-than-32-characters\"\n\n[[ehrs]]"
    );
    let ada = "[[users]]\nusername = \"ada\"\npassword_hash = \"{password}\"\nname = \"Ada\"\n\
               fhir_user = \"Patient/amy-shaw\"\nfhir_server = \"second\"\n";
    TestServer::start_with(|toml| format!("{}\n{ada}", toml.replacen("[[ehrs]]", &second, 1))).await
}

async fn code_for(server: &TestServer, aud: &str) -> String {
    let request = with(App::public(server).request(SCOPE), "aud", Some(aud));
    let name = if aud == SECOND { "ada" } else { "amy" };
    let answer = Person::named(server, name).goes_through(&authorize_url(&request), None).await;
    answer.query("code").expect("a code")
}

async fn redeems(server: &TestServer, code: &str, resource: &str) -> Answer {
    let app = App::public(server);
    app.sends("token", &with(app.exchange_form(code), "resource", Some(resource))).await
}

fn details(url: &str, version: &str) -> Value {
    json!([{ "type": "smart_on_fhir", "locations": [url], "fhirVersions": [version] }])
}

#[tokio::test]
async fn an_answer_says_for_which_of_several_fhir_servers_it_is() {
    // TOK-14: `type`, `locations` and `fhirVersions` are required in each.
    let server = with_two().await;
    let app = App::public(&server);
    let secrets = [
        basic("second", "the-second-secret-of-more-than-32-characters"),
        basic("clinic-fhir", "clinic-fhir-secret-of-more-than-32-characters"),
    ];
    for ((aud, version), secret) in [(SECOND, "5.0.0"), (server.fhir.url.as_str(), "4.0.1")].into_iter().zip(&secrets) {
        let tokens = app.exchanges(&code_for(&server, aud).await).await;
        assert_eq!(tokens.0["authorization_details"], details(aud, version));
        assert_eq!(tokens.claims("access_token")["aud"], aud);
        let refreshed = app.refreshes(tokens.refresh_token()).await;
        assert_eq!(refreshed.0["authorization_details"], details(aud, version));
        // RFC 9396 §9.2.
        let asked = [("token", refreshed.access_token())];
        let answer = server.post("/clinic/introspect", &asked, &[("authorization", secret)]).await;
        assert_eq!(answer.json()["authorization_details"], details(aud, version));
    }
}

#[tokio::test]
async fn with_one_fhir_server_there_is_nothing_to_say() {
    let server = TestServer::start().await;
    let tokens = App::public(&server).gets_tokens("amy", SCOPE, None).await;
    assert!(tokens.0.get("authorization_details").is_none());
    assert!(introspect(&server, tokens.access_token()).await.get("authorization_details").is_none());
}

#[tokio::test]
async fn resource_may_say_again_what_was_approved() {
    let server = with_two().await;
    for resource in [SECOND.to_owned(), format!("{SECOND}/")] {
        let code = code_for(&server, SECOND).await;
        assert_eq!(redeems(&server, &code, &resource).await.status, 200);
    }
}

/// The tenant's other server is as foreign as anyone's, and asking changes nothing.
#[tokio::test]
async fn another_resource_than_the_approved_one_is_an_invalid_target() {
    let server = with_two().await;
    let app = App::public(&server);
    let code = code_for(&server, SECOND).await;
    let first = server.fhir.url.clone();
    for other in [first.as_str(), "https://evil.example/fhir", "nonsense", "/"] {
        assert_eq!(redeems(&server, &code, other).await.refusal(), "400 invalid_target", "{other}");
    }
    let tokens = app.exchanges(&code).await;
    for other in [first.as_str(), "https://evil.example/fhir"] {
        let form = [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh_token()), ("resource", other)];
        assert_eq!(app.posts("token", &form).await.refusal(), "400 invalid_target", "{other}");
    }
    app.refreshes(tokens.refresh_token()).await;
}

/// RFC 8707 §2 lets it be repeated; a token is for one server here.
#[tokio::test]
async fn two_resources_are_an_invalid_target() {
    let server = with_two().await;
    let app = App::public(&server);
    let code = code_for(&server, SECOND).await;
    let mut form = app.exchange_form(&code);
    form.extend([("resource".to_owned(), SECOND.to_owned()), ("resource".to_owned(), server.fhir.url.clone())]);
    assert_eq!(app.sends("token", &form).await.refusal(), "400 invalid_target");
    app.exchanges(&code).await;
}

/// Without a verifier he learns nothing of what the code is for.
#[tokio::test]
async fn the_resource_is_judged_after_the_proofs() {
    let server = with_two().await;
    let app = App::public(&server);
    let code = code_for(&server, SECOND).await;
    let form = with(with(app.exchange_form(&code), "resource", Some("https://x.example")), "code_verifier", None);
    assert_eq!(app.sends("token", &form).await.refusal(), "400 invalid_grant");
}

#[tokio::test]
async fn a_backend_service_says_which_server_it_wants() {
    let server = with_two().await;
    let app = App::backend(&server);
    let asks = async |resource: &str| {
        let form = [("grant_type", "client_credentials"), ("scope", "system/*.rs"), ("resource", resource)];
        app.posts("token", &form).await
    };
    let answer = asks(SECOND).await.json();
    assert_eq!(claims(answer["access_token"].as_str().expect("a token"))["aud"], SECOND);
    assert_eq!(answer["authorization_details"], details(SECOND, "5.0.0"));
    assert_eq!(asks("https://evil.example").await.refusal(), "400 invalid_target");
    let without = app.asks_for_itself("system/*.rs").await.json();
    assert_eq!(claims(without["access_token"].as_str().expect("a token"))["aud"], server.fhir.url.as_str());
}

#[tokio::test]
async fn a_password_grant_is_for_one_server_too() {
    let grants =
        "[policy]\ngrant_types = [\"authorization_code\", \"refresh_token\", \"client_credentials\", \"password\"]";
    let server = TestServer::start_with(|toml| {
        toml.replacen("[[fhir_servers]]", &format!("{grants}\n\n[[fhir_servers]]"), 1).replacen(
            "grant_types = [\"authorization_code\", \"refresh_token\"]",
            "grant_types = [\"authorization_code\", \"refresh_token\", \"password\"]",
            1,
        )
    })
    .await;
    let asks = async |resource: &str| {
        let form = [("grant_type", "password"), ("username", "amy"), ("password", PASSWORD), ("resource", resource)];
        App::public(&server).posts("token", &form).await
    };
    assert_eq!(asks(&server.fhir.url).await.status, 200);
    assert_eq!(asks("https://evil.example").await.refusal(), "400 invalid_target");
}
