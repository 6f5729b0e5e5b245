//! Who may call: the EHR, the FHIR server, or a backend service with the scope (LCTX-6); and for whose records (LIVE-3).

use super::{PATH, context_of, handle};
use crate::authorize::two_servers::with_second;
use axum::{body::Body, http::Method};
use kit::{
    App, Ehr, Person, TestServer,
    app::{authorize_url, tokens, with},
    audit::{agent, detail},
    browser::Place,
    http::basic,
};
use serde_json::json;

async fn with_authorization(server: &TestServer, authorization: &str) -> kit::Answer {
    server.post(PATH, &[("patient", "wei-chen")], &[("authorization", authorization)]).await
}

#[tokio::test]
async fn the_ehr_is_taken_by_its_own_credentials() {
    let server = TestServer::start().await;
    assert_eq!(with_authorization(&server, &super::ehr()).await.status, 200);
}

/// Firely's documentation names both.
#[tokio::test]
async fn the_fhir_servers_credentials_are_taken_too() {
    let server = TestServer::start().await;
    let fhir = basic("clinic-fhir", "clinic-fhir-secret-of-more-than-32-characters");
    let launch = handle(&with_authorization(&server, &fhir).await);
    assert_eq!(context_of(&server, &launch).await.0["patient"], "wei-chen");
}

