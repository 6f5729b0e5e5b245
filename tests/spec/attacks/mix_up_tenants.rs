//! He is at home in one tenant and presents what he has there at another, whose client ids, user names and client keys are
//! the same on purpose. What belongs to one tenant does not exist for another (AWS-5): the tenant is part of every key in
//! the table, of every issuer, of every token's signature.

use super::*;
use kit::{
    Assertion, Ehr, Person,
    app::{STATE, VERIFIER, assertion_form, challenge},
    browser::Place,
    http::encode,
    server::{BASE, PASSWORD},
};
use rules::signing_keys::SigningKeyRecord;
use serde_json::{Value, json};
use server::store::Write;

const OTHER_FHIR: &str = "https://fhir.other.example";
const TENANTS: [&str; 2] = ["clinic", "other"];

fn foreign(tenant: &str) -> &'static str {
    if tenant == "clinic" { "other" } else { "clinic" }
}

/// The app `public-app`, which both tenants have.
fn authorize_url(server: &TestServer, tenant: &str, more: &[(&str, &str)]) -> String {
    let challenge = challenge(VERIFIER);
    let aud = if tenant == "clinic" { server.fhir.url.as_str() } else { OTHER_FHIR };
    let mut request = vec![
        ("response_type", "code"),
        ("client_id", "public-app"),
        ("redirect_uri", "https://app.example/callback"),
        ("state", STATE),
        ("aud", aud),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    request.extend_from_slice(more);
    format!("{BASE}/{tenant}/authorize?{}", encode(&request))
}

async fn code_at(server: &TestServer, tenant: &str) -> String {
    let url = authorize_url(server, tenant, &[("scope", SCOPE)]);
    let answer = Person::named(server, "amy").goes_through(&url, None).await;
    answer.query("code").unwrap_or_else(|| panic!("no code: {}", answer.location()))
}

async fn redeem_at(server: &TestServer, tenant: &str, code: &str) -> Answer {
    let mut form = exchange_form(&App::public(server), code, VERIFIER);
    form.push(("client_id", "public-app"));
    server.post(&format!("/{tenant}/token"), &form, &[]).await
}

async fn tokens_at(server: &TestServer, tenant: &str) -> Value {
    let answer = redeem_at(server, tenant, &code_at(server, tenant).await).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

fn fhir_server(tenant: &str) -> String {
    basic(&format!("{tenant}-fhir"), &format!("{tenant}-fhir-secret-of-more-than-32-characters"))
}

fn ehr(tenant: &str) -> String {
    let end = if tenant == "other" { "!" } else { "" };
    basic(&format!("{tenant}-ehr"), &format!("{tenant}-ehr-secret-of-more-than-32-characters{end}"))
}

async fn introspect_at(server: &TestServer, tenant: &str, token: &str) -> Value {
    let authorization = fhir_server(tenant);
    let answer =
        server.post(&format!("/{tenant}/introspect"), &[("token", token)], &[("authorization", &authorization)]).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

/// A good assertion of `backend` for the token endpoint of this tenant.
fn backend_assertion(server: &TestServer, tenant: &str) -> Assertion {
    let aud = format!("{BASE}/{tenant}/token");
    Assertion::new(rules::tenant::SigningAlg::ES384, "backend", &aud, server.now().0)
}

async fn backend_asks(server: &TestServer, tenant: &str, assertion: &str, scope: &str) -> Answer {
    let mut form = assertion_form(assertion);
    form.extend([("grant_type".into(), "client_credentials".into()), ("scope".into(), scope.into())]);
    let pairs: Vec<(&str, &str)> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    server.post(&format!("/{tenant}/token"), &pairs, &[]).await
}

#[tokio::test]
async fn a_code_is_unknown_elsewhere_and_stays_good_at_home() {
    let server = TestServer::start().await;
    for tenant in TENANTS {
        let code = code_at(&server, tenant).await;
        assert_refused(&redeem_at(&server, foreign(tenant), &code).await, 400, "invalid_grant");
        assert_eq!(redeem_at(&server, tenant, &code).await.status, 200);
    }
}

#[tokio::test]
async fn a_refresh_token_is_unknown_elsewhere_and_stays_good_at_home() {
    let server = TestServer::start().await;
    for tenant in TENANTS {
        let tokens = tokens_at(&server, tenant).await;
        let refresh_token = tokens["refresh_token"].as_str().expect("a refresh token");
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh_token), ("client_id", "public-app")];
        let path = |tenant: &str| format!("/{tenant}/token");
        assert_refused(&server.post(&path(foreign(tenant)), &form, &[]).await, 400, "invalid_grant");
        // The same without the client's name, where the token itself must say whose it is.
        assert_refused(&server.post(&path(foreign(tenant)), &form[..2], &[]).await, 400, "invalid_client");
        assert_eq!(server.post(&path(tenant), &form, &[]).await.status, 200);
    }
}

/// INTR-5 MUST: a foreign tenant's token is `{"active":false}` and nothing else.
#[tokio::test]
async fn tokens_are_not_active_elsewhere() {
    let server = TestServer::start().await;
    for tenant in TENANTS {
        let tokens = tokens_at(&server, tenant).await;
        for name in ["access_token", "refresh_token", "id_token"] {
            let token = tokens[name].as_str().expect("a token");
            assert_eq!(introspect_at(&server, foreign(tenant), token).await, json!({ "active": false }), "{name}");
        }
        let access_token = tokens["access_token"].as_str().expect("a token");
        assert_eq!(introspect_at(&server, tenant, access_token).await["active"], true);
    }
}

#[tokio::test]
async fn tokens_can_not_be_revoked_elsewhere() {
    let server = TestServer::start().await;
    for tenant in TENANTS {
        let tokens = tokens_at(&server, tenant).await;
        for name in ["access_token", "refresh_token"] {
            let form = [("token", tokens[name].as_str().expect("a token")), ("client_id", "public-app")];
            // As for any unknown token (RFC 7009 §2.2).
            assert_eq!(server.post(&format!("/{}/revoke", foreign(tenant)), &form, &[]).await.status, 200);
        }
        let access_token = tokens["access_token"].as_str().expect("a token");
        assert_eq!(introspect_at(&server, tenant, access_token).await["active"], true);
    }
}

#[tokio::test]
async fn a_bearer_token_opens_no_endpoint_elsewhere() {
    let server = TestServer::start().await;
    let assertion = backend_assertion(&server, "clinic").sign();
    let answer = backend_asks(&server, "clinic", &assertion, "__introspect __launch.create").await;
    let bearer = format!("Bearer {}", answer.json()["access_token"].as_str().expect("a token"));
    let headers = [("authorization", bearer.as_str())];
    assert_eq!(server.post("/clinic/launchContext", &[("patient", "1")], &headers).await.status, 200);
    assert_refused(&server.post("/other/launchContext", &[("patient", "1")], &headers).await, 401, "invalid_token");
    assert_eq!(server.post("/clinic/introspect", &[("token", "x")], &headers).await.status, 200);
    assert_refused(&server.post("/other/introspect", &[("token", "x")], &headers).await, 401, "invalid_token");
}

/// Even where an operator gave two tenants the same signing keys: `iss` says whose token it is.
#[tokio::test]
async fn shared_signing_keys_do_not_join_two_tenants() {
    let server = TestServer::start().await;
    let clinic = server.server.tenant("clinic", server.now()).await.expect("the table").expect("a tenant");
    let other = server.server.tenant("other", server.now()).await.expect("the table").expect("a tenant");
    for key in &clinic.keys {
        let shared = SigningKeyRecord { tenant: other.id.clone(), ..key.clone() };
        server
            .server
            .store
            .write_unraced(vec![Write::overwrite(&shared).expect("an item")])
            .await
            .expect("it is written");
    }
    server.server.forget_configuration();
    let assertion = backend_assertion(&server, "clinic").sign();
    let answer = backend_asks(&server, "clinic", &assertion, "__introspect __launch.create").await;
    let token = answer.json()["access_token"].as_str().expect("a token").to_owned();
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str())];
    assert_eq!(introspect_at(&server, "other", &token).await, json!({ "active": false }));
    assert_refused(&server.post("/other/launchContext", &[("patient", "1")], &headers).await, 401, "invalid_token");
    assert_refused(&server.post("/other/introspect", &[("token", "x")], &headers).await, 401, "invalid_token");
}

