//! Issuers of Koppeltaal's form, and introspection by another name (HTI-25, HTI-26).

use super::*;

const BASE: &str = "/api/v1/clinic/oauth2";

/// The fixtures' tenant below `/api/v1/clinic/oauth2`.
async fn koppeltaals(policy: &str) -> TestServer {
    TestServer::start_with(|toml| {
        let toml = toml.replacen(
            "name = \"Test Clinic\"\n",
            "name = \"Test Clinic\"\nissuer = \"{base}/api/v1/{id}/oauth2\"\n",
            1,
        );
        format!("{toml}\n[policy]\n{policy}\n")
    })
    .await
}

#[tokio::test]
async fn every_endpoint_lies_below_the_issuer() {
    let server = koppeltaals("pushed_authorization_requests = \"accepted\"").await;
    let document = server.get(&format!("{BASE}/.well-known/smart-configuration")).await.json();
    assert_eq!(document["issuer"], "https://auth.example/api/v1/clinic/oauth2");
    for (name, url) in document.as_object().expect("members").iter().filter(|(name, _)| name.ends_with("_endpoint")) {
        let path = url.as_str().and_then(|url| url.strip_prefix("https://auth.example")).expect("a URL of ours");
        assert!(path.starts_with(BASE), "{name}: {url}");
        let answer = server.request(axum::http::Method::POST, path, &[], "").await;
        assert_ne!(answer.status, 404, "{name}: {}", answer.body);
    }
}

/// HTI-25: RFC 8414 puts the well-known part before the whole path; SMART puts it after the FHIR base.
#[tokio::test]
async fn discovery_is_where_apps_of_each_specification_look() {
    let server = koppeltaals("").await;
    for path in [
        "/api/v1/clinic/oauth2/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server/api/v1/clinic/oauth2",
        "/.well-known/openid-configuration/api/v1/clinic/oauth2",
        "/api/v1/clinic/fhir/r4/.well-known/smart-configuration",
        "/clinic/v2/.well-known/smart-configuration",
    ] {
        let answer = server.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        assert_eq!(answer.json()["issuer"], "https://auth.example/api/v1/clinic/oauth2", "{path}");
    }
}

/// HTI-25: an address has no second spelling, and what is no path of a tenant is nobody's.
#[tokio::test]
async fn a_tenant_answers_at_the_paths_of_its_own_issuer_alone() {
    let (new, old) = (koppeltaals("").await, TestServer::start().await);
    for path in ["token", "authorize", "introspect", "userinfo", ".well-known/smart-configuration", "manage", "docs"] {
        let (own, koppeltaals) = (format!("/clinic/{path}"), format!("{BASE}/{path}"));
        assert_eq!(new.get(&own).await.status, 404, "{own}");
        assert_eq!(old.get(&koppeltaals).await.status, 404, "{koppeltaals}");
        if path != "docs" {
            assert_ne!(new.get(&koppeltaals).await.status, 404, "{koppeltaals}");
            assert_ne!(old.get(&own).await.status, 404, "{own}");
        }
    }
    for path in [
        "/api/v1/clinic/oauth2",
        "/api/v1/clinic/oauth2/",
        "/api/v1/clinic/oauth2//token",
        "/api/v1//clinic/oauth2/token",
        "/api/v1/clinic/../clinic/oauth2/token",
        "/api/v1/clinic%2foauth2/token",
        "/api/v1/clinic/oauth2%2ftoken",
        "/api/v1/clinic/oauth2/token/",
        "/api/v2/clinic/oauth2/token",
        "/api/v1/other/oauth2/token",
        "/v1/clinic/oauth2/token",
        "/api/v1/clinic/oauth2/tokens",
        "/other/v2/.well-known/smart-configuration",
    ] {
        assert_eq!(new.get(path).await.status, 404, "{path}");
    }
}

/// A whole launch of an ordinary app, so that pages, cookies and tokens hold there too.
#[tokio::test]
async fn a_person_signs_in_and_an_app_gets_its_tokens_there() {
    let server = koppeltaals("").await;
    let app = App::public(&server);
    let there =
        |url: &str| url.replacen("https://auth.example/clinic/", "https://auth.example/api/v1/clinic/oauth2/", 1);
    let url = there(&app.standalone("openid launch/patient patient/*.rs"));
    let answer = Person::named(&server, "amy").goes_through(&url, None).await;
    assert_eq!(answer.query("iss").as_deref(), Some("https://auth.example/api/v1/clinic/oauth2"));
    let code = answer.query("code").expect("a code");
    let mut form = app.exchange_form(&code);
    form.push(("client_id".into(), app.client_id.into()));
    let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let tokens = server.post(&format!("{BASE}/token"), &form, &[]).await.json();
    let claims = kit::app::claims(tokens["access_token"].as_str().expect("a token"));
    assert_eq!(claims["iss"], "https://auth.example/api/v1/clinic/oauth2");
    // The trail and HSTS know whose request it was.
    assert!(!server.audit.take().is_empty());
    assert!(server.get(&format!("{BASE}/.well-known/jwks.json")).await.header("strict-transport-security").is_some());
}

/// HTI-26.
#[tokio::test]
async fn introspection_is_at_the_path_that_the_tenant_chose() {
    for (policy, path, other) in [
        ("", "introspect", "token/introspection"),
        ("introspection_path = \"token/introspection\"", "token/introspection", "introspect"),
    ] {
        let server = koppeltaals(policy).await;
        let document = server.get(&format!("{BASE}/.well-known/smart-configuration")).await.json();
        let endpoint = document["introspection_endpoint"].as_str().expect("a URL").to_owned();
        assert!(endpoint.ends_with(&format!("{BASE}/{path}")), "{endpoint}");
        let now = server.now().0;
        let sends = async |path: &str| {
            let assertion = Assertion::new(SigningAlg::ES384, "es384-app", &endpoint, now).sign();
            let form = [
                ("token", "x"),
                ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
                ("client_assertion", assertion.as_str()),
            ];
            server.post(&format!("{BASE}/{path}"), &form, &[]).await
        };
        assert_eq!(sends(other).await.status, 404, "{policy}");
        let answer = sends(path).await;
        assert_eq!((answer.status, answer.json()), (200, json!({ "active": false })), "{policy}: {}", answer.body);
    }
}
