//! What `profile = "fapi2"` asks of a tenant and of its clients (FAPI 2.0 Security Profile): whatever contradicts it is a mistake.

use super::fields::Fields;
use rules::{
    client::{Client, Pkce},
    tenant::{AssertionAudience, AuthenticationMethod, DpopUse, GrantType, Profile, PushedRequests, Tenant},
};

pub const PROFILES: [(&str, Profile); 2] = [("smart", Profile::Smart), ("fapi2", Profile::Fapi2)];

/// Seconds that a code may live (§5.3.2.1 item 11).
const LONGEST_CODE: i64 = 60;

/// Nonces are for proofs, and proofs for FHIR servers that verify them.
pub fn check_nonces(root: &Fields<'_>, tenant: &Tenant) {
    if tenant.policy.dpop_nonce && !tenant.takes_dpop() {
        let expected =
            "`dpop = \"accepted\"` or \"required\" at one of the [[fhir_servers]]: there are no proofs without";
        root.reading.mistake(place(root, "dpop_nonce"), "`dpop_nonce = true`", expected);
    }
}

/// Of the whole file's `[policy]`.
pub fn check_tenant(root: &Fields<'_>, tenant: &Tenant) {
    if tenant.policy.profile.is_smart() {
        return;
    }
    let policy = &tenant.policy;
    let says = |key: &str, wrong: bool, found: &str, expected: &str| {
        if wrong {
            root.reading.mistake(place(root, key), format!("{found} with `profile = \"fapi2\"`"), expected);
        }
    };
    for grant_type in [GrantType::Password, GrantType::Implicit] {
        let found = format!("the grant type `{}`", grant_type.as_str());
        says("grant_types", policy.grant_types.contains(&grant_type), &found, "none but codes, refreshes and services");
    }
    let by_secret = policy.client_credentials_by_secret;
    says("client_credentials_by_secret", by_secret, "`client_credentials_by_secret`", "`false`: its clients have keys");
    let keys = policy.authentication_methods().next().is_some();
    let expected = "\"private_key_jwt\" among them: its clients have keys";
    says("client_authentication_methods", !keys, "no `private_key_jwt`", expected);
    let alg = policy.access_token_alg;
    let found = format!("`access_token_alg = \"{}\"`", alg.as_str());
    says("access_token_alg", !policy.profile.may_sign_with(alg), &found, "\"ES256\" or \"PS256\"");
    let found = format!("`code_seconds = {}`", policy.code_seconds);
    says("code_seconds", policy.code_seconds > LONGEST_CODE, &found, "60 or fewer");
    let audience = policy.assertion_audience;
    let other = !matches!(audience, AssertionAudience::Rfc9126 | AssertionAudience::Rfc7523bisStrict);
    let expected = "none, or \"rfc7523bis-strict\": the issuer, as one string";
    says("assertion_audience", other, "another `assertion_audience`", expected);
    let pushed = policy.pushed_authorization_requests;
    let expected = "\"required\": requests are pushed";
    says(
        "pushed_authorization_requests",
        pushed != PushedRequests::Required,
        "requests that need not be pushed",
        expected,
    );
    for guarded in tenant.guarded() {
        let found = format!("`dpop = \"{}\"` of {}", guarded.dpop().as_str(), guarded.name());
        says(
            "profile",
            guarded.dpop() != DpopUse::Required,
            &found,
            "\"required\": every access token is bound to a key",
        );
    }
}

fn place(root: &Fields<'_>, key: &str) -> usize {
    let policy = root.table("policy").map(|(_, policy)| policy);
    let value = policy.and_then(|policy| policy.get(key).or_else(|| policy.get("profile")));
    value.map_or(root.at, |value| value.span().start)
}

/// Of one client, whose own profile or whose tenant's it is.
pub fn check_client(fields: &Fields<'_>, client: &Client, tenant: &Tenant) {
    if client.profile_at(tenant).is_smart() {
        return;
    }
    let says = |key: &str, wrong: bool, found: String, expected: &str| {
        if wrong {
            let found = format!("{found} where `profile = \"fapi2\"` holds");
            fields.reading.mistake(fields.place(key), found, expected);
        }
    };
    let method = client.authentication.method();
    let has_key = method == AuthenticationMethod::PrivateKeyJwt;
    let expected = "\"private_key_jwt\": its clients have keys";
    says("token_endpoint_auth_method", !has_key, format!("`{}`", method.as_str()), expected);
    for grant_type in [GrantType::Password, GrantType::Implicit] {
        let found = format!("the grant type `{}`", grant_type.as_str());
        says("grant_types", client.may_use(grant_type), found, "none but codes, refreshes and services");
    }
    let without = client.pkce != Pkce::Required;
    says("pkce", without, "a code without PKCE".to_owned(), "\"required\"");
    let alg = client.id_token_signed_response_alg;
    let found = format!("id_tokens of {}", alg.as_str());
    let expected = "`id_token_signed_response_alg` of \"ES256\" or \"PS256\"";
    says("id_token_signed_response_alg", !Profile::Fapi2.may_sign_with(alg), found, expected);
    let alg = tenant.policy.access_token_alg;
    let found = format!("access tokens of {}", alg.as_str());
    says(
        "profile",
        !Profile::Fapi2.may_sign_with(alg),
        found,
        "`access_token_alg` of \"ES256\" or \"PS256\" in [policy]",
    );
    let found = format!("`code_seconds = {}`", tenant.policy.code_seconds);
    says("profile", tenant.policy.code_seconds > LONGEST_CODE, found, "60 or fewer in [policy]");
    let pushes = tenant.policy.pushed_authorization_requests != PushedRequests::Off;
    let asks = client.may_use(GrantType::AuthorizationCode);
    let expected = "`pushed_authorization_requests = \"accepted\"` or \"required\" in [policy]: it pushes its requests";
    says("profile", asks && !pushes, "a tenant that takes no pushed requests".to_owned(), expected);
    let takes_bound = client.guarded(tenant).any(|guarded| !guarded.dpop().is_off());
    let expected =
        "`dpop = \"accepted\"` or \"required\" at one of its [[fhir_servers]]: every access token is bound to a key";
    says("profile", !takes_bound, "no FHIR server that takes bound tokens".to_owned(), expected);
}