/// RFC 9110 §11.6.1: a 401 names what would have been taken.
#[tokio::test]
async fn bad_credentials_get_401_and_a_challenge() {
    let server = TestServer::start().await;
    for (user, password) in [
        ("clinic-ehr", "wrong"),
        ("clinic-ehr", ""),
        ("", "clinic-ehr-secret-of-more-than-32-characters"),
        ("nobody", "clinic-ehr-secret-of-more-than-32-characters"),
        ("CLINIC-EHR", "clinic-ehr-secret-of-more-than-32-characters"),
        ("clinic-fhir", "clinic-ehr-secret-of-more-than-32-characters"),
        ("other-ehr", "other-ehr-secret-of-more-than-32-characters!"),
        ("symmetric-app", "symmetric-secret-of-more-than-32-characters"),
        ("hannah", kit::server::PASSWORD),
    ] {
        let answer = with_authorization(&server, &basic(user, password)).await;
        assert_eq!((answer.status, answer.error().as_str()), (401, "invalid_client"), "{user}");
        assert!(answer.header("www-authenticate").is_some_and(|challenge| challenge.starts_with("Basic ")));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
}

#[tokio::test]
async fn no_credentials_get_401_and_a_challenge() {
    let server = TestServer::start().await;
    let answer = server.post(PATH, &[("patient", "wei-chen")], &[]).await;
    assert_eq!(answer.status, 401);
    assert!(answer.header("www-authenticate").is_some_and(|challenge| challenge.starts_with("Basic ")));
    let in_form = [("patient", "wei-chen"), ("client_id", "clinic-ehr"), ("client_secret", "x")];
    assert_eq!(server.post(PATH, &in_form, &[]).await.status, 401);
}

#[tokio::test]
async fn an_authorization_header_that_makes_no_sense_is_refused() {
    let server = TestServer::start().await;
    for header in ["Basic", "Basic !!!", "Basic Og==", "Digest x", "Bearer", "Bearer a b", "nonsense"] {
        let answer = with_authorization(&server, header).await;
        assert!(matches!(answer.status, 400 | 401), "{header}: {}", answer.status);
        answer.error();
    }
}

async fn token_of_backend(server: &TestServer, scope: &str) -> String {
    tokens(App::backend(server).asks_for_itself(scope).await).access_token().to_owned()
}

#[tokio::test]
async fn a_backend_service_with_the_scope_is_taken() {
    let server = TestServer::start().await;
    let token = token_of_backend(&server, "__launch.create").await;
    let launch = handle(&with_authorization(&server, &format!("Bearer {token}")).await);
    assert_eq!(context_of(&server, &launch).await.0["patient"], "wei-chen");
}

/// RFC 6750 §3.1.
#[tokio::test]
async fn a_backend_service_without_the_scope_gets_403() {
    let server = TestServer::start().await;
    let token = token_of_backend(&server, "system/*.rs __introspect").await;
    let answer = with_authorization(&server, &format!("Bearer {token}")).await;
    assert_eq!((answer.status, answer.error().as_str()), (403, "insufficient_scope"));
    let challenge = answer.header("www-authenticate").expect("a challenge");
    assert!(challenge.starts_with("Bearer ") && challenge.contains("error=\"insufficient_scope\""), "{challenge}");
}

const SECOND: &str = "https://second-fhir.example/r4";

/// Whether the app gets anywhere with this launch at this FHIR server.
async fn is_good_at(server: &TestServer, launch: &str, aud: &str) -> bool {
    let request = App::public(server).request("launch patient/*.rs");
    let request = with(with(request, "aud", Some(aud)), "launch", Some(launch));
    matches!(Person::named(server, "hannah").opens(&authorize_url(&request)).await, Place::Page(_))
}

/// A backend service that the operator limited to one FHIR server speaks for that one, whichever is first in the file.
#[tokio::test]
async fn a_backend_service_makes_launches_at_the_fhir_servers_that_it_is_registered_for() {
    for (only, others) in [(0, 1), (1, 0)] {
        let limited = |toml: String| {
            let name = ["clinic-fhir", "second"][only];
            toml.replace("client_id = \"backend\"", &format!("client_id = \"backend\"\nfhir_servers = [\"{name}\"]"))
        };
        let server = with_second(SECOND, limited, "").await;
        let urls = [server.fhir.url.as_str(), SECOND];
        let (own, other) = (urls[only], urls[others]);
        let credentials = format!("Bearer {}", token_of_backend(&server, "__launch.create").await);
        let backend = Ehr { server: &server, credentials };
        let said = |iss: &str| json!({ "patient": "amy-shaw", "iss": iss });
        for launch in [backend.launches_patient("amy-shaw").await, backend.launches(said(own)).await] {
            assert!(is_good_at(&server, &launch, own).await && !is_good_at(&server, &launch, other).await);
        }
        for elsewhere in [other, "https://nowhere.example/r4"] {
            assert_eq!(backend.sends(&said(elsewhere)).await.refusal(), "400 invalid_request");
        }
    }
}

#[tokio::test]
async fn a_backend_service_of_several_fhir_servers_says_which() {
    let server = with_second(SECOND, |toml| toml, "").await;
    let credentials = format!("Bearer {}", token_of_backend(&server, "__launch.create").await);
    let backend = Ehr { server: &server, credentials };
    assert_eq!(backend.sends(&json!({ "patient": "amy-shaw" })).await.refusal(), "400 invalid_request");
    let launch = backend.launches(json!({ "patient": "amy-shaw", "iss": SECOND })).await;
    assert!(is_good_at(&server, &launch, SECOND).await);
}

/// Some clients encode a name before they put it into Basic (RFC 6749 §2.3.1), and some do not. So one word can stand for two
/// callers: each is known by its own secret, and speaks for its own records.
#[tokio::test]
async fn of_two_callers_whose_names_are_one_when_decoded_each_is_known_by_its_own_secret() {
    let (of_ehr, of_fhir) =
        ("clinic-ehr-secret-of-more-than-32-characters", "second-secret-of-more-than-thirty-two-characters");
    for (ehr, fhir) in [("ward 7", "ward%207"), ("ward%207", "ward 7"), ("ward+7", "ward 7"), ("ward 7", "ward+7")] {
        let renamed = |toml: String| toml.replace("name = \"clinic-ehr\"", &format!("name = \"{ehr}\""));
        let renamed = |toml: String| renamed(toml).replace("name = \"second\"", &format!("name = \"{fhir}\""));
        let server = with_second(SECOND, renamed, "").await;
        let encoded = if ehr.contains(' ') { fhir } else { ehr };
        let patient = json!({ "patient": "amy-shaw" });
        let at_first = json!({ "patient": "amy-shaw", "iss": server.fhir.url });
        let by = |name: &str, secret: &str| Ehr { server: &server, credentials: basic(name, secret) };
        // The EHR speaks for every FHIR server and says which; the FHIR server for itself alone.
        for name in [ehr, encoded] {
            let caller = by(name, of_ehr);
            assert_eq!(caller.sends(&patient).await.refusal(), "400 invalid_request", "{ehr} as {name}");
            server.audit.take();
            assert!(is_good_at(&server, &caller.launches(at_first.clone()).await, &server.fhir.url).await);
            assert_eq!(caller_in_trail(&server), ehr);
        }
        for name in [fhir, encoded] {
            let caller = by(name, of_fhir);
            assert_eq!(caller.sends(&at_first).await.refusal(), "400 invalid_request", "{fhir} as {name}");
            server.audit.take();
            assert!(is_good_at(&server, &caller.launches(patient.clone()).await, SECOND).await);
            assert_eq!(caller_in_trail(&server), fhir);
        }
        // What no encoding makes the other's name, opens nothing with the other's secret.
        let (plain, secret) = if ehr == encoded { (fhir, of_ehr) } else { (ehr, of_fhir) };
        assert_eq!(by(plain, secret).sends(&at_first).await.refusal(), "401 invalid_client", "{plain}");
        assert_eq!(by(encoded, "a-wrong-secret-of-more-than-32-characters").sends(&patient).await.status, 401);
    }
}

/// Who made the launch.
fn caller_in_trail(server: &TestServer) -> String {
    let events = server.audit.take();
    let made = events.iter().find(|event| detail(event, "launch").is_some()).expect("a launch");
    let caller = agent(made, "110153").or(agent(made, "110150")).expect("a caller");
    caller["who"]["identifier"]["value"].as_str().expect("a name").to_owned()
}

/// An app that a user let in speaks for that user, and not for the EHR.
#[tokio::test]
async fn a_users_token_is_not_the_ehrs() {
    let allowed = "scope = \"__launch.create openid";
    let server = TestServer::start_with(|toml| toml.replacen("scope = \"openid", allowed, 1)).await;
    let tokens = App::public(&server).gets_tokens("amy", "openid __launch.create patient/*.rs", None).await;
    assert!(!tokens.scope().contains("__launch.create"));
    let answer = with_authorization(&server, &format!("Bearer {}", tokens.access_token())).await;
    assert_eq!((answer.status, answer.error().as_str()), (401, "invalid_token"));
}

#[tokio::test]
async fn a_token_that_is_spoilt_expired_or_of_another_tenant_is_refused() {
    let server = TestServer::start().await;
    let token = token_of_backend(&server, "__launch.create").await;
    let mut spoilt = token.clone();
    spoilt.pop();
    for bad in [spoilt.as_str(), "x", "a.b.c", ""] {
        let answer = with_authorization(&server, &format!("Bearer {bad}")).await;
        assert!(matches!(answer.status, 400 | 401), "{}", answer.status);
    }
    let elsewhere = server
        .post("/other/launchContext", &[("patient", "x")], &[("authorization", &format!("Bearer {token}"))])
        .await;
    assert_eq!((elsewhere.status, elsewhere.error().as_str()), (401, "invalid_token"));
    server.passes(300);
    let late = with_authorization(&server, &format!("Bearer {token}")).await;
    assert_eq!((late.status, late.error().as_str()), (401, "invalid_token"));
}

#[tokio::test]
async fn a_revoked_token_is_refused() {
    let server = TestServer::start().await;
    let token = token_of_backend(&server, "__launch.create").await;
    assert_eq!(App::backend(&server).posts("revoke", &[("token", &token)]).await.status, 200);
    assert_eq!(with_authorization(&server, &format!("Bearer {token}")).await.status, 401);
}

#[tokio::test]
async fn an_id_token_is_no_access_token() {
    let server = TestServer::start().await;
    let tokens = App::public(&server).gets_tokens("amy", "openid patient/*.rs", None).await;
    let id_token = tokens.0["id_token"].as_str().expect("an id_token");
    assert_eq!(with_authorization(&server, &format!("Bearer {id_token}")).await.status, 401);
}

#[tokio::test]
async fn other_methods_get_405() {
    let server = TestServer::start().await;
    for method in [Method::GET, Method::PUT, Method::DELETE, Method::PATCH] {
        let headers = [("authorization", super::ehr())];
        let headers: Vec<(&str, &str)> = headers.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let answer = server.request(method.clone(), PATH, &headers, Body::empty()).await;
        assert_eq!(answer.status, 405, "{method}");
        assert_eq!(answer.header("allow"), Some("POST, OPTIONS"));
    }
}

#[tokio::test]
async fn the_tenant_must_exist() {
    let server = TestServer::start().await;
    let headers = [("authorization", super::ehr())];
    let headers: Vec<(&str, &str)> = headers.iter().map(|(n, v)| (*n, v.as_str())).collect();
    assert_eq!(server.post("/nobody/launchContext", &[("patient", "x")], &headers).await.status, 404);
}

/// Both secrets are good while one is being replaced.
#[tokio::test]
async fn two_secrets_are_good_while_one_is_being_replaced() {
    let one = "secret = \"clinic-ehr-secret-of-more-than-32-characters\"";
    let two =
        "secrets = [\"clinic-ehr-secret-of-more-than-32-characters\", \"the-next-secret-of-more-than-32-characters\"]";
    let server = TestServer::start_with(|toml| toml.replace(one, two)).await;
    assert_eq!(with_authorization(&server, &super::ehr()).await.status, 200);
    let next = basic("clinic-ehr", "the-next-secret-of-more-than-32-characters");
    assert_eq!(with_authorization(&server, &next).await.status, 200);
}
