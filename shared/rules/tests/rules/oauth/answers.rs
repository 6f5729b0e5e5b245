//! The answers of the token endpoint and of introspection (TOK-8, TOK-9, TOK-14, LC-1; RFC 7662 §2.2).

use crate::given::{FHIR, ISSUER, NOW, ParseSet, fhir_server, tenant};
use crate::grant::approval;
use rules::{
    grant::{Approval, Refreshable},
    launch::LaunchContext,
    oauth::{authorization_details::authorization_details, introspection, token_response::TokenResponse},
    secret::Secret,
    tenant::{Tenant, TenantRecord},
    token::AccessTokenClaims,
};
use serde_json::{Value, json};

fn context() -> LaunchContext {
    let mut context = LaunchContext { patient: Some("amy-shaw".into()), ..LaunchContext::default() };
    context.extensions.insert("access_token".into(), json!("a stranger's"));
    context
}

fn answer(context: Option<&LaunchContext>, details: Option<Value>, refresh_token: Option<&Secret>) -> Value {
    let (access_token, id_token) = (Secret::new("access"), Secret::new("id"));
    let response = TokenResponse {
        access_token: &access_token,
        token_type: "Bearer",
        expires_in: 3600,
        scope: &"openid patient/*.rs".parse_set(),
        id_token: refresh_token.map(|_| &id_token),
        refresh_token,
        context: context
            .map(|context| Approval { context: context.clone(), ..approval(Refreshable::Never) }.context_members())
            .unwrap_or_default(),
        authorization_details: details,
    };
    response.to_json()
}

/// TOK-8, TOK-9.
#[test]
fn without_context_and_more_tokens_the_answer_has_four_members() {
    let members = json!({
        "access_token": "access", "token_type": "Bearer", "expires_in": 3600, "scope": "openid patient/*.rs",
    });
    assert_eq!(answer(None, None, None), members);
}

/// LC-1, LC-2, LCTX-6: no context can stand for a member of the protocol.
#[test]
fn the_context_lies_beside_the_tokens_and_replaces_none() {
    let refresh = Secret::new("refresh");
    let members = json!({
        "access_token": "access", "token_type": "Bearer", "expires_in": 3600, "scope": "openid patient/*.rs",
        "patient": "amy-shaw", "id_token": "id", "refresh_token": "refresh", "authorization_details": [1],
    });
    assert_eq!(answer(Some(&context()), Some(json!([1])), Some(&refresh)), members);
}

fn with_servers(urls: &[&str]) -> Tenant {
    Tenant { fhir_servers: urls.iter().map(|url| fhir_server(url)).collect(), ..tenant() }
}

/// TOK-14.
#[test]
fn the_server_is_named_where_there_are_several() {
    let two = with_servers(&[FHIR, "https://two.example"]);
    let details = json!([
        { "type": "smart_on_fhir", "locations": ["https://two.example"], "fhirVersions": ["4.0.1"] }
    ]);
    assert_eq!(authorization_details(&two, "https://two.example/"), Some(details));
    assert_eq!(authorization_details(&two, "https://three.example"), None);
    assert_eq!(authorization_details(&with_servers(&[FHIR]), FHIR), None);
}

fn introspected(tenant: &Tenant, fhir_user: Option<&str>, approval: Option<&Approval>) -> Value {
    let record = TenantRecord { tenant: tenant.clone(), keys: Vec::new() };
    let claims = AccessTokenClaims::of_client(&record, "app", FHIR, &"system/*.rs".parse_set(), 300, NOW);
    let claims = AccessTokenClaims { fhir_user: fhir_user.map(str::to_owned), jti: "j".into(), ..claims };
    introspection::active(tenant, &claims, approval)
}

#[test]
fn a_token_that_is_not_good_is_told_by_nothing_but_that() {
    assert_eq!(introspection::inactive(), json!({ "active": false }));
}

#[test]
fn a_good_token_is_told_with_its_claims() {
    let members = json!({
        "active": true, "token_type": "Bearer", "scope": "system/*.rs", "client_id": "app", "iss": ISSUER, "sub": "app",
        "aud": FHIR, "iat": NOW.0, "nbf": NOW.0, "exp": NOW.0 + 300, "jti": "j",
    });
    assert_eq!(introspected(&tenant(), None, None), members);
    let more = introspected(&with_servers(&[FHIR, "https://two.example"]), Some("https://x/Patient/1"), None);
    assert_eq!(more["fhirUser"], "https://x/Patient/1");
    assert_eq!(more["authorization_details"][0]["locations"], json!([FHIR]));
}

/// SMART 2.2, token introspection: the launch context comes with it.
#[test]
fn a_token_that_a_person_approved_is_told_with_its_context() {
    let approval = Approval { context: context(), ..approval(Refreshable::Never) };
    let told = introspected(&tenant(), None, Some(&approval));
    assert_eq!((&told["patient"], &told["active"], &told["sub"]), (&json!("amy-shaw"), &json!(true), &json!("app")));
}