#[tokio::test]
async fn a_launch_is_unknown_elsewhere() {
    let server = TestServer::start().await;
    let launch = Ehr::of(&server).launches_patient("amy-shaw").await;
    let url = authorize_url(&server, "other", &[("scope", "launch patient/*.rs"), ("launch", &launch)]);
    let answer = Person::named(&server, "amy").opens(&url).await.app();
    assert_eq!(answer.query("error").as_deref(), Some("invalid_request"));
}

#[tokio::test]
async fn an_aud_of_another_tenant_gives_no_code() {
    let server = TestServer::start().await;
    for tenant in TENANTS {
        let url = authorize_url(&server, tenant, &[("scope", SCOPE)]);
        let (own, theirs) = (encode(&[("aud", &server.fhir.url)]), encode(&[("aud", OTHER_FHIR)]));
        let url = if tenant == "clinic" { url.replace(&own, &theirs) } else { url.replace(&theirs, &own) };
        let answer = Person::named(&server, "amy").opens(&url).await.app();
        assert_eq!(answer.query("error").as_deref(), Some("invalid_request"));
    }
}

/// The page of one tenant, opened under the name of the other, in the very browser that began.
#[tokio::test]
async fn an_interaction_is_unknown_elsewhere() {
    let server = TestServer::start().await;
    for tenant in TENANTS {
        let mut person = Person::named(&server, "amy");
        let page = person.opens(&authorize_url(&server, tenant, &[("scope", SCOPE)])).await.page();
        let elsewhere = page.action.replace(&format!("/{tenant}/"), &format!("/{}/", foreign(tenant)));
        assert!(matches!(person.opens(&elsewhere).await, Place::End(answer) if answer.status == 400));
        let mut moved = page.clone();
        moved.action = elsewhere;
        let sent = person.submits(&moved, &[("username", "amy"), ("password", PASSWORD)]).await;
        assert!(matches!(sent, Place::End(answer) if answer.status == 400));
    }
}

