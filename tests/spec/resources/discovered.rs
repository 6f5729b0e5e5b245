//! How a client that knows its address alone finds this server (PRM-1, PRM-2), and what proofs its tokens want.

use super::*;
use kit::{DocumentServer, document_server::taking_documents, dpop::DpopKey};
use rules::tenant::DpopUse;

const AT: &str = "/.well-known/oauth-protected-resource/clinic/tools";

#[tokio::test]
async fn it_says_who_guards_it_and_what_to_ask_for() {
    let server = clinic().await;
    let document = server.get(AT).await.json();
    assert_eq!(document["resource"], TOOLS);
    assert_eq!(document["authorization_servers"], json!([kit::server::ISSUER]));
    assert_eq!(document["scopes_supported"], json!(["patient/Observation.rs", "__tools"]));
    assert_eq!(document["resource_name"], "tools");
}

/// One resource may want proofs where its FHIR server wants none (RFC 9449).
#[tokio::test]
async fn its_tokens_are_bound_as_it_says_and_not_as_its_fhir_server_does() {
    let server = clinic().await;
    server.tenant_becomes(|tenant| tenant.resources[0].dpop = DpopUse::Required).await;
    assert_eq!(server.get(AT).await.json()["dpop_bound_access_tokens_required"], true);
    let app = App::second(&server);
    let answer = Person::named(&server, "amy").goes_through(&asking(&app, SCOPE, &[]), None).await;
    let code = answer.query("code").expect("a code");
    assert_eq!(app.redeems(&code).await.refusal(), "400 invalid_dpop_proof");
    let key = DpopKey::new();
    let bound = App::second(&server).with_key(&key).exchanges(&code).await;
    assert_eq!(bound.0["token_type"], "DPoP");
    assert_eq!(app.gets_tokens("amy", "patient/*.rs launch/patient", None).await.0["token_type"], "Bearer");
}

/// An agent that nobody registered gets what the operator lets such apps have there (CIMD-13).
#[tokio::test]
async fn an_app_that_nobody_registered_gets_its_scopes_too() {
    let tools = "https://auth.example/clinic/scopes/tools";
    let section = format!(
        "[[resources]]\nname = \"tools\"\nurl = \"{TOOLS}\"\nscope = \"patient/*.rs {tools}\"\n\
         introspection_secret = \"{SECRET}\"\n\n[[ehrs]]"
    );
    let ceiling = format!("launch/patient offline_access patient/*.rs {tools}");
    let server =
        TestServer::start_with(|toml| taking_documents(&toml, "[\"*\"]", &ceiling).replacen("[[ehrs]]", &section, 1))
            .await;
    let listed = server.get("/.well-known/oauth-authorization-server/clinic").await.json();
    assert_eq!(listed["protected_resources"], json!([server.fhir.url, TOOLS]));
    let agent = DocumentServer::start();
    let app = agent.app(&server);
    let scope = format!("launch/patient patient/Observation.rs {tools}");
    let answer = Person::named(&server, "amy").goes_through(&asking(&app, &scope, &[]), None).await;
    let got = app.exchanges(&answer.query("code").expect("a code")).await;
    assert_eq!((got.scope(), &got.claims("access_token")["aud"]), (scope.as_str(), &json!(TOOLS)));
    assert_eq!(introspected(&server, got.access_token()).await["active"], true);
}
