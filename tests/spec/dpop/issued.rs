//! Which tokens are bound, and what is said of them.

use super::*;
use kit::{dpop::DpopKey, server::BASE};
use serde_json::{Value, json};

/// DPOP-6.
#[tokio::test]
async fn a_proof_binds_the_access_token_to_its_key_and_everybody_is_told() {
    let server = start().await;
    let key = DpopKey::new();
    for app in
        [App::public(&server), App::symmetric(&server), App::asymmetric(&server, rules::tenant::SigningAlg::ES384)]
    {
        let app = app.with_key(&key);
        let tokens = app.gets_tokens("amy", SCOPE, None).await;
        assert_eq!(tokens.0["token_type"], "DPoP", "{}", app.client_id);
        assert_eq!(tokens.claims("access_token")["cnf"], json!({ "jkt": key.jkt() }));
        let introspected = app.introspected(tokens.access_token()).await;
        assert_eq!((&introspected["token_type"], &introspected["cnf"]), (&json!("DPoP"), &json!({ "jkt": key.jkt() })));
    }
    let backend = App::backend(&server).with_key(&key).asks_for_itself("system/*.rs").await.json();
    assert_eq!(backend["token_type"], "DPoP");
    let record = server.audit.take().into_iter().next_back().expect("a record");
    assert!(record.to_string().contains(&key.jkt()), "ALL-6: {record}");
}

/// ALL-1: SMART fixes the type to Bearer, so nothing is bound unasked.
#[tokio::test]
async fn without_a_proof_a_token_is_a_bearer_token_as_ever() {
    let server = start().await;
    let app = App::public(&server);
    let tokens = app.gets_tokens("amy", SCOPE, None).await;
    assert_eq!((&tokens.0["token_type"], tokens.claims("access_token").get("cnf")), (&json!("Bearer"), None));
    let introspected = app.introspected(tokens.access_token()).await;
    assert_eq!((&introspected["token_type"], introspected.get("cnf")), (&json!("Bearer"), None));
    assert_eq!(App::backend(&server).asks_for_itself("system/*.rs").await.json()["token_type"], "bearer");
}

/// DPOP-6.
#[tokio::test]
async fn a_reference_token_is_bound_as_well() {
    let server = TestServer::start_with(|toml| {
        let toml = with_dpop(&toml, "accepted", "");
        toml.replacen(
            "client_id = \"public-app\"\n",
            "client_id = \"public-app\"\naccess_token_format = \"reference\"\n",
            1,
        )
    })
    .await;
    let key = DpopKey::new();
    let app = App::public(&server).with_key(&key);
    let tokens = app.gets_tokens("amy", SCOPE, None).await;
    assert_eq!(app.introspected(tokens.access_token()).await["cnf"], json!({ "jkt": key.jkt() }));
}

/// DPOP-7.
#[tokio::test]
async fn what_must_be_bound_is_not_issued_without_a_proof_by_any_grant() {
    let bound = "client_id = \"public-app\"\ndpop_bound_access_tokens = true\n";
    let of_client = TestServer::start_with(|toml| {
        with_dpop(&toml, "accepted", "").replacen("client_id = \"public-app\"\n", bound, 1)
    })
    .await;
    let of_server = start_with("required", "").await;
    for server in [&of_client, &of_server] {
        let (app, key) = (App::public(server), DpopKey::new());
        let code = app.code("amy", SCOPE, None).await;
        assert_eq!(app.redeems(&code).await.refusal(), "400 invalid_dpop_proof");
        let tokens = app.clone().with_key(&key).exchanges(&code).await;
        assert_eq!(tokens.0["token_type"], "DPoP", "the code was not spent");
    }
    let backend = App::backend(&of_server);
    assert_eq!(backend.asks_for_itself("system/*.rs").await.refusal(), "400 invalid_dpop_proof");
    // Another client of the first tenant may go on as it did.
    assert_eq!(App::second(&of_client).gets_tokens("amy", SCOPE, None).await.0["token_type"], "Bearer");
}

