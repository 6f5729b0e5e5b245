//! He sends too much, too deep, too often in one request, to make the server slow, full or fall over. Everything that is
//! read has a bound, and beyond it comes the protocol's own refusal, never a 500 (E22).

use super::*;
use axum::http::Method;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kit::{
    Ehr, Person,
    app::{VERIFIER, assertion_form},
    browser::Place,
    http::encode,
};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::Instant;

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// Not a measurement: a wrong order of growth takes minutes, and a busy machine does not.
async fn in_time<T>(work: impl Future<Output = T>) -> T {
    let start = Instant::now();
    let result = work.await;
    assert!(start.elapsed() < Duration::from_secs(90), "it took {:?}", start.elapsed());
    result
}

fn nested(depth: usize) -> String {
    format!("{}1{}", "[".repeat(depth), "]".repeat(depth))
}

async fn authenticates(server: &TestServer, jwt: &str) -> Answer {
    let mut form = assertion_form(jwt);
    form.extend([("grant_type".into(), "client_credentials".into()), ("scope".into(), "system/*.rs".into())]);
    let pairs: Vec<(&str, &str)> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    server.post("/clinic/token", &pairs, &[]).await
}

#[tokio::test]
async fn a_body_of_a_megabyte_is_refused() {
    let server = TestServer::start().await;
    let form = format!("grant_type=client_credentials&x={}", "x".repeat(1024 * 1024));
    for path in ["token", "introspect", "revoke", "launchContext"] {
        let answer = server.request(Method::POST, &format!("/clinic/{path}"), &[FORM], form.clone()).await;
        assert_refused(&answer, 413, "invalid_request");
    }
    let answer = server.request(Method::POST, "/clinic/authorize", &[FORM], form).await;
    assert_eq!(answer.status, 413);
    assert!(answer.body.contains("<html"), "{}", answer.body);
}

#[tokio::test]
async fn more_than_two_hundred_parameters_are_refused() {
    let server = TestServer::start().await;
    let many: String = (0..201).map(|n| format!("p{n}=1&")).collect();
    let hundred_thousand = "&a".repeat(100_000);
    for body in [many, hundred_thousand, "a=1&".repeat(60_000)] {
        for path in ["token", "introspect", "revoke"] {
            let answer = in_time(server.request(Method::POST, &format!("/clinic/{path}"), &[FORM], body.clone())).await;
            assert_refused(&answer, 400, "invalid_request");
        }
        assert_eq!(server.request(Method::POST, "/clinic/authorize", &[FORM], body).await.status, 400);
    }
}

#[tokio::test]
async fn bytes_that_are_no_text_are_refused() {
    let server = TestServer::start().await;
    for body in [&b"grant_type=%ff%fe"[..], b"\xff\xfe\x00", b"%", b"%zz=%zz", b"=&=&=", b"\x00=\x00", b"&&&&"] {
        for path in ["token", "introspect", "revoke", "launchContext", "authorize"] {
            let answer = server.request(Method::POST, &format!("/clinic/{path}"), &[FORM], body.to_vec()).await;
            assert!(matches!(answer.status, 400 | 401), "{path} {body:?}: {}", answer.status);
        }
    }
}

/// 16 kB is more than any client's assertion; beyond it nothing is decoded.
#[tokio::test]
async fn a_jwt_of_more_than_sixteen_kilobytes_is_refused() {
    let server = TestServer::start().await;
    let app = App::backend(&server);
    let large = app.assertion().with_claim("x", json!("x".repeat(20_000))).sign();
    assert_refused(&authenticates(&server, &large).await, 401, "invalid_client");
    let still_good = app.assertion().with_claim("x", json!("x".repeat(8_000))).sign();
    assert_eq!(authenticates(&server, &still_good).await.status, 200);
    let huge = format!("{}.{}.{}", "e".repeat(60_000), "e".repeat(60_000), "e".repeat(60_000));
    assert_refused(&authenticates(&server, &huge).await, 401, "invalid_client");
    assert_eq!(kit::app::introspect(&server, &huge).await, json!({ "active": false }));
    assert_eq!(kit::app::introspect(&server, &".".repeat(60_000)).await, json!({ "active": false }));
    assert_eq!(kit::app::introspect(&server, &large).await, json!({ "active": false }));
}

