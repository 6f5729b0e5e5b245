//! KT-9: what a Koppeltaal tenant says about itself, to the member.

use kit::TestServer;
use serde_json::{Value, json};

const POLICY: &str = r#"
[policy]
grant_types = ["authorization_code", "client_credentials"]
client_authentication_methods = ["private_key_jwt"]
unlisted_endpoints = ["revocation_endpoint"]
capabilities = ["launch-ehr", "authorize-post", "client-confidential-asymmetric", "sso-openid-connect", "permission-v2"]
scopes_supported = ["openid", "launch", "fhirUser", "system/*.cruds", "system/*.cruds?resource-origin="]
"#;

/// The clinic with those of its clients that have keys.
async fn server(policy: &'static str) -> TestServer {
    TestServer::start_with(|toml| {
        let (clients, users) = toml.split_once("[[users]]").expect("users");
        let mut parts = clients.split("[[clients]]");
        let tenant = parts.next().expect("a tenant").to_owned();
        let with_keys = parts.filter(|client| client.contains("private_key_jwt"));
        let clients: String =
            with_keys.map(|client| format!("[[clients]]{}", client.replace(", \"refresh_token\"", ""))).collect();
        format!("{tenant}{clients}[[users]]{users}{policy}")
    })
    .await
}

#[tokio::test]
async fn the_document_says_what_koppeltaal_asks_and_names_no_revocation() {
    let server = server(POLICY).await;
    let document = server.get("/clinic/.well-known/smart-configuration").await.json();
    let expected = [
        ("grant_types_supported", json!(["authorization_code", "client_credentials"])),
        ("token_endpoint_auth_methods_supported", json!(["private_key_jwt"])),
        (
            "scopes_supported",
            json!(["openid", "launch", "fhirUser", "system/*.cruds", "system/*.cruds?resource-origin="]),
        ),
        ("response_types_supported", json!(["code"])),
        (
            "capabilities",
            json!([
                "launch-ehr",
                "authorize-post",
                "client-confidential-asymmetric",
                "sso-openid-connect",
                "permission-v2"
            ]),
        ),
        ("code_challenge_methods_supported", json!(["S256"])),
    ];
    for (member, value) in expected {
        assert_eq!(document[member], value, "{member}");
    }
    for member in [
        "issuer",
        "jwks_uri",
        "authorization_endpoint",
        "token_endpoint",
        "management_endpoint",
        "introspection_endpoint",
    ] {
        assert!(document[member].is_string(), "{member}");
    }
    for path in ["/clinic/.well-known/openid-configuration", "/.well-known/oauth-authorization-server/clinic"] {
        says_nothing_of_revocation(&server.get(path).await.json());
    }
    says_nothing_of_revocation(&document);
    assert_eq!(document.get("registration_endpoint"), None);
}

fn says_nothing_of_revocation(document: &Value) {
    let members = document.as_object().expect("a document").keys();
    assert_eq!(members.filter(|name| name.contains("revocation")).collect::<Vec<_>>(), Vec::<&String>::new());
}

/// A client that was registered while its way was still allowed.
#[tokio::test]
async fn a_way_of_authentication_that_was_turned_off_is_refused() {
    use rules::tenant::AuthenticationMethod;
    let server = TestServer::start().await;
    let app = kit::App::symmetric(&server);
    let tokens = app.gets_tokens("amy", "launch/patient patient/*.rs", None).await;
    assert!(tokens.0.get("access_token").is_some());
    let keys_alone = [AuthenticationMethod::PrivateKeyJwt];
    server.tenant_becomes(|tenant| tenant.policy.client_authentication_methods = keys_alone.into()).await;
    assert_eq!(app.revokes(tokens.access_token()).await.refusal(), "401 invalid_client");
}
