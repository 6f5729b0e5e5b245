//! The documents are a function of the tenant's configuration: what is turned off is neither advertised nor done (DISC-22).

use super::{ALL, OAUTH, OPENID, SMART, document, texts, urls};
use axum::{body::Body, http::Method};
use kit::{App, TestServer, app::with, server::BASE};

const SCOPE: &str = "openid launch/patient offline_access patient/*.rs";

/// Clinic with this `[policy]`, and with the clients that such a policy allows.
async fn clinic(policy: &'static str, keep: impl Fn(&str) -> bool, change: impl Fn(String) -> String) -> TestServer {
    TestServer::start_with(|toml| {
        let (clients, users) = toml.split_once("[[users]]").expect("users");
        let mut parts = clients.split("[[clients]]");
        let mut text = parts.next().expect("a tenant").to_owned();
        for client in parts.filter(|client| keep(client)) {
            text.push_str("[[clients]]");
            text.push_str(client);
        }
        change(format!("{text}[[users]]{users}\n[policy]\n{policy}\n"))
    })
    .await
}

async fn backend_only() -> TestServer {
    clinic("grant_types = [\"client_credentials\"]", |c| c.contains("\"backend\""), |toml| toml).await
}

#[tokio::test]
async fn a_tenant_for_backend_services_advertises_no_launch() {
    let server = backend_only().await;
    let smart = document(&server, SMART).await;
    assert_eq!(smart.get("authorization_endpoint"), None, "DISC-7: only with launch-*");
    assert_eq!(texts(&smart, "grant_types_supported"), ["client_credentials"]);
    let capabilities = texts(&smart, "capabilities");
    assert!(capabilities.contains(&"client-confidential-asymmetric".to_owned()));
    for capability in &capabilities {
        let launching = ["launch-", "context-", "sso-", "authorize-", "client-public", "permission-offline"];
        assert!(!launching.iter().any(|prefix| capability.starts_with(prefix)), "{capability}");
    }
    for scope in texts(&smart, "scopes_supported") {
        assert!(scope.starts_with("system/"), "{scope}");
    }
}

#[tokio::test]
async fn a_tenant_for_backend_services_does_no_launch() {
    let server = backend_only().await;
    assert_eq!(App::backend(&server).asks_for_itself("system/*.rs").await.status, 200);
    for grant in ["authorization_code", "refresh_token"] {
        let form = [("grant_type", grant), ("code", "x"), ("refresh_token", "x"), ("redirect_uri", "x")];
        assert_eq!(App::backend(&server).posts("token", &form).await.error(), "unsupported_grant_type", "{grant}");
    }
}

/// A client that was registered when the tenant still allowed launches.
#[tokio::test]
async fn an_app_of_a_tenant_that_turned_launches_off_is_unauthorized() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let request = app.request(SCOPE);
    assert!(super::super::authorize::is_accepted(&server, &request).await);
    turn_off_launches(&server).await;
    assert_eq!(super::super::authorize::refusal(&server, &request).await, "unauthorized_client");
    assert_eq!(document(&server, SMART).await.get("authorization_endpoint"), None);
}

async fn turn_off_launches(server: &TestServer) {
    use rules::tenant::{GrantType, TenantId};
    use server::store::Write;
    let id = TenantId::parse("clinic").expect("an id");
    let record = server.server.tenant(id.as_str(), server.now()).await.expect("an answer").expect("clinic");
    let mut tenant = record.tenant.clone();
    tenant.policy.grant_types = [GrantType::ClientCredentials].into();
    let write = Write::overwrite(&tenant).expect("an item");
    server.server.store.write_unraced(vec![write]).await.expect("written");
    server.passes(rules::tenant::CONFIGURATION_AGE);
}

#[tokio::test]
async fn without_refresh_tokens_none_are_advertised_nor_given() {
    let policy = "grant_types = [\"authorization_code\", \"client_credentials\"]";
    let server = clinic(policy, |_| true, |toml| toml.replace(", \"refresh_token\"]", "]")).await;
    let (smart, oauth) = (document(&server, SMART).await, document(&server, OAUTH).await);
    assert!(!texts(&smart, "capabilities").iter().any(|capability| capability.starts_with("permission-o")));
    for document in [&smart, &oauth] {
        assert!(!texts(document, "scopes_supported").iter().any(|scope| scope.ends_with("line_access")));
        assert!(!texts(document, "grant_types_supported").contains(&"refresh_token".to_owned()));
    }
    let tokens = App::public(&server).gets_tokens("amy", SCOPE, None).await;
    assert!(tokens.0.get("refresh_token").is_none());
    assert!(!tokens.scope().contains("offline_access"));
    let answer = App::public(&server).sends_refresh("x", None).await;
    assert_eq!(answer.error(), "unsupported_grant_type");
}

#[tokio::test]
async fn without_backend_services_none_are_advertised_nor_served() {
    let policy = "grant_types = [\"authorization_code\", \"refresh_token\"]";
    let server = clinic(policy, |client| !client.contains("\"backend\""), |toml| toml).await;
    for path in [SMART, OPENID, OAUTH] {
        let document = document(&server, path).await;
        assert!(!texts(&document, "grant_types_supported").contains(&"client_credentials".to_owned()), "{path}");
        assert!(!texts(&document, "scopes_supported").iter().any(|scope| scope.starts_with("system/")), "{path}");
    }
    let app = App::asymmetric(&server, rules::tenant::SigningAlg::ES384);
    assert_eq!(app.asks_for_itself("system/*.rs").await.error(), "unsupported_grant_type");
}

