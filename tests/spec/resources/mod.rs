//! Resources that are no FHIR base, such as an MCP server that reads from one (MCP-3; RFC 8707, RFC 9728).

mod as_of_now;
mod discovered;

use kit::{
    Answer, App, Person, TestServer,
    app::{Tokens, authorize_url, introspect, tokens, with},
    browser::Place,
    http::basic,
};
use serde_json::{Value, json};

const TOOLS: &str = "https://auth.example/clinic/tools";
const SECRET: &str = "tools-secret-of-more-than-thirty-two-characters";
const SCOPE: &str = "openid fhirUser launch/patient offline_access patient/*.rs __tools";
const REGISTERED: &str = "openid fhirUser launch launch/patient offline_access patient/*.rs";

/// The clinic, with `tools` before its FHIR server and an app that may use both.
async fn clinic() -> TestServer {
    let section = format!(
        "[[resources]]\nname = \"tools\"\nurl = \"{TOOLS}\"\nscope = \"patient/Observation.rs __tools\"\n\
         introspection_secret = \"{SECRET}\"\n\n[[ehrs]]"
    );
    TestServer::start_with(|toml| {
        toml.replacen("[[ehrs]]", &section, 1).replace(REGISTERED, &format!("{REGISTERED} __tools __other"))
    })
    .await
}

/// What the app sends along beside what every app does.
fn asking(app: &App<'_>, scope: &str, more: &[(&str, Option<&str>)]) -> String {
    let request = with(with(app.request(scope), "aud", None), "resource", Some(TOOLS));
    authorize_url(&more.iter().fold(request, |request, (name, value)| with(request, name, *value)))
}

async fn given(app: &App<'_>) -> Tokens {
    let answer = Person::named(app.server, "amy").goes_through(&asking(app, SCOPE, &[]), None).await;
    app.exchanges(&answer.query("code").expect("a code")).await
}

