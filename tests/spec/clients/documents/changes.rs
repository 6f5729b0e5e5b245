//! A document that changes: what counts is what it says where something is given.

use super::{flows::Keyed, *};
use kit::{
    app::introspect,
    key_server::{KeyServer, jwks, new_key},
};
use serde_json::json;

/// CIMD-16: a document swapped between the request and the code.
#[tokio::test]
async fn what_was_swapped_before_the_code_is_seen_where_the_code_is_issued() {
    let (server, agent) = (clinic().await, DocumentServer::start());
    let (_log, _listening) = Log::listen();
    let app = agent.app(&server);
    for changes in [
        json!({ "redirect_uris": ["https://elsewhere.example/callback"] }),
        json!({ "token_endpoint_auth_method": "client_secret_post" }),
    ] {
        agent.gives(&agent.document());
        server.passes(301);
        let mut amy = Person::named(&server, "amy");
        let page = amy.goes_to(&app.standalone(SCOPE), "decision", None).await;
        agent.gives(&agent.changed(&changes));
        server.passes(301);
        let answer = amy.answers(&page, &[("decision", "allow")]).await;
        assert_page(&answer, 400, &changes.to_string());
        server.passes(2);
    }
}

/// CIMD-16: the ceiling, too, and the method that the tenant allows.
#[tokio::test]
async fn what_the_tenant_takes_back_is_not_in_the_code() {
    let (server, agent) = (clinic().await, DocumentServer::start());
    let app = agent.app(&server);
    let mut amy = Person::named(&server, "amy");
    let page = amy.goes_to(&app.standalone(SCOPE), "decision", None).await;
    server
        .tenant_becomes(|tenant| {
            let ceiling = rules::scope::ScopeSet::parse("openid launch/patient").set;
            tenant.client_documents.as_mut().expect("documents").scope = ceiling;
        })
        .await;
    let answer = amy.submits(&page, &[("decision", "allow")]).await.app();
    assert_eq!(app.exchanges(&answer.query("code").expect("a code")).await.scope(), "openid launch/patient");
}

/// CIMD-18: a yes to one description is none to another.
#[tokio::test]
async fn a_yes_is_to_what_the_document_said_on_the_page() {
    let (server, agent) = (clinic().await, DocumentServer::start());
    let app = agent.app(&server);
    let mut amy = Person::named(&server, "amy");
    let page = amy.goes_to(&app.standalone(SCOPE), "decision", None).await;
    agent.gives(&agent.changed(&json!({ "client_name": "Another" })));
    server.passes(301);
    let again = amy.submits(&page, &[("decision", "allow")]).await.page();
    assert!(again.answer.body.contains("Another") && again.asks("decision"));
    amy.submits(&again, &[("decision", "allow")]).await.app();
}

/// CIMD-17: method downgrade.
#[tokio::test]
async fn an_app_that_proves_itself_no_more_has_lost_what_it_was_given() {
    let (server, key) = (clinic().await, new_key());
    let keyed = Keyed::start(&key);
    let tokens = keyed.exchanges(&server, &key).await.json();
    let text = |name: &str| tokens[name].as_str().expect("a token").to_owned();
    keyed.0.gives(&keyed.0.document());
    server.passes(301);
    let refused = keyed.0.app(&server).sends_refresh(&text("refresh_token"), None).await;
    assert_eq!(refused.refusal(), "400 invalid_grant");
    assert_eq!(introspect(&server, &text("access_token")).await, json!({ "active": false }));
    // For good: the document of before does not bring it back.
    keyed.0.gives(&keyed.0.changed(&json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks": jwks(&[&key]) })));
    server.passes(301);
    let token = text("refresh_token");
    let form = [("grant_type", "refresh_token"), ("refresh_token", token.as_str())];
    assert_eq!(keyed.posts(&server, &key, "token", &form).await.refusal(), "400 invalid_grant");
}

/// CIMD-17: keys that move to another host, and keys that only change.
#[tokio::test]
async fn rotated_keys_end_nothing_and_keys_at_another_host_do() {
    let (server, key, next) = (clinic().await, new_key(), new_key());
    let keyed = Keyed::start(&key);
    let mut token = keyed.exchanges(&server, &key).await.json()["refresh_token"].as_str().expect("one").to_owned();
    let near = KeyServer::with(&[&next]);
    let far = near.url.replace("127.0.0.1", "localhost");
    for (keys, good) in [
        (json!({ "jwks": jwks(&[&next]) }), true),
        (json!({ "jwks_uri": near.url, "jwks": null }), true),
        (json!({ "jwks_uri": far, "jwks": null }), false),
    ] {
        let mut document = keyed.0.changed(&json!({ "token_endpoint_auth_method": "private_key_jwt" }));
        for (name, value) in keys.as_object().expect("members").iter().filter(|(_, value)| !value.is_null()) {
            document[name] = value.clone();
        }
        keyed.0.gives(&document);
        server.passes(301);
        let form = [("grant_type", "refresh_token"), ("refresh_token", token.as_str())];
        let answer = keyed.posts(&server, &next, "token", &form).await;
        match good {
            true => {
                token = answer.json()["refresh_token"]
                    .as_str()
                    .unwrap_or_else(|| panic!("{keys}: {}", answer.body))
                    .to_owned()
            }
            false => assert_eq!(answer.refusal(), "400 invalid_grant", "{keys}"),
        }
    }
}
