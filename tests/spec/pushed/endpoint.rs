//! `/par`: who may push, what is judged, what comes back (RFC 9126 §2).

use super::{PREFIX, SCOPE, and, reference, server};
use crate::{
    authorize::{asks, query_of},
    discovery::{OAUTH, OPENID, SMART},
};
use axum::http::Method;
use kit::{
    Answer, App, Ehr, TestServer,
    app::{Proof, assertion_form, with},
    http::basic,
    server::ISSUER,
};
use rules::tenant::{AssertionAudience, PushedRequests, SigningAlg};
use serde_json::json;
use server::throttle::pushes::MOST_A_MINUTE;

/// R9126-1, R9126-4: RFC 6749 §5.2, whatever the reason.
fn assert_refused(answer: &Answer, status: u16, case: &str) {
    assert_eq!(answer.status, status, "{case}: {}", answer.body);
    assert_eq!(answer.header("content-type"), Some("application/json"), "{case}");
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{case}");
    assert!(!answer.error().is_empty() && answer.header("location").is_none(), "{case}");
}

/// PAR-1, R9126-1.
#[tokio::test]
async fn every_client_pushes_as_it_authenticates_at_token() {
    let server = server().await;
    let apps = [
        App::public(&server),
        App::symmetric(&server),
        App::asymmetric(&server, SigningAlg::RS384),
        App::asymmetric(&server, SigningAlg::ES384),
    ];
    for app in apps {
        let url = app.pushed(&app.request(SCOPE)).await;
        let mut person = kit::Person::named(&server, "amy");
        let code = person.goes_through(&url, None).await.query("code").expect("a code");
        assert!(app.exchanges(&code).await.scope().contains("patient/*.rs"), "{}", app.client_id);
    }
    let post = App::post(&server);
    assert_eq!(post.pushes(&post.request("openid patient/*.rs")).await.status, 201);
}

/// PAR-1: the same refusal as at token, and no reference.
#[tokio::test]
async fn a_client_that_does_not_prove_itself_is_refused() {
    let server = server().await;
    for (app, wrong, refusal) in [
        (App::symmetric(&server), Proof::Public, "400 invalid_client"),
        (
            App::symmetric(&server),
            Proof::Basic("wrong-secret-of-more-than-thirty-two-characters"),
            "401 invalid_client",
        ),
        (App::asymmetric(&server, SigningAlg::ES384), Proof::Public, "400 invalid_client"),
        (App::asymmetric(&server, SigningAlg::ES384), Proof::Basic("x"), "401 invalid_client"),
        (App::public(&server), Proof::Basic("x"), "401 invalid_client"),
    ] {
        let request = app.request(SCOPE);
        let app = App { proof: wrong, ..app };
        assert_eq!(app.pushes(&request).await.refusal(), refusal, "{}", app.client_id);
        assert_eq!(app.redeems("x").await.refusal(), refusal, "at token: {}", app.client_id);
    }
    let unknown = App { client_id: "nobody", ..App::public(&server) };
    assert_eq!(unknown.pushes(&unknown.request(SCOPE)).await.refusal(), "400 invalid_client");
}

#[tokio::test]
async fn an_assertion_is_shown_once_here_or_at_token() {
    let server = server().await;
    let app = App::asymmetric(&server, SigningAlg::ES384);
    let proof = assertion_form(&app.assertion().sign());
    let form: Vec<_> = [app.request(SCOPE), proof.clone()].concat();
    let sends = async |path: &str, form: &[(String, String)]| {
        let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        server.post(&format!("/clinic/{path}"), &form, &[]).await
    };
    assert_eq!(sends("par", &form).await.status, 201);
    assert_eq!(sends("par", &form).await.refusal(), "401 invalid_client");
    let code = [app.exchange_form("x"), proof].concat();
    assert_eq!(sends("token", &code).await.refusal(), "401 invalid_client");
}

/// PAR-2, R9126-5.
#[tokio::test]
async fn the_assertions_audience_is_the_tenants_policy() {
    let server = server().await;
    let (token, par) = (format!("{ISSUER}/token"), format!("{ISSUER}/par"));
    for (audience, accepts) in [
        (AssertionAudience::Rfc9126, [true, true, true, false]),
        (AssertionAudience::Smart, [true, false, false, false]),
        (AssertionAudience::Rfc7523bisStrict, [false, true, false, false]),
        (AssertionAudience::Koppeltaal, [true, true, true, false]),
    ] {
        server.tenant_becomes(|tenant| tenant.policy.assertion_audience = audience).await;
        let app = App::asymmetric(&server, SigningAlg::ES384);
        let revoke = format!("{ISSUER}/revoke");
        for (aud, accepts) in [token.as_str(), ISSUER, &par, &revoke].into_iter().zip(accepts) {
            let proof = assertion_form(&app.assertion().with_claim("aud", json!(aud)).sign());
            let form = [app.request(SCOPE), proof].concat();
            let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            let status = server.post("/clinic/par", &form, &[]).await.status;
            assert_eq!(status, if accepts { 201 } else { 401 }, "{audience:?} {aud}");
        }
    }
}

