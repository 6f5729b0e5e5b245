//! The events of both kinds of API Gateway, and the answers that each takes.

use authorizer::{Authorizer, NoPolicy};
use kit::{App, TestServer};
use serde_json::{Value, json};

const BASE: &str = "https://api.example/clinic/fhir";
const ARN: &str = "arn:aws:execute-api:us-east-1:123456789012:abcdef123/prod/GET/clinic/fhir/Patient/amy-shaw";

async fn start() -> TestServer {
    TestServer::start_with(|toml| toml.replace("{fhir}", BASE)).await
}

fn authorizer(server: &TestServer, simple: bool) -> Authorizer {
    Authorizer::new(server.server.clone(), &format!("clinic={BASE}"), simple).expect("a good setting")
}

async fn amys_token(server: &TestServer) -> String {
    let app = App::public(server);
    let request = kit::app::with(app.request("openid fhirUser launch/patient patient/*.rs"), "aud", Some(BASE));
    let answer = kit::Person::named(server, "amy").goes_through(&kit::app::authorize_url(&request), None).await;
    app.exchanges(&answer.query("code").expect("a code")).await.access_token().to_owned()
}

/// Payload format 2.0, as the developer guide has it.
fn http_api(token: &str, method: &str, path: &str) -> Value {
    json!({
        "version": "2.0",
        "type": "REQUEST",
        "routeArn": ARN,
        "identitySource": [format!("Bearer {token}")],
        "routeKey": "ANY /{proxy+}",
        "rawPath": path,
        "rawQueryString": "",
        "headers": { "authorization": format!("Bearer {token}"), "host": "api.example" },
        "requestContext": {
            "accountId": "123456789012", "apiId": "abcdef123", "domainName": "api.example",
            "http": { "method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "agent" },
            "stage": "$default",
        },
    })
}

fn rest_token(token: &str, method: &str, path: &str) -> Value {
    let arn = format!("arn:aws:execute-api:us-east-1:123456789012:abcdef123/prod/{method}{path}");
    json!({ "type": "TOKEN", "authorizationToken": format!("Bearer {token}"), "methodArn": arn })
}

fn rest_request(token: &str, method: &str, path: &str) -> Value {
    json!({
        "type": "REQUEST",
        "methodArn": ARN,
        "resource": "/{proxy+}",
        "path": path,
        "httpMethod": method,
        "headers": { "Authorization": format!("bearer {token}"), "Accept": "*/*" },
        "multiValueHeaders": {},
        "queryStringParameters": { "_count": "1" },
        "multiValueQueryStringParameters": { "_count": ["1"] },
        "requestContext": { "stage": "prod", "httpMethod": method },
    })
}

type MakeEvent = fn(&str, &str, &str) -> Value;

#[tokio::test]
async fn each_gateway_gets_a_yes_in_its_own_form_with_whom_it_is() {
    let server = start().await;
    let token = amys_token(&server).await;
    let path = "/clinic/fhir/Patient/amy-shaw";
    let simple = authorizer(&server, true).answers(http_api(&token, "GET", path)).await.expect("an answer");
    assert_eq!(simple["isAuthorized"], true);
    let context = simple["context"].clone();
    let claims = kit::app::claims(&token);
    let expected = json!({
        "tenant": "clinic", "sub": claims["sub"], "client_id": "public-app", "scope": claims["scope"], "levels": "patient",
        "patient": "amy-shaw", "fhirUser": format!("{BASE}/Patient/amy-shaw"),
    });
    assert_eq!(context, expected);
    for make in [http_api as MakeEvent, rest_token, rest_request] {
        let event = make(&token, "GET", path);
        let answer = authorizer(&server, false).answers(event.clone()).await.expect("an answer");
        assert_eq!(answer["principalId"], claims["sub"]);
        let statement = &answer["policyDocument"]["Statement"][0];
        assert_eq!((&statement["Effect"], &statement["Action"]), (&json!("Allow"), &json!("execute-api:Invoke")));
        // One request and no other.
        let asked = if event["methodArn"].is_null() { &event["routeArn"] } else { &event["methodArn"] };
        assert_eq!(&statement["Resource"], asked);
        assert_eq!(answer["context"], expected);
    }
}

#[tokio::test]
async fn what_the_scopes_dont_allow_is_denied_with_a_reference() {
    let server = start().await;
    let token = amys_token(&server).await;
    for (method, path) in [
        ("GET", "/clinic/fhir/Patient/wei-chen"),
        ("POST", "/clinic/fhir/Observation"),
        ("DELETE", "/clinic/fhir/Patient/amy-shaw"),
        ("POST", "/clinic/fhir"),
        ("GET", "/clinic/fhirx/Patient/amy-shaw"),
        ("GET", "/other/fhir/Patient/amy-shaw"),
    ] {
        let answer = authorizer(&server, true).answers(http_api(&token, method, path)).await.expect("an answer");
        assert_eq!(answer["isAuthorized"], false, "{method} {path}");
        assert!(answer["context"]["refusal"].is_string());
        for make in [rest_token as MakeEvent, rest_request] {
            let answer = authorizer(&server, true).answers(make(&token, method, path)).await.expect("an answer");
            assert_eq!(answer["policyDocument"]["Statement"][0]["Effect"], "Deny", "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a_token_that_is_not_good_is_a_401_where_the_gateway_can_say_so() {
    let server = start().await;
    let revoked = amys_token(&server).await;
    App::public(&server).posts("revoke", &[("token", &revoked)]).await;
    let elsewhere = App::backend(&TestServer::start().await).asks_for_itself("system/*.rs").await.json();
    let elsewhere = elsewhere["access_token"].as_str().expect("a token").to_owned();
    for token in [revoked.as_str(), &elsewhere, "nonsense", ""] {
        let path = "/clinic/fhir/Patient/amy-shaw";
        for make in [rest_token as MakeEvent, rest_request] {
            let error = authorizer(&server, true).answers(make(token, "GET", path)).await.expect_err("no answer");
            assert_eq!(error.to_string(), "Unauthorized");
        }
        let answer = authorizer(&server, true).answers(http_api(token, "GET", path)).await.expect("an answer");
        assert_eq!(answer["isAuthorized"], false);
    }
    let token = amys_token(&server).await;
    server.passes(3601);
    let late = rest_token(&token, "GET", "/clinic/fhir/Patient/amy-shaw");
    assert!(authorizer(&server, true).answers(late).await.is_err());
}

#[tokio::test]
async fn a_stage_with_a_name_is_no_part_of_the_path() {
    let server = start().await;
    let token = amys_token(&server).await;
    let mut event = http_api(&token, "GET", "/prod/clinic/fhir/Patient/amy-shaw");
    event["requestContext"]["stage"] = json!("prod");
    let answer = authorizer(&server, true).answers(event).await.expect("an answer");
    assert_eq!(answer["isAuthorized"], true);
}

#[tokio::test]
async fn an_outage_is_a_fault_and_no_answer_that_a_gateway_keeps() {
    let server = start().await;
    let token = amys_token(&server).await;
    let path = "/clinic/fhir/Patient/amy-shaw";
    let remembering = authorizer(&server, true);
    remembering.answers(http_api(&token, "GET", path)).await.expect("an answer");
    server.loses_its_table();
    for make in [http_api as MakeEvent, rest_token, rest_request] {
        for (authorizer, simple) in [(authorizer(&server, true), true), (authorizer(&server, false), false)] {
            let outcome = authorizer.answers(make(&token, "GET", path)).await;
            assert_eq!(outcome.err(), Some(NoPolicy::Outage), "{simple}");
        }
        assert_eq!(remembering.answers(make(&token, "GET", path)).await.err(), Some(NoPolicy::Outage));
        // What needs no table is told as ever: nobody has such a token.
        assert_ne!(remembering.answers(make("junk", "GET", path)).await.err(), Some(NoPolicy::Outage));
    }
    server.finds_its_table();
    remembering.answers(http_api(&token, "GET", path)).await.expect("an answer");
}

#[tokio::test]
async fn an_odd_event_lets_nobody_through() {
    let server = start().await;
    for odd in [json!(null), json!({}), json!({ "version": "2.0" }), json!({ "type": "TOKEN", "methodArn": "x" })] {
        assert!(authorizer(&server, true).answers(odd).await.is_err());
    }
}

async fn says(server: &TestServer, event: Value) -> bool {
    match authorizer(server, true).answers(event).await {
        Ok(answer) => answer["isAuthorized"] == true || answer["policyDocument"]["Statement"][0]["Effect"] == "Allow",
        Err(_) => false,
    }
}

/// Only what reads everything may search where nobody tells what the search asks for.
#[tokio::test]
async fn a_token_authorizer_that_is_told_no_query_lets_through_no_search_that_could_bring_more() {
    let server = start().await;
    let of = async |scope: &str| {
        let app = App::public(&server);
        let request = kit::app::with(app.request(&format!("launch/patient {scope}")), "aud", Some(BASE));
        let mut amy = kit::Person::named(&server, "amy");
        let answer = amy.goes_through(&kit::app::authorize_url(&request), None).await;
        app.exchanges(&answer.query("code").expect("a code")).await.access_token().to_owned()
    };
    let (narrow, wide) = (of("patient/Observation.rs").await, of("patient/*.rs").await);
    for (token, path, by_token, by_request) in [
        (&narrow, "/clinic/fhir/Observation", false, true),
        (&narrow, "/clinic/fhir/Observation/1", true, true),
        (&wide, "/clinic/fhir/Observation", true, true),
    ] {
        assert_eq!(says(&server, rest_token(token, "GET", path)).await, by_token, "{path}");
        assert_eq!(says(&server, rest_request(token, "GET", path)).await, by_request, "{path}");
    }
}

/// Whatever a FHIR server behind it might read otherwise than we do.
#[tokio::test]
async fn what_can_be_read_in_two_ways_is_let_through_in_none() {
    let server = start().await;
    let token = amys_token(&server).await;
    let path = "/clinic/fhir/Patient/amy-shaw";
    assert!(says(&server, http_api(&token, "GET", path)).await);
    for header in ["x-http-method-override", "X-HTTP-Method", "x-method-override"] {
        for make in [http_api as MakeEvent, rest_request] {
            let mut event = make(&token, "GET", path);
            event["headers"][header] = json!("DELETE");
            assert!(!says(&server, event).await, "{header}");
        }
    }
    let mut twice = rest_request(&token, "GET", path);
    twice["multiValueHeaders"] = json!({ "Authorization": ["Bearer another", format!("Bearer {token}")] });
    assert!(!says(&server, twice).await);
    let mut joined = http_api(&token, "GET", path);
    joined["headers"]["authorization"] = json!(format!("Bearer {token},Bearer {token}"));
    assert!(!says(&server, joined).await);
    for path in [
        "/clinic/fhir/../fhir/Patient/amy-shaw",
        "/clinic//fhir/Patient/amy-shaw",
        "/clinic/fhir//Patient/amy-shaw",
        "/clinic/fhir/Patient%2Famy-shaw",
        "/clinic%2Ffhir/Patient/amy-shaw",
        "/clinic/%66hir/Patient/amy-shaw",
        "/CLINIC/fhir/Patient/amy-shaw",
        "clinic/fhir/Patient/amy-shaw",
        "",
    ] {
        for make in [http_api as MakeEvent, rest_token, rest_request] {
            assert!(!says(&server, make(&token, "GET", path)).await, "{path}");
        }
    }
}

/// Members that are of another type: never a panic, and never a yes where one of them decides.
#[tokio::test]
async fn an_event_that_is_spoilt_anywhere_is_no_yes() {
    let server = start().await;
    let token = amys_token(&server).await;
    let decide = ["version", "rawPath", "path", "headers", "httpMethod", "authorizationToken", "methodArn"];
    for (make, also, unread) in [
        (http_api as MakeEvent, Some("requestContext"), None),
        // Its version tells a REQUEST apart, and there is none; the ARN is only what the answer is for.
        (rest_request, None, Some("methodArn")),
        (rest_token, Some("type"), None),
    ] {
        let good = make(&token, "GET", "/clinic/fhir/Patient/amy-shaw");
        for member in good.as_object().expect("members").keys() {
            for odd in [json!(null), json!(1), json!([]), json!({}), json!("x"), json!([[1], { "a": null }])] {
                let mut event = good.clone();
                event[member] = odd;
                let yes = says(&server, event.clone()).await;
                let decides = (decide.contains(&member.as_str()) || also == Some(member)) && unread != Some(member);
                assert!(!(yes && decides), "{member}: {event}");
            }
        }
    }
}

#[tokio::test]
async fn a_request_costs_one_read() {
    let server = start().await;
    let token = amys_token(&server).await;
    let authorizer = authorizer(&server, true);
    let event = || http_api(&token, "GET", "/clinic/fhir/Observation/1");
    authorizer.answers(event()).await.expect("an answer");
    server.calls.take();
    authorizer.answers(event()).await.expect("an answer");
    assert_eq!(server.calls.take(), ["GetItem"]);
}

#[tokio::test]
async fn a_setting_that_names_no_base_is_refused_at_the_start() {
    let server = start().await;
    for wrong in ["", "clinic", "clinic=", "Clinic=https://api.example", "clinic=not a url"] {
        assert!(Authorizer::new(server.server.clone(), wrong, true).is_err(), "{wrong}");
    }
}
