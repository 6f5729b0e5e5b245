//! What a tenant publishes about itself (DISC-5 to DISC-24, OIDC-5, KT-9).

use crate::given::{ISSUER, tenant};
use rules::{
    oauth::metadata::{authorization_server, openid_configuration, smart_configuration},
    tenant::{
        AuthenticationMethod::{self, *},
        GrantType::{self, *},
        Policy, PushedRequests, SecondFactor, SigningAlg, Tenant, UnlistedEndpoint,
    },
};
use serde_json::{Value, json};

fn with(change: impl FnOnce(&mut Policy)) -> Tenant {
    let mut tenant = tenant();
    change(&mut tenant.policy);
    tenant
}

fn offering(grants: &[GrantType]) -> Tenant {
    with(|policy| policy.grant_types = grants.iter().copied().collect())
}

fn taking(methods: &[AuthenticationMethod]) -> Tenant {
    with(|policy| policy.client_authentication_methods = methods.iter().copied().collect())
}

fn has(document: &Value, member: &str, text: &str) -> bool {
    document[member].as_array().unwrap().iter().any(|item| item == text)
}

/// DISC-4.
#[test]
fn every_document_names_the_endpoints_under_the_issuer() {
    for document in [smart_configuration, openid_configuration, authorization_server] {
        let document = document(&tenant());
        for (member, path) in [
            ("token_endpoint", "token"),
            ("introspection_endpoint", "introspect"),
            ("revocation_endpoint", "revoke"),
            ("jwks_uri", ".well-known/jwks.json"),
            ("authorization_endpoint", "authorize"),
            ("management_endpoint", "manage"),
        ] {
            assert_eq!(document[member], format!("{ISSUER}/{path}"), "{member}");
        }
        assert_eq!(document["issuer"], ISSUER);
        assert_eq!(document["code_challenge_methods_supported"], json!(["S256"]), "DISC-10");
    }
}

/// DISC-5, DISC-7, DISC-23.
#[test]
fn a_tenant_of_backend_services_alone_signs_nobody_in() {
    let smart = smart_configuration(&offering(&[ClientCredentials]));
    for member in ["issuer", "authorization_endpoint", "userinfo_endpoint", "management_endpoint"] {
        assert!(smart.get(member).is_none(), "{member}");
    }
    assert_eq!(smart["response_types_supported"], json!([]));
    assert_eq!(smart["scopes_supported"], json!(["system/*.cruds", "system/*.rs", "system/*.read"]));
    assert_eq!(smart["capabilities"], json!(["client-confidential-asymmetric", "permission-v1", "permission-v2"]));
    let openid = openid_configuration(&offering(&[ClientCredentials]));
    assert_eq!(openid["issuer"], ISSUER);
    assert!(openid.get("prompt_values_supported").is_none());
}

/// DISC-9: SMART's document knows two grants.
#[test]
fn grants_are_named_as_far_as_a_document_knows_them() {
    let all = offering(&GrantType::ALL);
    assert_eq!(smart_configuration(&all)["grant_types_supported"], json!(["authorization_code", "client_credentials"]));
    assert_eq!(
        authorization_server(&all)["grant_types_supported"],
        json!(["authorization_code", "refresh_token", "client_credentials", "implicit", "password"])
    );
}

#[test]
fn the_implicit_grant_brings_its_response_type_and_its_mode() {
    let [with, without] = [offering(&GrantType::ALL), tenant()].map(|tenant| authorization_server(&tenant));
    assert_eq!(with["response_types_supported"], json!(["code", "token"]));
    assert_eq!(with["response_modes_supported"], json!(["query", "fragment"]));
    assert_eq!(without["response_types_supported"], json!(["code"]));
    assert_eq!(without["response_modes_supported"], json!(["query"]));
}

