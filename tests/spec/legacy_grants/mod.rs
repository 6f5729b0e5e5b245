//! The grants of RFC 6749 that nobody should use any more: off unless a tenant allows them and a client asks for them.

mod client_credentials_by_secret;

use kit::{
    Answer, App, Person, TestServer,
    app::{Proof, authorize_url, introspect, tokens, with},
    server::PASSWORD,
};
use rules::tenant::{CONFIGURATION_AGE, GrantType};
use serde_json::json;
use server::store::Write;

const ON: &str =
    "grant_types = [\"authorization_code\", \"refresh_token\", \"client_credentials\", \"implicit\", \"password\"]";

/// Both grants are on for the tenant, and for public-app and symmetric-app.
async fn server() -> TestServer {
    TestServer::start_with(|toml| {
        toml.replacen("[[fhir_servers]]", &format!("[policy]\n{ON}\n\n[[fhir_servers]]"), 1)
            .replacen(
                "grant_types = [\"authorization_code\", \"refresh_token\"]",
                "grant_types = [\"authorization_code\", \"refresh_token\", \"implicit\", \"password\"]",
                1,
            )
            .replace(
                "\"short\"]\ngrant_types = [\"authorization_code\", \"refresh_token\"]",
                "\"short\"]\ngrant_types = [\"authorization_code\", \"refresh_token\", \"password\"]",
            )
    })
    .await
}

fn implicit(app: &App<'_>, scope: &str) -> String {
    authorize_url(&with(app.request(scope), "response_type", Some("token")))
}

/// The members of the redirect's fragment.
fn fragment(answer: &Answer) -> std::collections::BTreeMap<String, String> {
    let url = url::Url::parse(answer.location()).expect("a URL");
    let fragment = url.fragment().expect("a fragment");
    url::form_urlencoded::parse(fragment.as_bytes()).into_owned().collect()
}

async fn password(app: &App<'_>, username: &str, password: &str, scope: &str) -> Answer {
    let form = [("grant_type", "password"), ("username", username), ("password", password), ("scope", scope)];
    app.posts("token", &form).await
}

/// LEG-2, LEG-3, LEG-4, LEG-6.
#[tokio::test]
async fn the_implicit_grant_answers_in_the_fragment_with_context_and_without_a_refresh_token() {
    let server = server().await;
    let url = implicit(&App::public(&server), "launch/patient patient/*.rs offline_access openid");
    let answer = Person::named(&server, "amy").goes_through(&url, None).await;
    assert!(answer.location().starts_with("https://app.example/callback#"));
    let members = fragment(&answer);
    assert_eq!(members["scope"], "launch/patient patient/*.rs");
    assert_eq!(members["patient"], "amy-shaw");
    assert_eq!(members["token_type"], "Bearer");
    assert_eq!(members["state"], kit::app::STATE);
    assert!(
        !members.contains_key("refresh_token") && !members.contains_key("id_token") && !members.contains_key("code")
    );
    assert_eq!(introspect(&server, &members["access_token"]).await["active"], true);
}

/// LEG-5.
#[tokio::test]
async fn its_errors_are_in_the_fragment_too() {
    let server = server().await;
    let app = App::public(&server);
    let request = with(with(app.request("patient/*.rs"), "response_type", Some("token")), "aud", Some("https://evil"));
    let answer = server.get(authorize_url(&request).trim_start_matches(kit::server::BASE)).await;
    assert_eq!(fragment(&answer)["error"], "invalid_request");
}

/// LEG-1, R9700-5.
#[tokio::test]
async fn where_they_are_off_they_are_refused_in_the_right_words() {
    let off = TestServer::start().await;
    let answer = off.get(implicit(&App::public(&off), "patient/*.rs").trim_start_matches(kit::server::BASE)).await;
    assert_eq!(answer.query("error").as_deref(), Some("unsupported_response_type"));
    let answer = password(&App::public(&off), "amy", PASSWORD, "patient/*.rs").await;
    assert_eq!((answer.status, answer.error().as_str()), (400, "unsupported_grant_type"));
    let on = server().await;
    let answer = on.get(implicit(&App::second(&on), "patient/*.rs").trim_start_matches(kit::server::BASE)).await;
    assert_eq!(fragment(&answer)["error"], "unauthorized_client");
    let answer = password(&App::second(&on), "amy", PASSWORD, "patient/*.rs").await;
    assert_eq!((answer.status, answer.error().as_str()), (400, "unauthorized_client"));
}

