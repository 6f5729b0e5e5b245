//! CIMD-11, CIMD-12, CIMD-13: the client that a document describes.

use super::{ADDRESS, CALLBACK, address, of, reads, taking};
use crate::{
    given::{NOW, ParseSet, app, key, tenant},
    grant::approval,
};
use rules::{
    client::{
        AccessTokenFormat, AsksConsent, Client, ClientAuthentication, Pkce, RegisteredKeys,
        document::{
            changes::DocumentThen,
            described::{allowed, client, is_near, is_switched_off, named, of_grant, to_switch_off},
            hosts::Blocked,
        },
    },
    grant::{Grant, GrantId, GrantState, Refreshable},
    secret::SecretHash,
    tenant::{AuthenticationMethod, DpopUse, GrantType, SigningAlg, Tenant},
};
use serde_json::json;

#[test]
fn it_is_a_client_like_any_other_and_never_more() {
    let client = of(&json!({ "grant_types": ["client_credentials", "password"], "logo_uri": "https://a.example/l" }));
    assert_eq!(client.tenant, tenant().id);
    assert_eq!(
        (client.client_id.as_str(), client.client_name.as_str(), client.known_as()),
        (ADDRESS, "Agent Smith", "agent.example")
    );
    assert_eq!(client.grant_types, [GrantType::AuthorizationCode, GrantType::RefreshToken].into());
    assert!(client.is_public() && !client.verified && !client.disabled);
    assert!(client.logo_uri.is_none() && client.client_uri.is_none() && client.role.is_none());
    assert_eq!((client.consent, client.pkce), (AsksConsent::Ask, Pkce::Required));
    assert_eq!(client.access_token_format, AccessTokenFormat::Jwt);
    assert_eq!(client.scope, taking().client_documents.unwrap().scope);
    assert_eq!(client.origins, ["https://agent.example".to_owned()].into());
    let origin = client.origin.clone().unwrap();
    assert_eq!((origin.hash, origin.fresh_until), (reads(&json!({})).unwrap().hash(), NOW.plus(60)));
    assert!(!client.is_local());
    assert!(of(&json!({ "redirect_uris": ["http://localhost/cb", "http://127.0.0.1/cb"] })).is_local());
    assert_eq!(app().known_as(), app().client_name);
    // Where it comes from is written nowhere: the table has what somebody registered.
    assert!(serde_json::to_value(&client).unwrap().get("origin").is_none());
}