/// A parser that calls itself for each bracket runs out of stack.
#[tokio::test]
async fn json_without_bottom_in_a_jwt_is_refused() {
    let server = TestServer::start().await;
    let good = App::backend(&server).assertion();
    for deep in [nested(127), nested(5_000), "[".repeat(5_000), format!("{}1", "{\"a\":".repeat(1_500))] {
        let claims = good.claims.to_string().replacen('{', &format!("{{\"x\":{deep},"), 1);
        let header = good.header.to_string().replacen('{', &format!("{{\"x\":{deep},"), 1);
        for (header, claims) in [(good.header.to_string(), claims), (header, good.claims.to_string())] {
            let jwt = format!("{}.{}.AAAA", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
            assert_refused(&authenticates(&server, &jwt).await, 401, "invalid_client");
            assert_eq!(kit::app::introspect(&server, &jwt).await, json!({ "active": false }));
        }
    }
}

#[tokio::test]
async fn json_without_bottom_in_a_launch_context_is_refused() {
    let server = TestServer::start().await;
    let ehr = Ehr::of(&server);
    let headers = [("authorization", ehr.credentials.as_str()), ("content-type", "application/json")];
    for body in [
        nested(100_000),
        "[".repeat(200_000),
        "{\"a\":".repeat(40_000),
        format!("{{\"__x\":{}}}", nested(1_000)),
        format!("{{\"fhirContext\":{}}}", nested(1_000)),
        format!("{{\"patient\":{}}}", nested(100)),
        "nul".to_owned(),
        "\"x\"".to_owned(),
        String::new(),
    ] {
        let answer = server.request(Method::POST, "/clinic/launchContext", &headers, body).await;
        assert_refused(&answer, 400, "invalid_request");
    }
}

/// What launchContext takes must come out at the other end: a depth that can be read once but not from the table, inside
/// the launch, the interaction and the grant, would end every launch with it in an outage.
#[tokio::test]
async fn every_context_that_is_taken_can_be_launched() {
    let server = TestServer::start().await;
    let ehr = Ehr::of(&server);
    let app = App::public(&server);
    let mut taken = 0;
    for depth in [1, 16, 31, 32, 33, 64, 100, 110, 118, 119, 120, 121, 122, 123, 124, 125, 126] {
        for text in [
            format!("{{\"__x\":{}}}", nested(depth)),
            format!("{{\"fhirContext\":[{{\"reference\":\"Task/1\",\"__x\":{}}}]}}", nested(depth)),
        ] {
            let Ok(mut context) = serde_json::from_str::<Value>(&text) else { continue };
            context["patient"] = json!("amy-shaw");
            let answer = ehr.sends(&context).await;
            if answer.status != 200 {
                assert_refused(&answer, 400, "invalid_request");
                continue;
            }
            taken += 1;
            let launch = answer.json()["launch"].as_str().expect("a handle").to_owned();
            let url = app.with_launch("launch patient/*.rs", &launch);
            let answer = Person::named(&server, "hannah").goes_through(&url, None).await;
            let code = answer.query("code").unwrap_or_else(|| panic!("depth {depth}: {}", answer.location()));
            let tokens = app.exchanges(&code).await;
            assert_eq!(app.introspected(tokens.access_token()).await["active"], true, "depth {depth}");
        }
    }
    assert!(taken >= 4);
}

/// Large and still allowed: it must fit into the table with everything round it.
#[tokio::test]
async fn the_largest_request_with_the_largest_context_is_answered() {
    let server = TestServer::start().await;
    let ehr = Ehr::of(&server);
    let app = App::public(&server);
    for kilobytes in [10, 100, 200, 250] {
        let answer = ehr.sends(&json!({ "patient": "amy-shaw", "__x": "\u{1}".repeat(kilobytes * 170) })).await;
        if answer.status != 200 {
            assert_refused(&answer, 400, "invalid_request");
            continue;
        }
        let launch = answer.json()["launch"].as_str().expect("a handle").to_owned();
        let mut request = app.request("launch patient/*.rs");
        request = kit::app::with(request, "state", Some(&"s".repeat(kilobytes * 1000)));
        request.push(("launch".into(), launch));
        let pairs: Vec<(&str, &str)> = request.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let mut person = Person::named(&server, "hannah");
        let answer = match person.posts("/clinic/authorize", &pairs).await {
            Place::Page(page) => match person.does(&page, None).await {
                Place::Page(page) => person.does(&page, None).await.app(),
                other => other.app(),
            },
            Place::App(answer) | Place::End(answer) => answer,
        };
        // A code, or a refusal in the protocol's words; an outage it is not.
        assert_ne!(answer.status, 500);
        let error = if answer.status == 303 { answer.query("error") } else { None };
        assert!(matches!(error.as_deref(), None | Some("invalid_request")), "{kilobytes} kB: {error:?}");
    }
}

/// A wish of ten thousand scopes, different in everything, at every place that takes one.
#[tokio::test]
async fn a_wish_without_end_is_answered_in_time() {
    let server = TestServer::start().await;
    let many: Vec<String> = (0..4_000).map(|n| format!("patient/Observation.rs?code=http://x|{n}")).collect();
    let many = many.join(" ");
    assert!(many.len() < 256 * 1024);
    let wild: Vec<String> = (0..5_000).map(|n| format!("patient/*.rs?_tag=a{n}")).collect();
    let app = App::public(&server);
    let tokens = app.gets_tokens("amy", SCOPE, None).await;
    let answer = in_time(app.sends_refresh(tokens.refresh_token(), Some(&many))).await;
    assert!(matches!(answer.status, 200 | 400), "{}", answer.status);
    let answer = in_time(App::backend(&server).asks_for_itself(&many.replace("patient/", "system/"))).await;
    assert!(matches!(answer.status, 200 | 400), "{}", answer.status);
    for wish in [many, wild.join(" ")] {
        let request = kit::app::with(app.request("x"), "scope", Some(&wish));
        let pairs: Vec<(&str, &str)> = request.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let answer = in_time(server.post("/clinic/authorize", &pairs, &[])).await;
        assert!(matches!(answer.status, 303 | 400 | 413), "{}", answer.status);
    }
}

#[tokio::test]
async fn long_values_in_every_place_are_refused_in_the_protocols_words() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let long = "x".repeat(100_000);
    for name in
        ["grant_type", "code", "redirect_uri", "code_verifier", "client_id", "client_secret", "refresh_token", "scope"]
    {
        let mut form = exchange_form(&app, "x", VERIFIER);
        form.retain(|(n, _)| *n != name);
        form.extend([(name, long.as_str())]);
        if name != "client_id" {
            form.push(("client_id", "public-app"));
        }
        let answer = server.post("/clinic/token", &form, &[]).await;
        assert!(matches!(answer.status, 400 | 401), "{name}: {} {}", answer.status, answer.body);
    }
    for name in [
        "client_id",
        "redirect_uri",
        "scope",
        "aud",
        "launch",
        "nonce",
        "login_hint",
        "prompt",
        "max_age",
        "response_type",
    ] {
        let request = kit::app::with(app.request(SCOPE), name, Some(&long));
        let body = encode(&request.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect::<Vec<_>>());
        let answer = server.request(Method::POST, "/clinic/authorize", &[FORM], body).await;
        assert!(matches!(answer.status, 303 | 400), "{name}: {}", answer.status);
    }
    for header in
        [basic(&long, "x"), basic("x", &long), format!("Bearer {long}"), long.clone(), format!("Basic {long}")]
    {
        for path in ["token", "introspect", "launchContext"] {
            let form = [("grant_type", "client_credentials"), ("token", "x")];
            let answer = server.post(&format!("/clinic/{path}"), &form, &[("authorization", &header)]).await;
            assert!(matches!(answer.status, 400 | 401), "{path}: {}", answer.status);
        }
    }
}