#[tokio::test]
async fn neither_is_in_the_smart_configuration_and_both_are_in_the_oauth_metadata() {
    let server = server().await;
    let smart = server.get("/clinic/.well-known/smart-configuration").await.json();
    assert_eq!(smart["grant_types_supported"], serde_json::json!(["authorization_code", "client_credentials"]));
    assert_eq!(smart["response_types_supported"], serde_json::json!(["code"]));
    let oauth = server.get("/.well-known/oauth-authorization-server/clinic").await.json();
    let grants = oauth["grant_types_supported"].to_string();
    assert!(grants.contains("implicit") && grants.contains("password"), "{grants}");
}

/// LEG-7, LEG-9.
#[tokio::test]
async fn the_password_grant_gives_a_patient_their_own_record_and_can_be_refreshed() {
    let server = server().await;
    for app in [App::public(&server), App::symmetric(&server)] {
        let tokens = tokens(password(&app, "Amy", PASSWORD, "launch/patient patient/*.rs offline_access").await);
        assert_eq!(tokens.0["patient"], "amy-shaw");
        assert_eq!(app.refreshes(tokens.refresh_token()).await.0["patient"], "amy-shaw");
        assert_eq!(introspect(&server, tokens.access_token()).await["patient"], "amy-shaw");
    }
}

/// What such a grant gave lasts no longer than the grant.
#[tokio::test]
async fn what_a_password_gave_ends_with_the_grant_that_allowed_it() {
    let server = server().await;
    let app = App::public(&server);
    let tokens = tokens(password(&app, "amy", PASSWORD, "launch/patient patient/*.rs offline_access").await);
    let mut tenant =
        server.server.tenant("clinic", server.now()).await.expect("the table").expect("clinic").tenant.clone();
    tenant.policy.grant_types.remove(&GrantType::Password);
    server.server.store.write_unraced(vec![Write::overwrite(&tenant).expect("an item")]).await.expect("written");
    server.passes(CONFIGURATION_AGE);
    assert_eq!(introspect(&server, tokens.access_token()).await, json!({ "active": false }));
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh_token())];
    assert_eq!(app.posts("token", &refresh).await.refusal(), "400 invalid_grant");
}

#[tokio::test]
async fn a_clinician_gets_no_patient_scope_by_password_since_nobody_picks_a_patient() {
    let server = server().await;
    let answer = password(&App::public(&server), "hannah", PASSWORD, "user/*.rs patient/*.rs launch/patient").await;
    assert_eq!(answer.json()["scope"], "user/*.rs");
}

#[tokio::test]
async fn a_confidential_client_must_authenticate_for_the_password_grant() {
    let server = server().await;
    let app = App { proof: Proof::Basic("wrong"), ..App::symmetric(&server) };
    assert_eq!(password(&app, "amy", PASSWORD, "patient/*.rs").await.error(), "invalid_client");
}

/// LEG-8, LEG-9.
#[tokio::test]
async fn wrong_passwords_are_invalid_grant_and_soon_cost_time() {
    let server = server().await;
    let app = App::public(&server);
    for user in ["amy", "nobody"] {
        for _ in 0..11 {
            let answer = password(&app, user, "wrong", "patient/*.rs").await;
            assert_eq!((answer.status, answer.error().as_str()), (400, "invalid_grant"));
        }
        let answer = password(&app, user, PASSWORD, "patient/*.rs").await;
        assert_eq!((answer.status, answer.header("retry-after")), (429, Some("2")));
    }
    server.passes(2);
    assert_eq!(password(&app, "amy", PASSWORD, "patient/*.rs").await.status, 200);
}
