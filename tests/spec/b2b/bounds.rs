//! How much an assertion may bring, what of it is left aside, and what it must bring (B2B-4, B2B-5, B2B-10).

use super::{bringing, but, carried, payer, refused, server, service, shows, smallest};
use kit::{App, TestServer, app::claims, log::Log};
use serde_json::{Value, json};

/// B2B-10.
#[tokio::test]
async fn what_comes_twice_too_deep_or_too_long_is_refused_wherever_it_is() {
    let server = server().await;
    let good = smallest().to_string();
    let twice = "a member of extensions, or of an object in it, comes twice";
    let deep = "extensions may hold objects and lists in one another up to a depth of 4, itself included";
    let long = "extensions may have 8000 bytes at most, written without spaces";
    let many = format!("[{}]", vec!["\"x\""; 2_500].join(","));
    let nested = format!("{}1{}", "[".repeat(3_000), "]".repeat(3_000));
    for (case, written, sentence) in [
        ("the claim", format!(r#""extensions":{{"hl7-b2b":{good}}},"extensions":{{"hl7-b2b":{good}}}"#), twice),
        ("the object", format!(r#""extensions":{{"hl7-b2b":{good},"hl7-b2b":{good}}}"#), twice),
        (
            "a member",
            format!(
                r#""extensions":{{"hl7-b2b":{}}}"#,
                good.replacen('{', r#"{"organization_id":"https://a.example","#, 1)
            ),
            twice,
        ),
        (
            "a member, escaped",
            format!(r#""extensions":{{"hl7-b2b":{}}}"#, good.replacen('{', r#"{"versi\u006fn":"1","#, 1)),
            twice,
        ),
        (
            "a member of an object that nobody listed",
            format!(r#""extensions":{{"hl7-b2b":{good},"other":{{"a":1,"a":2}}}}"#),
            twice,
        ),
        ("five objects", format!(r#""extensions":{{"hl7-b2b":{good},"local_case":{{"a":[[{{}}]]}}}}"#), deep),
        ("three thousand lists", format!(r#""extensions":{{"hl7-b2b":{good},"other":{nested}}}"#), deep),
        ("a long list", format!(r#""extensions":{{"hl7-b2b":{good},"other":{many}}}"#), long),
        ("a long name", format!(r#""extensions":{{"hl7-b2b":{good},"{}":{{}}}}"#, "n".repeat(8_000)), long),
        ("half a letter", r#""extensions":{"hl7-b2b":{"version":"\ud800"}}"#.to_owned(), "extensions can't be read"),
        ("null", r#""extensions":null"#.to_owned(), "extensions must be a JSON object"),
        ("a list", format!(r#""extensions":[{good}]"#), "extensions must be a JSON object"),
        ("a text", r#""extensions":"hl7-b2b""#.to_owned(), "extensions must be a JSON object"),
    ] {
        let found = refused(&server, &payer(&server).assertion().sign_with(&written), case).await;
        assert_eq!(found, sentence, "{case}");
    }
    let codings = json!([{ "system": "urn:x", "code": "y" }]);
    let four_deep = json!({ "hl7-b2b": smallest(), "local_case": { "codes": codings } });
    assert_eq!(carried(&server, four_deep.clone()).await, four_deep);
}

/// B2B-4.
#[tokio::test]
async fn a_required_object_that_is_missing_refuses_the_token() {
    let server = server().await;
    let sentence = "the client assertion must bring extensions with hl7-b2b";
    let app = payer(&server);
    for (case, jwt) in [
        ("no claim", app.assertion().sign()),
        ("no object", bringing(&app, json!({})).sign()),
        ("another object", bringing(&app, json!({ "local_case": {} })).sign()),
        ("another spelling", bringing(&app, json!({ "hl7_b2b": smallest() })).sign()),
    ] {
        assert_eq!(refused(&server, &jwt, case).await, sentence, "{case}");
    }
}

/// B2B-5: an object of the client's own is carried as it is, and what its registration does not list is left aside.
#[tokio::test]
async fn what_the_registration_does_not_list_is_ignored_and_named_in_the_explanation() {
    let (log, _guard) = Log::listen();
    let server = server().await;
    let listed = json!({ "hl7-b2b": smallest(), "local_case": { "number": 7, "open": true, "share": 0.5 } });
    assert_eq!(carried(&server, listed.clone()).await, listed);
    let mut all = listed.clone();
    all["ihe_iua"] = json!({ "subject_name": "Nobody's Business" });
    all["tefca_ias"] = json!("no object");
    let answer = shows(&server, &bringing(&payer(&server), all).sign()).await;
    assert_eq!(claims(answer.json()["access_token"].as_str().expect("a token"))["extensions"], listed);
    let id = answer.header("admit-explanation").expect("an explanation");
    let log = log.text();
    let line = log.lines().find(|line| line.contains(id)).expect("a line under the id");
    for name in ["ihe_iua", "tefca_ias"] {
        let said = format!("the extension object {name} was ignored: the client's registration does not list it");
        assert!(line.contains(&said), "{line}");
    }
    assert!(!log.contains("Business"), "a value is in the log");
    let jwt = bringing(&payer(&server), json!({ "hl7-b2b": smallest(), "local_case": 1 })).sign();
    assert_eq!(refused(&server, &jwt, "a number").await, "extensions: local_case: it must be a JSON object");
}

/// ALL-1: what nobody asked for is as unread as ever, good or bad.
#[tokio::test]
async fn a_client_that_lists_no_object_is_not_asked_about_any() {
    let server = TestServer::start().await;
    let app = App::backend(&server);
    for written in [
        format!(r#""extensions":{{"hl7-b2b":{}}}"#, smallest()),
        r#""extensions":{"hl7-b2b":{"version":1}}"#.to_owned(),
        r#""extensions":1,"extensions":2"#.to_owned(),
        r#""extensions":{"a":"\ud800","b":1e999}"#.to_owned(),
        format!(r#""extensions":{}1{}"#, "[".repeat(3_000), "]".repeat(3_000)),
    ] {
        let answer = shows(&server, &app.assertion().sign_with(&written)).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(answer.header("admit-explanation"), None);
        assert_eq!(claims(answer.json()["access_token"].as_str().expect("a token"))["extensions"], Value::Null);
    }
}

/// A JWT travels in a header: what does not fit there is told, and an opaque token has room (TOK-17).
#[tokio::test]
async fn a_jwt_without_room_for_the_object_is_not_issued() {
    let server = server().await;
    let long = json!({ "hl7-b2b": but(smallest(), "organization_name", json!("n".repeat(7_000))) });
    let found = refused(&server, &bringing(&payer(&server), long.clone()).sign(), "a long name").await;
    assert_eq!(found, "extensions and scope are too long together for an access token; bring or ask for less");
    let opaque = service(&server, "opaque-payer");
    let answer = shows(&server, &bringing(&opaque, long.clone()).sign()).await;
    let seen = kit::app::introspect(&server, answer.json()["access_token"].as_str().expect("a token")).await;
    assert_eq!(seen["extensions"], long);
}
