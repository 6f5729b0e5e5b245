//! Powers over Admit itself are for Admit: a FHIR server that is shown a token can do with it what a FHIR server may, and no more.
//! And a client may be limited to some of its tenant's FHIR servers.

use kit::{
    App, Person, TestServer,
    app::{authorize_url, claims, with},
    server::ISSUER,
};
use serde_json::{Value, json};

const SECOND: &str = "https://second-fhir.example/r4";

async fn asks(server: &TestServer, scope: &str, resource: Option<&str>) -> kit::Answer {
    let mut form = vec![("grant_type", "client_credentials"), ("scope", scope)];
    form.extend(resource.map(|resource| ("resource", resource)));
    App::backend(server).posts("token", &form).await
}

/// What the token response and the token itself say.
fn given(answer: &kit::Answer) -> (Value, Value) {
    let body = answer.json();
    let claims = claims(body["access_token"].as_str().unwrap_or_else(|| panic!("{}", answer.body)));
    assert_eq!(claims["scope"], body["scope"]);
    (claims["aud"].clone(), claims["scope"].clone())
}

#[tokio::test]
async fn powers_and_scopes_of_a_fhir_server_are_never_in_one_token() {
    let server = TestServer::start().await;
    let fhir = server.fhir.url.clone();
    for (scope, resource, aud, granted) in [
        ("__introspect __launch.create", None, ISSUER, "__introspect __launch.create"),
        ("__introspect", Some(ISSUER), ISSUER, "__introspect"),
        ("system/*.rs __introspect __launch.create", None, &fhir, "system/*.rs"),
        ("system/*.rs __introspect", Some(fhir.as_str()), &fhir, "system/*.rs"),
        ("system/*.rs __introspect", Some(ISSUER), ISSUER, "__introspect"),
    ] {
        let answer = asks(&server, scope, resource).await;
        assert_eq!(given(&answer), (json!(aud), json!(granted)), "{scope} for {resource:?}");
        let is_less = granted.len() < scope.len();
        assert_eq!(answer.header("admit-explanation").is_some(), is_less, "{scope} for {resource:?}");
    }
}

#[tokio::test]
async fn what_fits_no_audience_is_refused_with_a_word_on_what_to_ask() {
    let server = TestServer::start().await;
    let fhir = server.fhir.url.clone();
    for (scope, resource, says) in [
        ("__introspect", fhir.as_str(), "resource=https://auth.example/clinic"),
        ("system/*.rs", ISSUER, "FHIR server"),
    ] {
        let answer = asks(&server, scope, Some(resource)).await;
        assert_eq!(answer.refusal(), "400 invalid_scope");
        assert!(answer.json()["error_description"].to_string().contains(says), "{}", answer.body);
    }
}

/// A token of before this rule, or one that a FHIR server was shown: signed by this server, and with the power in it.
#[tokio::test]
async fn a_token_that_a_fhir_server_was_shown_has_no_power_here() {
    let server = TestServer::start().await;
    let tenant = server.server.tenant("clinic", server.now()).await.expect("the table").expect("clinic");
    let own = asks(&server, "__introspect __launch.create", None).await.json();
    let own = claims(own["access_token"].as_str().expect("a token"));
    for (aud, status) in [(ISSUER.to_owned(), 200), (server.fhir.url.clone(), 403)] {
        let mut shown = own.clone();
        shown["aud"] = json!(aud);
        shown["scope"] = json!("system/*.rs __introspect __launch.create");
        let kind = rules::jws::TokenKind::AccessToken;
        let jwt = server.server.signer.sign(&tenant, kind, &shown).await.expect("a signature");
        let bearer = format!("Bearer {}", jwt.expose());
        for (path, form) in [("introspect", ("token", "x")), ("launchContext", ("patient", "wei-chen"))] {
            let answer = server.post(&format!("/clinic/{path}"), &[form], &[("authorization", &bearer)]).await;
            assert_eq!(answer.status, status, "{path} for {aud}: {}", answer.body);
        }
    }
}

