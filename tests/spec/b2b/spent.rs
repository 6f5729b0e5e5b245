//! A bad object uses nothing up, and a good one is its own client's (ASYM-7, B2B-7).

use super::{bringing, but, carried, payer, refused, server, service, shows, smallest};
use crate::authority::client_becomes;
use kit::app::{assertion_form, introspect};
use rules::tenant::CONFIGURATION_AGE;
use serde_json::json;

#[tokio::test]
async fn a_bad_object_does_not_use_up_its_assertion() {
    let server = server().await;
    let bad = but(smallest(), "version", json!("2"));
    let one = |object| bringing(&payer(&server), json!({ "hl7-b2b": object })).with_claim("jti", json!("one")).sign();
    server.calls.take();
    refused(&server, &one(bad), "the jti of a bad one").await;
    assert!(!server.calls.take().iter().any(|call| call.contains("Put") || call.contains("Write")), "it was written");
    assert_eq!(shows(&server, &one(smallest())).await.status, 200);
    assert_eq!(shows(&server, &one(smallest())).await.refusal(), "401 invalid_client");
}

#[tokio::test]
async fn of_two_requests_with_one_assertion_at_two_instances_one_gets_a_token() {
    let server = server().await;
    let second = server.second_instance();
    let jwt = bringing(&payer(&server), json!({ "hl7-b2b": smallest() })).sign();
    let (one, other) = tokio::join!(shows(&server, &jwt), shows(&second, &jwt));
    let mut found = [one.status, other.status];
    found.sort_unstable();
    assert_eq!(found, [200, 401]);
}

/// What is wrong with an object is told to its signer alone.
#[tokio::test]
async fn a_stranger_learns_nothing_of_objects() {
    let server = server().await;
    let object = json!({ "hl7-b2b": but(smallest(), "organization_id", json!("https://other.example")) });
    let jwt = bringing(&payer(&server), object).signed_by_a_stranger();
    assert_eq!(shows(&server, &jwt).await.refusal(), "401 invalid_client");
}

/// B2B-7: one client's organization is no other's, and no tenant's client is another's.
#[tokio::test]
async fn a_client_speaks_for_its_own_organizations_and_at_its_own_tenant() {
    let server = server().await;
    let extensions = json!({ "hl7-b2b": smallest() });
    client_becomes(&server, "opaque-payer", |client| client.organization_ids = ["https://b.example".to_owned()].into())
        .await;
    server.passes(CONFIGURATION_AGE);
    let found = refused(&server, &bringing(&service(&server, "opaque-payer"), extensions.clone()).sign(), "b").await;
    assert_eq!(found, "extensions: hl7-b2b: organization_id is not one that this client is registered for");
    let elsewhere = bringing(&payer(&server), extensions).with_claim("aud", json!("https://auth.example/other/token"));
    let proof = assertion_form(&elsewhere.sign());
    let mut form = vec![("grant_type", "client_credentials"), ("scope", "system/*.rs")];
    form.extend(proof.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    assert_eq!(server.post("/other/token", &form, &[]).await.refusal(), "401 invalid_client");
}

/// An organization that leaves takes its tokens with it, wherever somebody asks.
#[tokio::test]
async fn a_token_for_an_organization_ends_when_the_client_may_no_longer_speak_for_it() {
    let server = server().await;
    let app = payer(&server);
    let answer = shows(&server, &bringing(&app, json!({ "hl7-b2b": smallest() })).sign()).await.json();
    let token = answer["access_token"].as_str().expect("a token").to_owned();
    let is_active = async || introspect(&server, &token).await["active"] == true;
    assert!(is_active().await);
    let payers = ["https://payer.example".to_owned()];
    for (case, organizations, extensions, holds) in [
        ("another", vec!["https://b.example".to_owned()], vec!["hl7-b2b"], false),
        ("again", payers.to_vec(), vec!["hl7-b2b"], true),
        ("none", Vec::new(), Vec::new(), false),
    ] {
        client_becomes(&server, "payer", |client| {
            client.organization_ids = organizations.into_iter().collect();
            client.extensions = extensions.into_iter().map(str::to_owned).collect();
        })
        .await;
        server.passes(CONFIGURATION_AGE);
        assert_eq!(is_active().await, holds, "{case}");
    }
}

/// B2B-6: so do tokens for a purpose that the community gives up.
#[tokio::test]
async fn a_token_for_a_purpose_ends_with_the_purpose() {
    let server = server().await;
    let answer = shows(&server, &bringing(&payer(&server), json!({ "hl7-b2b": smallest() })).sign()).await.json();
    let token = answer["access_token"].as_str().expect("a token").to_owned();
    server.tenant_becomes(|tenant| tenant.b2b.purposes = vec!["HPAYMT".to_owned()]).await;
    assert_eq!(introspect(&server, &token).await, json!({ "active": false }));
    carried(&server, json!({ "hl7-b2b": but(smallest(), "purpose_of_use", json!(["HPAYMT"])) })).await;
}