#[tokio::test]
async fn a_heap_of_cookies_is_looked_through() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let mut person = Person::named(&server, "amy");
    let page = person.opens(&app.standalone(SCOPE)).await.page();
    for n in 0..2_000 {
        person.cookies.insert(format!("__Host-admit-{n}"), "x".repeat(20));
    }
    in_time(person.opens(&page.url)).await.page();
}

/// Names and ids that mean something to a table, a path or a shell are names here.
#[tokio::test]
async fn a_name_that_means_something_elsewhere_is_unknown_here() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    for name in [
        "' OR 1=1 --",
        "{\"S\":\"public-app\"}",
        "clinic#CLIENT#public-app",
        "public-app#",
        "../public-app",
        "$ne",
        "*",
        "\u{0}",
        "${jndi:ldap://x}",
        "{{7*7}}",
        "%s%n",
    ] {
        let form = [("grant_type", "authorization_code"), ("code", name), ("client_id", name)];
        assert_refused(&server.post("/clinic/token", &form, &[]).await, 400, "invalid_client");
        assert_refused(&app.redeems(name).await, 400, "invalid_grant");
        assert_eq!(kit::app::introspect(&server, name).await, json!({ "active": false }));
        let mut person = Person::named(&server, name);
        let page = person.opens(&app.standalone(SCOPE)).await.page();
        assert!(person.does(&page, None).await.page().asks("password"), "{name}");
    }
}