/// PAR-3, R9126-1: the same judgement as at authorize, where the app hears it itself.
#[tokio::test]
async fn what_authorize_would_refuse_is_refused_here() {
    let server = server().await;
    let app = App::public(&server);
    for (name, value, error) in [
        ("response_type", None, "invalid_request"),
        ("response_type", Some("id_token"), "unsupported_response_type"),
        ("response_type", Some("token"), "unsupported_response_type"),
        ("response_mode", Some("form_post"), "invalid_request"),
        ("redirect_uri", None, "invalid_request"),
        ("redirect_uri", Some("https://app.example/callback/"), "invalid_request"),
        ("redirect_uri", Some("https://second.example/callback"), "invalid_request"),
        ("scope", None, "invalid_scope"),
        ("scope", Some("system/*.rs"), "invalid_scope"),
        ("scope", Some("nonsense"), "invalid_scope"),
        ("state", None, "invalid_request"),
        ("state", Some(&"x".repeat(5000)), "invalid_request"),
        ("aud", None, "invalid_request"),
        ("aud", Some("https://elsewhere.example/fhir"), "invalid_request"),
        ("resource", Some("https://elsewhere.example/fhir"), "invalid_target"),
        ("code_challenge", None, "invalid_request"),
        ("code_challenge", Some("short"), "invalid_request"),
        ("code_challenge_method", None, "invalid_request"),
        ("code_challenge_method", Some("plain"), "invalid_request"),
        ("nonce", Some(&"x".repeat(5000)), "invalid_request"),
        ("prompt", Some("none login"), "invalid_request"),
        ("max_age", Some("soon"), "invalid_request"),
        ("launch", Some("unknown"), "invalid_request"),
        ("registration", Some("{}"), "registration_not_supported"),
    ] {
        let answer = app.pushes(&with(app.request(SCOPE), name, value)).await;
        assert_refused(&answer, 400, &format!("{name} {value:?}"));
        assert_eq!(answer.error(), error, "{name} {value:?}: {}", answer.body);
    }
}

/// PAR-3: PKCE of a client with a secret, and its redirect URI, are judged as any other's.
#[tokio::test]
async fn a_secret_is_no_reason_to_judge_less() {
    let server = server().await;
    let app = App::symmetric(&server);
    for (name, value) in [("redirect_uri", Some("https://new.example/cb")), ("code_challenge", None)] {
        let answer = app.pushes(&with(app.request(SCOPE), name, value)).await;
        assert_eq!(answer.refusal(), "400 invalid_request", "{name}");
    }
}

/// PAR-3: a launch must be there and be this client's. Looking uses nothing up.
#[tokio::test]
async fn a_launch_is_looked_at() {
    let server = server().await;
    let (app, second) = (App::public(&server), App::second(&server));
    let own = Ehr::of(&server).launches(json!({ "patient": "amy-shaw", "client_id": "public-app" })).await;
    let scope = "launch openid patient/*.rs";
    for _ in 0..2 {
        assert_eq!(app.pushes(&and(app.request(scope), "launch", &own)).await.status, 201);
    }
    let answer = second.pushes(&and(second.request(scope), "launch", &own)).await;
    assert_eq!(answer.refusal(), "400 invalid_request");
    server.passes(301);
    let answer = app.pushes(&and(app.request(scope), "launch", &own)).await;
    assert_eq!(answer.refusal(), "400 invalid_request");
}

/// PAR-4, R9126-2.
#[tokio::test]
async fn the_answer_is_a_reference_that_nobody_can_guess() {
    let server = server().await;
    let app = App::public(&server);
    let answer = app.pushes(&app.request(SCOPE)).await;
    assert_eq!(answer.status, 201);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.json()["expires_in"], 90);
    assert_eq!(answer.json().as_object().expect("an object").len(), 2);
    let first = answer.json()["request_uri"].as_str().expect("a text").to_owned();
    let other = reference(&app, &app.request(SCOPE)).await;
    let secrets = [&first, &other].map(|uri| uri.strip_prefix(PREFIX).expect("a URN").to_owned());
    assert!(secrets.iter().all(|secret| secret.len() == 43), "{secrets:?}");
    assert_ne!(secrets[0], secrets[1]);
    server.tenant_becomes(|tenant| tenant.policy.pushed_request_seconds = 5).await;
    assert_eq!(app.pushes(&app.request(SCOPE)).await.json()["expires_in"], 5);
}

