//! What a tenant publishes about itself: a pure function of its configuration (DISC-22).

use crate::{
    brands::hosted,
    credentials::methods::supported,
    signing_keys::rotation::id_token_algorithms,
    tenant::{AuthenticationMethod, GrantType, Guarded, HTI, PushedRequests, SigningAlg, Tenant},
};
use serde_json::{Map, Value, json};

/// `.well-known/smart-configuration` (SMART App Launch 2.2, conformance).
pub fn smart_configuration(tenant: &Tenant) -> Value {
    let mut document = common(tenant);
    // Without sign-in there is no issuer in this document (DISC-5), and it knows two grants only (DISC-9).
    document.insert("grant_types_supported".into(), json!(smart_grant_types(tenant)));
    let capabilities = capabilities(tenant);
    if !capabilities.iter().any(|capability| capability == "sso-openid-connect") {
        document.remove("issuer");
    }
    document.insert("capabilities".into(), json!(capabilities));
    if let Some(bundle) = &tenant.policy.brand_bundle {
        document.insert("user_access_brand_bundle".into(), json!(bundle));
    }
    if let Some((bundle, primary)) = hosted(tenant) {
        document.insert("user_access_brand_bundle".into(), json!(bundle));
        if let Some(primary) = primary {
            document.insert("user_access_brand_identifier".into(), json!(primary));
        }
    }
    if let Some(identifier) = &tenant.policy.brand_identifier {
        document.insert("user_access_brand_identifier".into(), identifier.clone());
    }
    Value::Object(document)
}

/// `.well-known/openid-configuration` (OpenID Connect Discovery §3).
pub fn openid_configuration(tenant: &Tenant) -> Value {
    let mut document = authorization_server_members(tenant);
    document.insert("subject_types_supported".into(), json!(["public"]));
    let algorithms: Vec<&str> = id_token_algorithms(tenant).into_iter().map(SigningAlg::as_str).collect();
    document.insert("id_token_signing_alg_values_supported".into(), json!(algorithms));
    document.insert(
        "claims_supported".into(),
        json!([
            "iss",
            "sub",
            "aud",
            "exp",
            "iat",
            "auth_time",
            "nonce",
            "at_hash",
            "amr",
            "acr",
            "fhirUser",
            "name",
            "preferred_username",
            "profile"
        ]),
    );
    if launches(tenant) {
        document.insert("prompt_values_supported".into(), json!(["none", "login", "consent", "select_account"]));
    }
    let acr_values = supported(tenant);
    if !acr_values.is_empty() {
        document.insert("acr_values_supported".into(), json!(acr_values));
    }
    document.insert("claims_parameter_supported".into(), json!(false));
    document.insert("request_parameter_supported".into(), json!(false));
    document.insert("request_uri_parameter_supported".into(), json!(false));
    Value::Object(document)
}

/// `/.well-known/oauth-authorization-server/{tenant}` (RFC 8414 §2).
pub fn authorization_server(tenant: &Tenant) -> Value {
    Value::Object(authorization_server_members(tenant))
}

fn authorization_server_members(tenant: &Tenant) -> Map<String, Value> {
    let mut document = common(tenant);
    let grants: Vec<&str> = tenant.policy.grant_types.iter().map(|grant| grant.as_str()).collect();
    document.insert("grant_types_supported".into(), json!(grants));
    document.insert("response_modes_supported".into(), json!(["query"]));
    if tenant.policy.grant_types.contains(&GrantType::Implicit) {
        document.insert("response_types_supported".into(), json!(["code", "token"]));
        document.insert("response_modes_supported".into(), json!(["query", "fragment"]));
    }
    document.insert("authorization_response_iss_parameter_supported".into(), json!(true));
    if tenant.client_documents.is_some() {
        // RFC 9728 §4. An app that nobody registered finds the way from either end.
        let servers: Vec<&str> = tenant.guarded().map(Guarded::url).collect();
        document.insert("protected_resources".into(), json!(servers));
    }
    if let Some(docs) = &tenant.docs {
        let page = tenant.issuer.endpoint("docs");
        document.insert("op_tos_uri".into(), json!(docs.terms));
        document
            .insert("op_policy_uri".into(), json!(docs.data_use.clone().unwrap_or_else(|| format!("{page}#terms"))));
        document.insert("service_documentation".into(), json!(page));
    }
    let everybody = json!(methods(tenant, |_| true));
    document.insert("token_endpoint_auth_methods_supported".into(), everybody.clone());
    document.insert("revocation_endpoint_auth_methods_supported".into(), everybody);
    document.insert("introspection_endpoint_auth_methods_supported".into(), confidential(tenant));
    for name in ["revocation", "introspection"] {
        document.insert(
            format!("{name}_endpoint_auth_signing_alg_values_supported"),
            json!(tenant.policy.profile.assertion_algorithms()),
        );
    }
    unlist(tenant, &mut document);
    document
}

/// How the clients of a tenant may authenticate.
fn methods(tenant: &Tenant, which: impl Fn(AuthenticationMethod) -> bool) -> Vec<&'static str> {
    let allowed = tenant.policy.authentication_methods();
    allowed.filter(|method| which(*method)).map(AuthenticationMethod::as_str).collect()
}

/// SMART's document says how a client authenticates, and `none` is no way to (DISC-12); introspection is for callers who do.
fn confidential(tenant: &Tenant) -> Value {
    json!(methods(tenant, |method| method != AuthenticationMethod::None))
}

/// An endpoint that is not named, with all that would be said of it.
fn unlist(tenant: &Tenant, document: &mut Map<String, Value>) {
    let unlisted = |member: &str| tenant.policy.unlisted_endpoints.iter().any(|one| member.starts_with(one.as_str()));
    document.retain(|member, _| !unlisted(member));
}