/// DISC-12, DISC-13.
/// PAR-10; RFC 9126 §5: it says nothing of an app's own request objects.
#[test]
fn pushed_requests_are_named_only_where_they_are_taken() {
    let (endpoint, required) = ("pushed_authorization_request_endpoint", "require_pushed_authorization_requests");
    for document in [smart_configuration, openid_configuration, authorization_server] {
        let of = |how| document(&with(|policy| policy.pushed_authorization_requests = how));
        assert_eq!(of(PushedRequests::Off), document(&tenant()));
        assert!(of(PushedRequests::Off).get(endpoint).is_none() && of(PushedRequests::Off).get(required).is_none());
        for (how, must) in [(PushedRequests::Accepted, false), (PushedRequests::Required, true)] {
            assert_eq!(of(how)[endpoint], format!("{ISSUER}/par"));
            assert_eq!(of(how)[required], must);
        }
        let alone = with(|policy| {
            policy.pushed_authorization_requests = PushedRequests::Accepted;
            policy.grant_types = [ClientCredentials].into();
        });
        assert!(document(&alone).get(endpoint).is_none());
    }
    let openid = openid_configuration(&with(|policy| policy.pushed_authorization_requests = PushedRequests::Required));
    assert_eq!(openid["request_uri_parameter_supported"], false);
}

#[test]
fn ways_of_authentication_are_those_that_the_tenant_takes() {
    let (smart, oauth) = (smart_configuration(&tenant()), authorization_server(&tenant()));
    let methods = "token_endpoint_auth_methods_supported";
    assert_eq!(smart[methods], json!(["client_secret_basic", "client_secret_post", "private_key_jwt"]));
    assert_eq!(oauth[methods], json!(["client_secret_basic", "client_secret_post", "private_key_jwt", "none"]));
    assert_eq!(oauth["revocation_endpoint_auth_methods_supported"], oauth[methods]);
    assert_eq!(oauth["introspection_endpoint_auth_methods_supported"], smart[methods]);
    assert_eq!(smart_configuration(&taking(&[PrivateKeyJwt]))[methods], json!(["private_key_jwt"]));
    assert!(has(&smart, "token_endpoint_auth_signing_alg_values_supported", "RS384"));
}

/// DISC-20.
#[test]
fn capabilities_follow_from_the_policy() {
    for (capability, tenant, there) in [
        ("launch-ehr", tenant(), true),
        ("launch-ehr", offering(&[ClientCredentials]), false),
        ("sso-openid-connect", tenant(), true),
        ("client-public", tenant(), true),
        ("client-public", taking(&[PrivateKeyJwt]), false),
        ("client-confidential-asymmetric", tenant(), true),
        ("client-confidential-asymmetric", taking(&[None]), false),
        ("client-confidential-symmetric", taking(&[ClientSecretBasic]), true),
        ("client-confidential-symmetric", taking(&[ClientSecretPost]), true),
        ("client-confidential-symmetric", taking(&[None, PrivateKeyJwt]), false),
        ("permission-offline", tenant(), true),
        ("permission-offline", offering(&[AuthorizationCode]), false),
        ("permission-v1", tenant(), true),
    ] {
        assert_eq!(has(&smart_configuration(&tenant), "capabilities", capability), there, "{capability}");
    }
}

/// DISC-14.
#[test]
fn scopes_are_those_that_the_grants_can_give() {
    for (scope, tenant, there) in [
        ("openid", tenant(), true),
        ("patient/*.rs", tenant(), true),
        ("offline_access", tenant(), true),
        ("offline_access", offering(&[AuthorizationCode]), false),
        ("system/*.rs", tenant(), true),
        ("system/*.rs", offering(&[AuthorizationCode]), false),
    ] {
        assert_eq!(has(&smart_configuration(&tenant), "scopes_supported", scope), there, "{scope}");
    }
}