/// PAR-5, R9126-1.
#[tokio::test]
async fn a_request_object_or_a_reference_is_not_pushed() {
    let server = server().await;
    let app = App::public(&server);
    let own = reference(&app, &app.request(SCOPE)).await;
    for uri in [own.as_str(), "https://app.example/request.jwt"] {
        let answer = app.pushes(&and(app.request(SCOPE), "request_uri", uri)).await;
        assert_refused(&answer, 400, uri);
        assert_eq!(answer.error(), "invalid_request");
    }
    let answer = app.pushes(&and(app.request(SCOPE), "request", "a.b.c")).await;
    assert_refused(&answer, 400, "request");
    assert_eq!(answer.error(), "request_not_supported");
}

#[tokio::test]
async fn the_client_id_is_that_of_whoever_authenticates() {
    let server = server().await;
    let app = App::symmetric(&server);
    for other in [Some("public-app"), None] {
        let answer = app.pushes(&with(app.request(SCOPE), "client_id", other)).await;
        assert_eq!(answer.refusal(), "400 invalid_request", "{other:?}");
    }
    let app = App::asymmetric(&server, SigningAlg::ES384);
    let answer = app.pushes(&with(app.request(SCOPE), "client_id", Some("public-app"))).await;
    assert!(matches!(answer.status, 400 | 401), "{}", answer.body);
    assert_eq!(app.pushes(&with(app.request(SCOPE), "client_id", None)).await.refusal(), "400 invalid_request");
}

/// R9126-4; PAR-12: as strict as the token endpoint.
#[tokio::test]
async fn a_push_is_a_form_by_post_and_no_larger_than_others() {
    let server = server().await;
    let app = App::public(&server);
    let form = query_of(&app.request(SCOPE));
    const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
    let sends = async |method: Method, headers: &[(&str, &str)], body: String| {
        server.request(method, "/clinic/par", headers, body).await
    };
    for method in [Method::GET, Method::PUT, Method::DELETE, Method::PATCH] {
        let answer = sends(method.clone(), &[FORM], form.clone()).await;
        assert_refused(&answer, 405, method.as_str());
        assert!(answer.header("allow").is_some_and(|allow| allow.contains("POST")));
    }
    for kind in ["application/json", "text/plain", "multipart/form-data; boundary=x", ""] {
        assert_refused(&sends(Method::POST, &[("content-type", kind)], form.clone()).await, 400, kind);
    }
    for body in ["", "&", "=", "a", "client_id=%ff"] {
        assert_refused(&sends(Method::POST, &[FORM], body.to_owned()).await, 400, body);
    }
    for name in ["client_id", "scope", "state", "unknown", "%73cope"] {
        let answer = sends(Method::POST, &[FORM], format!("{form}&{name}=1&{name}=1")).await;
        assert_eq!(answer.refusal(), "400 invalid_request", "{name}");
    }
    assert_refused(&sends(Method::POST, &[FORM], format!("{form}&x={}", "x".repeat(1_000_000))).await, 413, "large");
    // Within what the body may have, and more than the table should keep.
    let answer = sends(Method::POST, &[FORM], format!("{form}&login_hint={}", "é".repeat(100_000))).await;
    assert_eq!(answer.refusal(), "400 invalid_request", "of six bytes a letter, once it is kept as a form");
    let many: Vec<String> = (0..1000).map(|n| format!("p{n}=1")).collect();
    assert_refused(&sends(Method::POST, &[FORM], many.join("&")).await, 400, "a thousand parameters");
    assert_refused(&server.post("/nowhere/par", &[("client_id", "x")], &[]).await, 404, "tenant");
}

#[tokio::test]
async fn two_ways_of_authentication_are_one_too_many() {
    let server = server().await;
    let app = App::symmetric(&server);
    let form = and(app.request(SCOPE), "client_secret", "symmetric-secret-of-more-than-32-characters");
    assert_eq!(app.pushes(&form).await.refusal(), "400 invalid_request");
}