/// DPOP-9: whoever has stolen it has nothing, and ends nothing.
#[tokio::test]
async fn a_public_apps_refresh_token_is_good_with_its_key_alone() {
    let server = start().await;
    let (key, thief) = (DpopKey::new(), DpopKey::new());
    let app = App::public(&server);
    let own = app.clone().with_key(&key);
    let first = own.gets_tokens("amy", SCOPE, None).await;
    let second = own.refreshes(first.refresh_token()).await;
    assert_eq!(second.claims("access_token")["cnf"]["jkt"], json!(key.jkt()));
    server.passes(3600);
    for token in [first.refresh_token(), second.refresh_token()] {
        for stolen in [app.clone(), app.clone().with_key(&thief)] {
            assert_eq!(stolen.sends_refresh(token, None).await.refusal(), "400 invalid_grant");
        }
    }
    own.refreshes(second.refresh_token()).await;
}

/// DPOP-10.
#[tokio::test]
async fn a_confidential_app_may_change_its_key_and_gets_no_bearer_token_back() {
    let server = start().await;
    let (key, next) = (DpopKey::new(), DpopKey::new());
    let app = App::symmetric(&server);
    let first = app.clone().with_key(&key).gets_tokens("amy", SCOPE, None).await;
    let second = app.clone().with_key(&next).refreshes(first.refresh_token()).await;
    assert_eq!(second.claims("access_token")["cnf"]["jkt"], json!(next.jkt()));
    assert_eq!(app.sends_refresh(second.refresh_token(), None).await.refusal(), "400 invalid_dpop_proof");
    app.with_key(&key).refreshes(second.refresh_token()).await;
}

/// DPOP-8.
#[tokio::test]
async fn a_fhir_server_that_verifies_no_proofs_gets_bearer_tokens_and_a_bound_client_none() {
    let other = "https://other-fhir.example/r4";
    let server = TestServer::start_with(|toml| {
        let more = format!("[[fhir_servers]]\nname = \"more\"\nurl = \"{other}\"\n\n[[ehrs]]");
        let toml = with_dpop(&toml, "accepted", "").replacen("[[ehrs]]", &more, 1);
        toml.replacen(
            "client_id = \"second-app\"\n",
            "client_id = \"second-app\"\ndpop_bound_access_tokens = true\n",
            1,
        )
    })
    .await;
    let key = DpopKey::new();
    let backend = App::backend(&server).with_key(&key);
    let form = [("grant_type", "client_credentials"), ("scope", "system/*.rs"), ("resource", other)];
    let tokens = backend.posts("token", &form).await.json();
    assert_eq!(tokens["token_type"], "bearer");
    // A proof is never just passed over.
    let (authentication, _) = backend.authentication();
    let mut form: Vec<(&str, &str)> = form.to_vec();
    form.extend(authentication.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    assert_eq!(server.post("/clinic/token", &form, &[("dpop", "junk")]).await.refusal(), "400 invalid_dpop_proof");
}

/// All three documents and that of the FHIR server (PRM-2).
#[tokio::test]
async fn the_documents_name_the_algorithms_of_proofs() {
    let server = start().await;
    for path in [
        "/clinic/.well-known/smart-configuration",
        "/clinic/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server/clinic",
    ] {
        let document: Value = server.get(&format!("{BASE}{path}")).await.json();
        assert_eq!(
            document["dpop_signing_alg_values_supported"],
            json!(["ES256", "ES384", "PS256", "EdDSA"]),
            "{path}"
        );
    }
}

/// DPOP-7: what was given before.
#[tokio::test]
async fn where_all_tokens_must_be_bound_those_of_before_that_are_not_are_good_no_more() {
    let server = start().await;
    let (app, key) = (App::public(&server), DpopKey::new());
    let bearer = app.gets_tokens("amy", SCOPE, None).await;
    let bound = app.clone().with_key(&key).gets_tokens("amy", SCOPE, None).await;
    server.tenant_becomes(|tenant| tenant.fhir_servers[0].dpop = rules::tenant::DpopUse::Required).await;
    assert_eq!(app.introspected(bearer.access_token()).await["active"], false);
    assert_eq!(app.introspected(bound.access_token()).await["active"], true);
    // Its app comes back with a proof.
    let refreshed = app.clone().with_key(&key).refreshes(bearer.refresh_token()).await;
    assert_eq!(app.introspected(refreshed.access_token()).await["active"], true);
}