/// DISC-19, SCP-17, KT-9.
#[test]
fn an_ecosystem_may_want_other_lists_and_fewer_endpoints() {
    let tenant = with(|policy| {
        policy.capabilities = Some(vec!["own".into()]);
        policy.scopes_supported = Some(vec!["system/*.cruds?resource-origin=".into()]);
        policy.unlisted_endpoints = [UnlistedEndpoint::RevocationEndpoint].into();
    });
    let smart = smart_configuration(&tenant);
    assert_eq!(smart["capabilities"], json!(["own"]));
    assert_eq!(smart["scopes_supported"], json!(["system/*.cruds?resource-origin="]));
    assert!(smart.get("issuer").is_none(), "DISC-5: it no longer promises sign-in");
    for document in [smart, authorization_server(&tenant)] {
        let said: Vec<&String> =
            document.as_object().unwrap().keys().filter(|name| name.contains("revocation")).collect();
        assert!(said.is_empty(), "{said:?}");
        assert!(document.get("introspection_endpoint").is_some());
    }
}

/// DISC-17.
#[test]
fn a_brand_is_named_where_the_tenant_has_one() {
    let tenant = with(|policy| {
        policy.brand_bundle = Some("https://brand.example/bundle".into());
        policy.brand_identifier = Some(json!({ "value": "x" }));
    });
    let smart = smart_configuration(&tenant);
    assert_eq!(smart["user_access_brand_bundle"], "https://brand.example/bundle");
    assert_eq!(smart["user_access_brand_identifier"], json!({ "value": "x" }));
    assert!(smart_configuration(&self::tenant()).get("user_access_brand_bundle").is_none());
}

/// OIDC-18: those that the tenant has keys of, and RS256 among them.
#[test]
fn openid_tells_what_id_tokens_can_be_signed_with() {
    for (alg, offered) in [
        (SigningAlg::ES256, json!(["RS256", "ES256"])),
        (SigningAlg::RS256, json!(["RS256"])),
        (SigningAlg::ES384, json!(["RS256"])),
        (SigningAlg::RS384, json!(["RS256"])),
    ] {
        let document = openid_configuration(&with(|policy| policy.access_token_alg = alg));
        assert_eq!(document["id_token_signing_alg_values_supported"], offered, "{alg:?}");
    }
}

/// OIDC-5.
#[test]
fn openid_tells_how_well_people_can_sign_in() {
    let strong = openid_configuration(&with(|policy| policy.second_factor = SecondFactor::Optional));
    let multi_factor = "http://schemas.openid.net/pape/policies/2007/06/multi-factor";
    assert_eq!(strong["acr_values_supported"], json!([multi_factor]));
    assert!(openid_configuration(&tenant()).get("acr_values_supported").is_none());
    assert_eq!(strong["prompt_values_supported"], json!(["none", "login", "consent", "select_account"]));
}

/// CIMD-12: said while it is so, and not a word otherwise.
#[test]
fn a_tenant_that_takes_documents_says_so_in_every_document() {
    let mut taking = tenant();
    taking.client_documents = Some(serde_json::from_value(json!({ "hosts": ["*"], "scope": "openid" })).unwrap());
    for document in [smart_configuration, openid_configuration, authorization_server] {
        assert_eq!(document(&taking)["client_id_metadata_document_supported"], json!(true));
        let mut with = document(&taking);
        let members = with.as_object_mut().unwrap();
        members.remove("client_id_metadata_document_supported");
        members.remove("protected_resources");
        assert_eq!(with, document(&tenant()));
    }
    // RFC 9728 §4. SMART's document has no such member.
    assert_eq!(authorization_server(&taking)["protected_resources"], json!([crate::given::FHIR]));
    assert!(smart_configuration(&taking).get("protected_resources").is_none());
    for method in ["none", "private_key_jwt"] {
        assert!(has(&authorization_server(&taking), "token_endpoint_auth_methods_supported", method), "{method}");
    }
    assert!(!has(&smart_configuration(&taking), "token_endpoint_auth_methods_supported", "none"));
}