#[test]
fn its_keys_are_those_of_its_document() {
    let keys = json!({ "keys": [key(SigningAlg::ES384).public] });
    let inline = of(&json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks": keys }));
    assert!(
        matches!(inline.authentication, ClientAuthentication::PrivateKeyJwt { keys: RegisteredKeys::Jwks(set) } if set.keys.len() == 1)
    );
    let url = "https://keys.example/jwks";
    let elsewhere = of(&json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks_uri": url }));
    assert!(
        matches!(elsewhere.authentication, ClientAuthentication::PrivateKeyJwt { keys: RegisteredKeys::JwksUri(own) } if own == url)
    );
}

/// The ceiling, and less where the document says less; services' scopes and powers never.
#[test]
fn its_scope_is_within_the_ceiling_and_its_document() {
    let mut tenant = taking();
    tenant.client_documents.as_mut().unwrap().scope =
        "openid patient/*.rs system/*.rs https://mcp.example/tools __introspect __x".parse_set();
    for (document, scope) in [
        (json!({}), "openid patient/*.rs https://mcp.example/tools"),
        (json!({ "scope": "patient/Observation.rs user/*.rs system/*.rs __introspect" }), "patient/Observation.rs"),
        (json!({ "scope": "email" }), ""),
    ] {
        let found = client(&tenant, address(ADDRESS), &reads(&document).unwrap(), NOW).unwrap();
        assert_eq!(found.scope, scope.parse_set(), "{document}");
    }
}

/// RFC 9449 §5.2. Where nothing can be bound, it is a word like any other.
#[test]
fn it_can_ask_for_nothing_but_bound_tokens() {
    let mut binding = taking();
    binding.fhir_servers[0].dpop = DpopUse::Accepted;
    for (tenant, said, bound) in
        [(&binding, json!(true), true), (&binding, json!(false), false), (&taking(), json!(true), false)]
    {
        let document = reads(&json!({ "dpop_bound_access_tokens": said })).unwrap();
        let found = client(tenant, address(ADDRESS), &document, NOW).unwrap();
        assert_eq!(found.dpop_bound_access_tokens, bound, "{said}");
    }
    assert!(reads(&json!({ "dpop_bound_access_tokens": "true" })).is_err());
}

#[test]
fn its_answers_go_to_any_port_of_its_persons_machine() {
    let client = of(&json!({ "redirect_uris": [CALLBACK, "http://127.0.0.1/cb", "http://localhost:3000/cb?x=1"] }));
    let off = Client {
        origin: client
            .origin
            .clone()
            .map(|origin| rules::client::document::origin::DocumentOrigin { localhost_any_port: false, ..origin }),
        ..client.clone()
    };
    let registered = Client { origin: None, ..client.clone() };
    for (uri, good, good_off) in [
        (CALLBACK, true, true),
        ("http://127.0.0.1:5000/cb", true, true),
        ("http://localhost:3000/cb?x=1", true, true),
        ("http://localhost:5000/cb?x=1", true, false),
        ("http://localhost/cb?x=1", true, false),
        ("http://localhost:5000/cb", false, false),
        ("http://localhost:99999/cb?x=1", false, false),
        ("http://localhostx:5000/cb?x=1", false, false),
        ("https://localhost:5000/cb?x=1", false, false),
        ("https://agent.example:5000/callback", false, false),
    ] {
        assert_eq!(client.registers_redirect(uri), good, "{uri}");
        assert_eq!(off.registers_redirect(uri), good_off, "{uri}");
        assert_eq!(registered.registers_redirect(uri), good_off, "{uri}");
    }
}

#[test]
fn an_address_is_allowed_as_the_tenant_says_today() {
    assert!(allowed(ADDRESS, &taking()).is_some() && named(ADDRESS, &taking()).is_some());
    assert_eq!(named(ADDRESS, &taking()).unwrap().known_as(), "agent.example");
    let mut blocking = taking();
    blocking.client_documents.as_mut().unwrap().blocked = vec![Blocked::parse(ADDRESS).unwrap()];
    for (id, tenant) in [(ADDRESS, tenant()), (ADDRESS, blocking), ("app", taking()), ("https://a.example", taking())] {
        assert!(allowed(id, &tenant).is_none() && named(id, &tenant).is_none(), "{id}");
    }
    let near = "http://localhost:1/a";
    assert!(!is_near(&taking()) && allowed(near, &taking()).is_none());
    let mut laptop = taking();
    laptop.policy.loopback_key_sets = true;
    assert!(is_near(&laptop) && allowed(near, &laptop).is_some());
}

/// CIMD-21.
#[test]
fn an_operator_switches_off_what_nobody_registered() {
    let off = to_switch_off(ADDRESS, &taking()).unwrap();
    assert!(off.disabled && off.origin.is_none() && is_switched_off(&off));
    for (id, tenant) in [("app", taking()), (ADDRESS, tenant()), ("https://a.example", taking())] {
        assert!(to_switch_off(id, &tenant).is_none(), "{id}");
    }
    for other in [
        Client { disabled: false, ..off.clone() },
        Client { client_id: "app".into(), ..off.clone() },
        Client { redirect_uris: of(&json!({})).redirect_uris, ..off },
    ] {
        assert!(!is_switched_off(&other));
    }
}

fn grant(client: &Client) -> Grant {
    let approval = rules::grant::Approval {
        redirect_uri: CALLBACK.into(),
        document: DocumentThen::of(client),
        ..approval(Refreshable::Never)
    };
    let state = GrantState::CodeIssued { code: SecretHash::of("x"), expires_at: NOW };
    Grant {
        tenant: tenant().id,
        id: GrantId::random(),
        client_id: client.client_id.clone(),
        approval,
        listed_until: NOW,
        state,
    }
}

/// A token is judged by what its grant remembers and by what the tenant says today.
#[test]
fn a_grant_remembers_what_its_tokens_are_judged_by() {
    let public = of_grant(&grant(&of(&json!({}))), &taking()).unwrap();
    assert!(public.is_public() && public.registers_redirect(CALLBACK));
    assert_eq!(
        (public.scope, public.origins),
        (taking().client_documents.unwrap().scope, ["https://agent.example".to_owned()].into())
    );
    let keyed = json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "https://keys.example/jwks" });
    let keyed = of_grant(&grant(&of(&keyed)), &taking()).unwrap();
    assert_eq!(keyed.authentication.method(), AuthenticationMethod::PrivateKeyJwt);
    assert!(of_grant(&grant(&of(&json!({}))), &tenant()).is_none(), "the tenant takes none any more");
    assert!(of_grant(&grant(&app()), &taking()).is_none(), "somebody registered it");
}

#[test]
fn without_the_switch_there_is_no_such_client() {
    let without: Tenant = tenant();
    assert!(client(&without, address(ADDRESS), &reads(&json!({})).unwrap(), NOW).is_none());
}