/// Members that all three documents share.
fn common(tenant: &Tenant) -> Map<String, Value> {
    let endpoint = |path: &str| json!(tenant.issuer.endpoint(path));
    let mut document = Map::new();
    document.insert("issuer".into(), json!(tenant.issuer.as_str()));
    document.insert("jwks_uri".into(), endpoint(".well-known/jwks.json"));
    document.insert("token_endpoint".into(), endpoint("token"));
    document.insert("introspection_endpoint".into(), json!(tenant.introspection_endpoint()));
    document.insert("revocation_endpoint".into(), endpoint("revoke"));
    document.insert("token_endpoint_auth_methods_supported".into(), confidential(tenant));
    document.insert(
        "token_endpoint_auth_signing_alg_values_supported".into(),
        json!(tenant.policy.profile.assertion_algorithms()),
    );
    document.insert("scopes_supported".into(), json!(scopes(tenant)));
    if launches(tenant) {
        document.insert("authorization_endpoint".into(), endpoint("authorize"));
        document.insert("userinfo_endpoint".into(), endpoint("userinfo"));
        document.insert("end_session_endpoint".into(), endpoint("logout"));
        document.insert("management_endpoint".into(), endpoint("manage"));
        document.insert("response_types_supported".into(), json!(["code"]));
        pushed_requests(tenant, &mut document);
    } else {
        // RFC 8414 §2 requires the member even where no response type is left.
        document.insert("response_types_supported".into(), json!([]));
    }
    if tenant.takes_dpop() {
        document.insert("dpop_signing_alg_values_supported".into(), json!(tenant.policy.profile.proof_algorithms()));
    }
    document.insert("code_challenge_methods_supported".into(), json!(["S256"]));
    if tenant.client_documents.is_some() {
        document.insert("client_id_metadata_document_supported".into(), json!(true));
    }
    unlist(tenant, &mut document);
    document
}

/// RFC 9126 §5. What a push is answered with is good "regardless of other authorization server metadata such as
/// `request_uri_parameter_supported`", which is about an app's own request objects and stays false.
fn pushed_requests(tenant: &Tenant, document: &mut Map<String, Value>) {
    let required = match tenant.policy.pushed_authorization_requests {
        PushedRequests::Off => return,
        PushedRequests::Accepted => false,
        PushedRequests::Required => true,
    };
    document.insert("pushed_authorization_request_endpoint".into(), json!(tenant.issuer.endpoint("par")));
    document.insert("require_pushed_authorization_requests".into(), json!(required));
}

fn launches(tenant: &Tenant) -> bool {
    tenant.policy.grant_types.contains(&GrantType::AuthorizationCode)
}

fn smart_grant_types(tenant: &Tenant) -> Vec<&'static str> {
    let in_smart = |grant: &&GrantType| matches!(grant, GrantType::AuthorizationCode | GrantType::ClientCredentials);
    tenant.policy.grant_types.iter().filter(in_smart).map(|grant| grant.as_str()).collect()
}

fn capabilities(tenant: &Tenant) -> Vec<String> {
    if let Some(own) = &tenant.policy.capabilities {
        return own.clone();
    }
    let refreshes = tenant.policy.grant_types.contains(&GrantType::RefreshToken);
    let allows = |method: &AuthenticationMethod| tenant.policy.lets_authenticate_by(*method);
    let mut capabilities = vec!["permission-v1", "permission-v2"];
    if allows(&AuthenticationMethod::PrivateKeyJwt) {
        capabilities.insert(0, "client-confidential-asymmetric");
    }
    if launches(tenant) {
        capabilities.extend([
            "launch-ehr",
            "launch-standalone",
            "authorize-post",
            "sso-openid-connect",
            "context-banner",
            "context-style",
            "context-ehr-patient",
            "context-ehr-encounter",
            "context-standalone-patient",
            "context-standalone-encounter",
            "permission-patient",
            "permission-user",
        ]);
        if tenant.hti.is_some() {
            capabilities.push(HTI);
        }
        if allows(&AuthenticationMethod::None) {
            capabilities.push("client-public");
        }
        if allows(&AuthenticationMethod::ClientSecretBasic) || allows(&AuthenticationMethod::ClientSecretPost) {
            capabilities.push("client-confidential-symmetric");
        }
        if refreshes {
            capabilities.extend(["permission-offline", "permission-online"]);
        }
    }
    // There, requests are pushed, and the authorization endpoint gets no more than their name (FAPI 2.0 §5.3.2.2).
    let claims = |capability: &&str| *capability != "authorize-post" || tenant.policy.profile.is_smart();
    capabilities.into_iter().filter(claims).map(str::to_owned).collect()
}

fn scopes(tenant: &Tenant) -> Vec<String> {
    if let Some(own) = &tenant.policy.scopes_supported {
        return own.clone();
    }
    let mut scopes = Vec::new();
    if launches(tenant) {
        scopes.extend(["openid", "fhirUser", "launch", "launch/patient", "launch/encounter"]);
        if tenant.policy.grant_types.contains(&GrantType::RefreshToken) {
            scopes.extend(["offline_access", "online_access"]);
        }
        scopes.extend([
            "patient/*.cruds",
            "patient/*.rs",
            "patient/*.read",
            "user/*.cruds",
            "user/*.rs",
            "user/*.read",
        ]);
    }
    if tenant.policy.grant_types.contains(&GrantType::ClientCredentials) {
        scopes.extend(["system/*.cruds", "system/*.rs", "system/*.read"]);
    }
    scopes.into_iter().map(str::to_owned).collect()
}