/// A FHIR server that introspects a token for Admit learns nothing.
#[tokio::test]
async fn a_token_for_admit_is_none_for_a_fhir_server() {
    let server = TestServer::start().await;
    let own = asks(&server, "__introspect", None).await.json();
    let token = own["access_token"].as_str().expect("a token");
    assert_eq!(kit::app::introspect(&server, token).await, json!({ "active": false }));
}

/// Whatever the app is registered for.
#[tokio::test]
async fn a_persons_token_never_holds_a_power() {
    let all = |toml: String| toml.replacen("scope = \"openid", "scope = \"__introspect __launch.create openid", 1);
    let server = TestServer::start_with(all).await;
    let asked = "openid __introspect __launch.create launch/patient offline_access patient/*.rs";
    let app = App::public(&server);
    let tokens = app.gets_tokens("amy", asked, None).await;
    assert_eq!(tokens.scope(), "openid launch/patient offline_access patient/*.rs");
    assert_eq!(app.refreshes(tokens.refresh_token()).await.scope(), tokens.scope());
}

/// Clinic with a second FHIR server, for which `client` alone may have tokens.
async fn limited(client: &str) -> TestServer {
    let second = format!("[[fhir_servers]]\nname = \"second\"\nurl = \"{SECOND}\"\n\n[[ehrs]]");
    let id = format!("client_id = \"{client}\"");
    TestServer::start_with(|toml| {
        toml.replacen("[[ehrs]]", &second, 1).replacen(&id, &format!("{id}\nfhir_servers = [\"second\"]"), 1)
    })
    .await
}

#[tokio::test]
async fn a_service_has_tokens_for_its_own_fhir_servers_alone() {
    let server = limited("backend").await;
    assert_eq!(given(&asks(&server, "system/*.rs", None).await).0, SECOND, "the first that it may have");
    assert_eq!(given(&asks(&server, "system/*.rs", Some(SECOND)).await).0, SECOND);
    let refused = asks(&server, "system/*.rs", Some(&server.fhir.url)).await;
    assert_eq!(refused.refusal(), "400 invalid_target");
    // And from the moment at which the operator says so.
    let token = asks(&server, "system/*.rs", None).await.json()["access_token"].as_str().expect("a token").to_owned();
    assert!(is_active(&server, &token).await);
    let key = server::store::schema::client(&rules::tenant::TenantId::parse("clinic").expect("an id"), "backend");
    let found = server.server.store.find::<rules::client::Client>(key, server.now()).await.expect("the table");
    let mut next = found.expect("the backend").value;
    next.fhir_servers = Some(["clinic-fhir".to_owned()].into());
    let write = server::store::Write::overwrite(&next).expect("an item");
    server.server.store.write_unraced(vec![write]).await.expect("it is written");
    server.passes(30);
    assert!(!is_active(&server, &token).await);
}

async fn is_active(server: &TestServer, token: &str) -> bool {
    App::backend(server).posts("introspect", &[("token", token)]).await.json()["active"] == true
}

#[tokio::test]
async fn an_app_signs_nobody_in_at_a_fhir_server_that_is_not_its_own() {
    let server = limited("public-app").await;
    let request = App::public(&server).request("openid launch/patient patient/*.rs");
    for (aud, reaches_sign_in) in [(SECOND, true), (server.fhir.url.as_str(), false)] {
        let url = authorize_url(&with(request.clone(), "aud", Some(aud)));
        match Person::named(&server, "amy").opens(&url).await {
            kit::browser::Place::Page(page) => assert!(reaches_sign_in && page.asks("password"), "{aud}"),
            kit::browser::Place::App(answer) => {
                assert!(!reaches_sign_in, "{aud}");
                assert_eq!(answer.query("error").as_deref(), Some("invalid_request"));
            }
            kit::browser::Place::End(answer) => panic!("{aud}: {}", answer.body),
        }
    }
}