#[tokio::test]
async fn client_secrets_open_nothing_elsewhere() {
    let server = TestServer::start().await;
    // `symmetric-app` does not exist at `other`, and `public-app` has no secret there.
    for (user, secret) in [
        ("symmetric-app", "symmetric-secret-of-more-than-32-characters"),
        ("public-app", "symmetric-secret-of-more-than-32-characters"),
    ] {
        let headers = basic(user, secret);
        let form = [("grant_type", "refresh_token"), ("refresh_token", "x")];
        let answer = server.post("/other/token", &form, &[("authorization", &headers)]).await;
        assert_refused(&answer, 401, "invalid_client");
    }
}

/// Both tenants have a client `backend` with the same key: the audience is what tells them apart.
#[tokio::test]
async fn an_assertion_is_good_for_the_tenant_it_names() {
    let server = TestServer::start().await;
    for tenant in TENANTS {
        let assertion = backend_assertion(&server, tenant).sign();
        assert_refused(&backend_asks(&server, foreign(tenant), &assertion, "system/*.rs").await, 401, "invalid_client");
        // The attempt elsewhere did not burn it.
        assert_eq!(backend_asks(&server, tenant, &assertion, "system/*.rs").await.status, 200);
    }
}

/// A `jti` is burned for its tenant alone.
#[tokio::test]
async fn a_jti_used_elsewhere_is_still_good() {
    let server = TestServer::start().await;
    for tenant in TENANTS {
        let assertion = backend_assertion(&server, tenant).with_claim("jti", json!("the-same-everywhere")).sign();
        assert_eq!(backend_asks(&server, tenant, &assertion, "system/*.rs").await.status, 200);
    }
}