/// TOK-15: an app in a browser pushes from its own origin.
#[tokio::test]
async fn a_page_of_a_registered_origin_may_push() {
    let server = server().await;
    let app = App { origin: Some("https://app.example"), ..App::public(&server) };
    let answer = app.pushes(&app.request(SCOPE)).await;
    assert_eq!(answer.header("access-control-allow-origin"), Some("https://app.example"));
    let elsewhere = App { origin: Some("https://second.example"), ..app };
    assert_eq!(elsewhere.pushes(&elsewhere.request(SCOPE)).await.header("access-control-allow-origin"), None);
    let asks = [("origin", "https://app.example"), ("access-control-request-method", "POST")];
    let preflight = server.request(Method::OPTIONS, "/clinic/par", &asks, "").await;
    assert_eq!((preflight.status, preflight.header("access-control-allow-origin")), (204, Some("https://app.example")));
}

/// PAR-12, R9126-4. Those of other apps, and of a public app's users elsewhere, are not stopped by it.
#[tokio::test]
async fn pushes_are_counted_for_each_app() {
    let server = server().await;
    let (app, second, own) = (App::public(&server), App::second(&server), App::symmetric(&server));
    let bad = with(app.request(SCOPE), "scope", None);
    for _ in 0..MOST_A_MINUTE {
        assert_eq!(app.pushes(&bad).await.status, 400);
    }
    let answer = app.pushes(&app.request(SCOPE)).await;
    assert_eq!(answer.status, 429, "{}", answer.body);
    let wait: i64 = answer.header("retry-after").and_then(|wait| wait.parse().ok()).expect("Retry-After");
    assert!((1..=60).contains(&wait), "{wait}");
    for other in [&second, &own] {
        assert_eq!(other.pushes(&other.request(SCOPE)).await.status, 201, "{}", other.client_id);
    }
    let elsewhere = server.seen_from("198.51.100.7");
    let there = App { server: &elsewhere, ..app.clone() };
    assert_eq!(there.pushes(&there.request(SCOPE)).await.status, 201);
    server.passes(wait);
    assert_eq!(app.pushes(&app.request(SCOPE)).await.status, 201);
}

/// PAR-10, R9126-6.
#[tokio::test]
async fn the_documents_name_the_endpoint_while_it_is_there() {
    let paths = [SMART, OPENID, OAUTH];
    let server = TestServer::start().await;
    let mut before = Vec::new();
    for path in paths {
        before.push(server.get(path).await.body);
    }
    assert!(before.iter().all(|text| !text.contains("pushed")), "{before:?}");
    for (how, required) in [(PushedRequests::Accepted, false), (PushedRequests::Required, true)] {
        server.tenant_becomes(|tenant| tenant.policy.pushed_authorization_requests = how).await;
        for path in paths {
            let document = server.get(path).await.json();
            assert_eq!(document["pushed_authorization_request_endpoint"], format!("{ISSUER}/par"), "{path}");
            assert_eq!(document["require_pushed_authorization_requests"], required, "{path}");
        }
    }
    server.tenant_becomes(|tenant| tenant.policy.pushed_authorization_requests = PushedRequests::Off).await;
    for (path, before) in paths.into_iter().zip(before) {
        assert_eq!(server.get(path).await.body, before, "{path}");
    }
}

/// Switched off, it is as if there were none.
#[tokio::test]
async fn without_the_switch_nothing_is_pushed() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let answer = app.pushes(&app.request(SCOPE)).await;
    assert_refused(&answer, 404, "push");
    let headers = [("origin", "https://app.example"), ("access-control-request-method", "POST")];
    for (method, body) in
        [(Method::GET, String::new()), (Method::OPTIONS, String::new()), (Method::POST, "x".repeat(1_000_000))]
    {
        let answer = server.request(method.clone(), "/clinic/par", &headers, body).await;
        assert_refused(&answer, 404, method.as_str());
    }
    let request = and(app.request(SCOPE), "request_uri", &format!("{PREFIX}{}", "x".repeat(43)));
    let answer = asks(&server, &request).await;
    assert_eq!(answer.query("error").as_deref(), Some("request_uri_not_supported"));
}

/// PAR-1: a client that is refused is in the trail as at token; what it asked for is not.
#[tokio::test]
async fn a_refused_push_is_recorded_without_what_was_asked() {
    let server = server().await;
    let app = App::symmetric(&server);
    server.audit.take();
    app.pushes(&app.request(SCOPE)).await;
    assert!(server.audit.take().is_empty(), "a push decides nothing");
    let wrong = basic("symmetric-app", "wrong-secret-of-more-than-thirty-two-characters");
    let request = and(app.request(SCOPE), "login_hint", "amy@home.example");
    let form: Vec<(&str, &str)> = request.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    server.post("/clinic/par", &form, &[("authorization", &wrong)]).await;
    let event = server.audit.takes_one("ITI-71");
    assert_eq!(event["outcome"], "8");
    assert!(!event.to_string().contains("amy@home.example"), "{event}");
}