/// What the resource itself learns of a token.
async fn introspected(server: &TestServer, token: &str) -> Value {
    let authorization = basic("tools", SECRET);
    let answer = server.post("/clinic/introspect", &[("token", token)], &[("authorization", &authorization)]).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

#[tokio::test]
async fn its_tokens_are_for_it_alone_and_hold_its_own_scopes() {
    let server = clinic().await;
    let app = App::second(&server);
    let tokens = given(&app).await;
    assert_eq!(tokens.claims("access_token")["aud"], TOOLS);
    assert_eq!(tokens.scope(), "openid fhirUser launch/patient offline_access patient/Observation.rs __tools");
    assert_eq!(tokens.0["patient"], "amy-shaw");
    let person = format!("{}/Patient/amy-shaw", server.fhir.url);
    assert_eq!(tokens.claims("id_token")["fhirUser"], person.as_str(), "people are known at the FHIR server");
    let seen = introspected(&server, tokens.access_token()).await;
    assert_eq!((&seen["active"], &seen["aud"]), (&json!(true), &json!(TOOLS)));
    // RFC 7662 §4: at the FHIR server it is nothing.
    assert_eq!(introspect(&server, tokens.access_token()).await, json!({ "active": false }));
    let of_fhir = app.gets_tokens("amy", "launch/patient patient/*.rs", None).await;
    assert_eq!(introspected(&server, of_fhir.access_token()).await, json!({ "active": false }));
}

#[tokio::test]
async fn aud_beside_it_says_before_which_fhir_server_it_stands() {
    let server = clinic().await;
    let app = App::second(&server);
    let fhir = server.fhir.url.clone();
    let answer = Person::named(&server, "amy").goes_through(&asking(&app, SCOPE, &[("aud", Some(&fhir))]), None).await;
    assert!(answer.query("code").is_some(), "{answer:?}");
    for (more, error) in [
        // SMART's `aud` is a FHIR base.
        (vec![("resource", None), ("aud", Some(TOOLS))], "invalid_request"),
        (vec![("aud", Some("https://other.example/r4"))], "invalid_request"),
        (vec![("resource", Some("https://auth.example/clinic/other"))], "invalid_target"),
        (vec![("scope", Some("system/*.rs"))], "invalid_scope"),
        (vec![("scope", Some("patient/Patient.rs __other"))], "invalid_scope"),
    ] {
        let refused = server.get(&asking(&app, SCOPE, &more)).await;
        assert_eq!(refused.query("error").as_deref(), Some(error), "{more:?}");
    }
}

#[tokio::test]
async fn code_and_refresh_token_are_for_it_and_nothing_else() {
    let server = clinic().await;
    let app = App::second(&server);
    let fhir = server.fhir.url.clone();
    let answer = Person::named(&server, "amy").goes_through(&asking(&app, SCOPE, &[]), None).await;
    let code = answer.query("code").expect("a code");
    let exchange = async |resource: &str| -> Answer {
        let mut form = app.exchange_form(&code);
        form.push(("resource".into(), resource.into()));
        app.sends("token", &form).await
    };
    assert_eq!(exchange(&fhir).await.refusal(), "400 invalid_target");
    let first = tokens(exchange(TOOLS).await);
    let refresh = async |token: &str, resource: &str| {
        app.posts("token", &[("grant_type", "refresh_token"), ("refresh_token", token), ("resource", resource)]).await
    };
    assert_eq!(refresh(first.refresh_token(), &fhir).await.refusal(), "400 invalid_target");
    let next = tokens(refresh(first.refresh_token(), "HTTPS://AUTH.example/clinic/tools").await);
    assert_eq!(next.claims("access_token")["aud"], TOOLS);
}

/// A yes for the FHIR server is none for what stands before it, and the page says which it is.
#[tokio::test]
async fn people_are_asked_for_each_and_told_which() {
    let server = clinic().await;
    server.tenant_becomes(|tenant| tenant.policy.remember_consent_seconds = 600).await;
    let app = App::symmetric(&server);
    let mut amy = Person::named(&server, "amy");
    let of_fhir = app.standalone("launch/patient patient/Observation.rs");
    let page = amy.goes_to(&of_fhir, "decision", None).await;
    assert!(!page.answer.body.contains("For use at"), "{}", page.answer.body);
    amy.goes_through(&of_fhir, None).await;
    assert!(matches!(amy.opens(&of_fhir).await, Place::App(_)), "it is remembered");
    let page = amy.opens(&asking(&app, "launch/patient patient/Observation.rs", &[])).await.page();
    assert!(page.asks("decision") && page.answer.body.contains("For use at"), "{}", page.answer.body);
    assert!(page.answer.body.contains("tools") && page.answer.body.contains("auth.example"), "{}", page.answer.body);
}

/// RFC 6749 §4.4, RFC 8707 §2.2.
#[tokio::test]
async fn a_service_names_it_to_get_a_token_for_it() {
    let server = clinic().await;
    server
        .tenant_becomes(|tenant| {
            tenant.resources[0].scope = rules::scope::ScopeSet::strict("system/Observation.rs").expect("scopes");
        })
        .await;
    let app = App::backend(&server);
    let asks = async |scope: &str, resource: &str| {
        app.posts("token", &[("grant_type", "client_credentials"), ("scope", scope), ("resource", resource)]).await
    };
    let got = tokens(asks("system/*.rs", TOOLS).await);
    assert_eq!((&got.claims("access_token")["aud"], got.scope()), (&json!(TOOLS), "system/Observation.rs"));
    assert_eq!(introspected(&server, got.access_token()).await["active"], true);
    assert_eq!(asks("system/Patient.rs", TOOLS).await.refusal(), "400 invalid_scope");
    assert_eq!(asks("__introspect", TOOLS).await.refusal(), "400 invalid_scope");
    assert_eq!(asks("system/*.rs", "https://auth.example/clinic/none").await.refusal(), "400 invalid_target");
}