#[tokio::test]
async fn credentials_of_fhir_servers_and_ehrs_open_nothing_elsewhere() {
    let server = TestServer::start().await;
    for tenant in TENANTS {
        let elsewhere = foreign(tenant);
        let (fhir, ehr) = (fhir_server(tenant), ehr(tenant));
        for credentials in [&fhir, &ehr] {
            let headers = [("authorization", credentials.as_str())];
            let answer = server.post(&format!("/{elsewhere}/introspect"), &[("token", "x")], &headers).await;
            assert_refused(&answer, 401, "invalid_client");
            let answer = server.post(&format!("/{elsewhere}/launchContext"), &[("patient", "1")], &headers).await;
            assert_refused(&answer, 401, "invalid_client");
            assert_eq!(
                server.post(&format!("/{tenant}/launchContext"), &[("patient", "1")], &headers).await.status,
                200
            );
        }
    }
}

/// `hannah` is a clinician of `clinic`; nobody of that name is known at `other`.
#[tokio::test]
async fn a_user_can_not_sign_in_elsewhere() {
    let server = TestServer::start().await;
    let mut person = Person::named(&server, "hannah");
    let page = person.opens(&authorize_url(&server, "other", &[("scope", SCOPE)])).await.page();
    let page = person.does(&page, None).await.page();
    assert!(page.asks("password"));
}

/// Two people of one name are two people.
#[tokio::test]
async fn the_same_name_elsewhere_is_another_subject() {
    let server = TestServer::start().await;
    let mut subjects = Vec::new();
    for tenant in TENANTS {
        let tokens = tokens_at(&server, tenant).await;
        let claims = kit::app::claims(tokens["id_token"].as_str().expect("an id_token"));
        assert_eq!(claims["iss"], format!("{BASE}/{tenant}"));
        subjects.push(claims["sub"].clone());
    }
    assert_ne!(subjects[0], subjects[1]);
}

/// RFC 3986 §2.1 makes `%63` a `c`, so this is the tenant `clinic`; whatever looks like two names is none.
#[tokio::test]
async fn a_tenant_spelled_otherwise_is_the_same_or_none() {
    let server = TestServer::start().await;
    let document = server.get("/%63linic/.well-known/smart-configuration").await.json();
    assert_eq!(document["issuer"], format!("{BASE}/clinic"));
    for spelled in [
        "CLINIC",
        "Clinic",
        "clinic%2f..",
        "clinic%2f..%2fother",
        "other%2f..%2fclinic",
        "clinic%00",
        "clinic%20",
        "clinic.",
        "clinic;other",
        "clinic%23TENANT",
        "%2e%2e",
        "clinic%252f",
        "cl%C4%B1nic",
        "clinic%E2%80%8B",
        "-",
        "%",
    ] {
        for path in ["token", "introspect", "revoke", "launchContext"] {
            let form = [("grant_type", "client_credentials")];
            let answer = server.post(&format!("/{spelled}/{path}"), &form, &[]).await;
            assert!(matches!(answer.status, 400 | 404), "{spelled}/{path}: {} {}", answer.status, answer.body);
            assert!(
                !answer.body.contains("unsupported_grant_type") && !answer.body.contains("invalid_client"),
                "{spelled}"
            );
        }
        for path in ["authorize?client_id=public-app", ".well-known/jwks.json"] {
            let answer = server.get(&format!("/{spelled}/{path}")).await;
            assert!(matches!(answer.status, 400 | 404), "{spelled}/{path}: {}", answer.status);
        }
    }
}

/// The encoded spelling is the same tenant to the last bit: what was issued there is good here.
#[tokio::test]
async fn a_code_redeemed_at_an_encoded_name_is_of_the_same_issuer() {
    let server = TestServer::start().await;
    let code = code_at(&server, "clinic").await;
    let answer = redeem_at(&server, "%63linic", &code).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let claims = kit::app::claims(answer.json()["access_token"].as_str().expect("a token"));
    assert_eq!(claims["iss"], format!("{BASE}/clinic"));
}