/// DISC-19: some ecosystems have capabilities of their own.
#[tokio::test]
async fn a_tenant_may_have_a_list_of_capabilities_of_its_own() {
    let policy = "capabilities = [\"launch-ehr\", \"permission-own\"]\nscopes_supported = [\"__launch.create\"]";
    let server = clinic(policy, |_| true, |toml| toml).await;
    let smart = document(&server, SMART).await;
    assert_eq!(texts(&smart, "capabilities"), ["launch-ehr", "permission-own"]);
    assert!(texts(&smart, "scopes_supported").contains(&"__launch.create".to_owned()), "SCP-17");
}

/// KT-9: exactly these, though the last is no scope until something stands after its `=`.
#[tokio::test]
async fn a_tenant_may_have_a_list_of_scopes_of_its_own() {
    let list = ["openid", "launch", "fhirUser", "system/*.cruds", "system/*.cruds?resource-origin="];
    let policy = "scopes_supported = [\"openid\", \"launch\", \"fhirUser\", \"system/*.cruds\", \"system/*.cruds?resource-origin=\"]";
    let server = clinic(policy, |_| true, |toml| toml).await;
    for path in [SMART, OPENID, OAUTH] {
        assert_eq!(texts(&document(&server, path).await, "scopes_supported"), list, "{path}");
    }
}

/// DISC-17.
#[tokio::test]
async fn a_tenant_may_name_its_brand() {
    let policy =
        "brand_bundle = \"https://brands.example/b.json\"\nbrand_identifier = { system = \"urn:x\", value = \"1\" }";
    let server = clinic(policy, |_| true, |toml| toml).await;
    let smart = document(&server, SMART).await;
    assert_eq!(smart["user_access_brand_bundle"], "https://brands.example/b.json");
    assert_eq!(smart["user_access_brand_identifier"]["value"], "1");
}

/// A host of its own is an issuer like any other; every URL follows it.
#[tokio::test]
async fn an_issuer_of_its_own_is_in_every_url() {
    let own = "issuer = \"https://login.clinic.example\"\nname =";
    let server = TestServer::start_with(|toml| toml.replacen("name =", own, 1)).await;
    for (name, url) in urls(&document(&server, SMART).await) {
        assert!(url.starts_with("https://login.clinic.example"), "{name} is {url}");
    }
}

/// AWS-3: the base URL comes from configuration.
#[tokio::test]
async fn the_request_has_no_say_in_any_url() {
    let server = TestServer::start().await;
    let headers = [
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "http"),
        ("forwarded", "host=evil.example;proto=http"),
    ];
    for path in ALL {
        let answer = server.request(Method::GET, &format!("{path}?issuer=evil.example"), &headers, Body::empty()).await;
        assert_eq!(answer.body, server.get(path).await.body, "{path}");
        assert!(!answer.body.contains("evil"), "{path}");
    }
}

/// A document that names a URL promises that somebody answers there.
#[tokio::test]
async fn each_listed_url_answers() {
    let server = TestServer::start().await;
    for document_path in [SMART, OPENID, OAUTH] {
        for (name, url) in urls(&document(&server, document_path).await) {
            let path = url.strip_prefix(BASE).expect("a URL of this server");
            match name.as_str() {
                "issuer" => {}
                "jwks_uri" | "end_session_endpoint" => assert_eq!(server.get(path).await.status, 200),
                // Nobody is signed in: to the sign-in page.
                "management_endpoint" => assert_eq!(server.get(path).await.status, 303),
                "authorization_endpoint" => {
                    let query = with(App::public(&server).request(SCOPE), "nonce", Some("n"));
                    let url = format!("{path}?{}", super::super::authorize::query_of(&query));
                    assert_eq!(server.get(&url).await.status, 303);
                }
                _ => {
                    let status = server.post(path, &[], &[]).await.status;
                    assert!(matches!(status, 400 | 401), "{name}: {status}");
                }
            }
        }
    }
}

/// OpenID Connect Discovery §3: what a sign-in of the tenant's own people can be, and nothing where a password is all.
#[tokio::test]
async fn acr_values_are_those_that_a_sign_in_can_reach() {
    let multi_factor = "http://schemas.openid.net/pape/policies/2007/06/multi-factor";
    for (policy, expected) in [
        ("", vec![]),
        ("second_factor = \"optional\"", vec![multi_factor]),
        ("second_factor = \"required\"\npasskeys = true", vec!["phr", multi_factor]),
        ("passkeys = true", vec!["phr", multi_factor]),
    ] {
        let openid = document(&clinic(policy, |_| true, |toml| toml).await, OPENID).await;
        match openid.get("acr_values_supported") {
            Some(_) => assert_eq!(texts(&openid, "acr_values_supported"), expected, "{policy}"),
            None => assert!(expected.is_empty(), "{policy}"),
        }
    }
}
