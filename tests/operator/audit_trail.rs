//! The trail as operators read it, and the way into it for what was left outside. CloudFormation, CloudWatch Logs and Lambda are answered
//! here as AWS documents them.

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::read::GzDecoder;
use kit::operator::{Ran, admit, ran};
use serde_json::{Value, json};
use std::{
    io::Read,
    process::Command,
    sync::{Arc, Mutex},
};

/// A log group, and the pages in which its lines come.
type Log = (&'static str, Vec<Vec<String>>);

#[derive(Clone, Default)]
struct Aws {
    logs: Arc<Vec<Log>>,
    fails: bool,
    asked: Arc<Mutex<Vec<Value>>>,
    invoked: Arc<Mutex<Vec<Vec<String>>>>,
}

async fn answer(State(aws): State<Aws>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let text = String::from_utf8_lossy(&body).into_owned();
    if text.starts_with("Action=DescribeStacks") {
        let output = |name: &str, value: &str| {
            format!("<member><OutputKey>{name}</OutputKey><OutputValue>{value}</OutputValue></member>")
        };
        let outputs = [("TableName", "admit"), ("AuditLog", "trail"), ("OperatorLog", "/admit/stack/operator")];
        return outputs.map(|(name, value)| output(name, value)).concat().into_response();
    }
    let asked: Value = serde_json::from_str(&text).unwrap_or_default();
    match headers.get("x-amz-target").and_then(|value| value.to_str().ok()) {
        Some("Logs_20140328.DescribeLogGroups") => {
            let names = aws.logs.iter().map(|(name, _)| *name).filter(|name| name.starts_with("/aws/lambda/stack-"));
            let groups: Vec<Value> = names.map(|name| json!({ "logGroupName": name })).collect();
            json!({ "logGroups": groups }).to_string().into_response()
        }
        Some("Logs_20140328.FilterLogEvents") => {
            aws.asked.lock().expect("nobody panicked").push(asked.clone());
            let pages = aws.logs.iter().find(|(name, _)| asked["logGroupName"] == *name).map(|(_, pages)| pages);
            let at = asked["nextToken"].as_str().map_or(0, |token| token.parse().expect("a number"));
            let page = pages.and_then(|pages| pages.get(at)).cloned().unwrap_or_default();
            let events: Vec<Value> = page.into_iter().map(|line| json!({ "message": line })).collect();
            let more = pages.is_some_and(|pages| at + 1 < pages.len()).then(|| (at + 1).to_string());
            json!({ "events": events, "nextToken": more }).to_string().into_response()
        }
        _ if uri.path() == "/2015-03-31/functions/stack-audit%3Alive/invocations" => {
            let packed = STANDARD.decode(asked["awslogs"]["data"].as_str().expect("data")).expect("base64");
            let mut unpacked = String::new();
            GzDecoder::new(packed.as_slice()).read_to_string(&mut unpacked).expect("gzip");
            let sent: Value = serde_json::from_str(&unpacked).expect("JSON");
            let lines = sent["logEvents"].as_array().expect("events").iter();
            let lines = lines.map(|event| event["message"].as_str().expect("a line").to_owned()).collect();
            aws.invoked.lock().expect("nobody panicked").push(lines);
            match aws.fails {
                true => json!({ "errorMessage": "2 audit events could not be opened" }).to_string().into_response(),
                false => "null".into_response(),
            }
        }
        other => {
            (StatusCode::BAD_REQUEST, json!({ "message": format!("{other:?} {uri}") }).to_string()).into_response()
        }
    }
}

async fn stack(aws: &Aws) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let routes = Router::new().fallback(answer).with_state(aws.clone());
    tokio::spawn(async move { axum::serve(listener, routes).await });
    url
}

fn runs(url: &str, words: &[&str]) -> Ran {
    ran(Command::new(admit()).args(words).args(["--stack", "stack", "--endpoint", url]))
}

fn event(id: &str, tenant: &str, recorded: &str, outcome: &str, patient: &str) -> String {
    json!({
        "resourceType": "AuditEvent", "id": id, "recorded": recorded, "outcome": outcome,
        "subtype": [{ "display": "Token issued" }],
        "agent": [
            { "who": { "identifier": { "value": "my-app" } }, "requestor": true },
            { "who": { "reference": "https://fhir.example/Practitioner/hannah" }, "requestor": false },
        ],
        "source": { "site": tenant },
        "entity": [{ "what": { "reference": format!("https://fhir.example/Patient/{patient}") } }],
    })
    .to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trail_is_searched_by_what_an_event_is_about_and_each_event_is_told_once() {
    let (amy, wei) = ("amy-shaw", "wei-chen");
    let pages = vec![
        vec!["START RequestId: 1".to_owned(), event("2", "home", "2026-02-02T00:00:00Z", "8", amy)],
        vec![],
        vec![
            event("1", "home", "2026-02-01T00:00:00Z", "0", amy),
            event("2", "home", "2026-02-02T00:00:00Z", "8", amy),
            event("3", "home", "2026-02-03T00:00:00Z", "0", wei),
            event("4", "other", "2026-02-03T00:00:00Z", "0", amy),
        ],
    ];
    let aws = Aws { logs: Arc::new(vec![("trail", pages)]), ..Aws::default() };
    let url = stack(&aws).await;
    let ids = |words: &[&str]| -> Vec<String> {
        let found = runs(&url, &[&["audit", "search", "home", "--json"], words].concat()).good().json();
        let events = found.as_array().expect("events").iter();
        events.map(|event| event["id"].as_str().expect("an id").to_owned()).collect()
    };
    assert_eq!(ids(&[]), ["1", "2", "3"]);
    assert_eq!(ids(&["Patient/amy-shaw", "my-app"]), ["1", "2"]);
    assert_eq!(ids(&["hannah", "Patient/wei-chen"]), ["3"]);
    assert_eq!(ids(&["--refused"]), ["2"]);
    for nothing in ["shaw", "Patient/amy", "amy-shaw-2"] {
        assert_eq!(ids(&[nothing]), Vec::<String>::new());
        let shown = runs(&url, &["audit", "search", "home", nothing]).good().out;
        assert!(shown.contains("the trail says nothing of that"), "{shown}");
    }
    ids(&["--since", "2h", "--until", "1h"]);
    let asked = aws.asked.lock().expect("nobody panicked").last().cloned().expect("a question");
    assert_eq!(
        asked["endTime"].as_i64().zip(asked["startTime"].as_i64()).map(|(end, start)| end - start),
        Some(3_600_000)
    );
    let shown = runs(&url, &["audit", "search", "home", "Patient/wei-chen"]).good().out;
    for said in ["2026-02-03T00:00:00Z", "Token issued", "my-app", "Patient/wei-chen"] {
        assert!(shown.contains(said), "{said}: {shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sealed_in_the_logs_is_handed_to_the_function_that_opens_it() {
    let sealed = |name: &str, count: usize| (0..count).map(|n| format!("{name}{n}")).collect::<Vec<_>>();
    let logs = vec![
        ("/aws/lambda/stack-token", vec![sealed("a", 150), sealed("b", 150)]),
        ("/aws/lambda/stack-authorize", vec![vec![]]),
        ("/aws/lambda/stack-dev-token", vec![sealed("d", 1)]),
        ("/admit/stack/operator", vec![sealed("c", 1)]),
    ];
    let aws = Aws { logs: Arc::new(logs), ..Aws::default() };
    let url = stack(&aws).await;
    let ran = runs(&url, &["audit", "replay", "--since", "2h", "--until", "1h", "--json"]).good();
    assert_eq!(ran.json()["replayed"], 301);
    let invoked = aws.invoked.lock().expect("nobody panicked").clone();
    assert_eq!(invoked.iter().map(Vec::len).collect::<Vec<_>>(), [200, 100, 1]);
    assert_eq!(invoked.concat(), [sealed("a", 150), sealed("b", 150), sealed("c", 1)].concat());
    for asked in aws.asked.lock().expect("nobody panicked").iter() {
        assert_eq!(asked["filterPattern"], "{ $.audit = 1 }");
        let hour = asked["endTime"].as_i64().expect("an end") - asked["startTime"].as_i64().expect("a start");
        assert_eq!(hour, 3_600_000);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_that_the_function_could_not_open_has_failed() {
    let many = || (0..200).map(|n| n.to_string()).collect::<Vec<_>>();
    let aws =
        Aws { logs: Arc::new(vec![("/aws/lambda/stack-token", vec![many(), many()])]), fails: true, ..Aws::default() };
    let ran = runs(&stack(&aws).await, &["audit", "replay"]);
    assert_eq!(ran.exit, 1);
    assert!(ran.err.contains("2 audit events could not be opened"), "{}", ran.err);
    // A page is handed over before the next is asked for: a group may hold more than this machine.
    assert_eq!(aws.asked.lock().expect("nobody panicked").len(), 1);
}

/// The log groups of another stack, whose name begins with this one's, are none of its business.
#[tokio::test(flavor = "multi_thread")]
async fn a_reference_is_looked_for_in_the_logs_of_this_stacks_functions_alone() {
    let line = |id: &str| vec![vec![kit::operator::refusal_line(id)]];
    let logs = vec![
        ("/aws/lambda/stack-token", line("abcdEF12")),
        ("/aws/lambda/stack-launch-context", line("ghijKL34")),
        ("/aws/lambda/stack-dev-token", line("mnopQR56")),
    ];
    let url = stack(&Aws { logs: Arc::new(logs), ..Aws::default() }).await;
    for (id, options, exit) in [
        ("abcdEF12", &[][..], 0),
        ("ghijKL34", &[], 0),
        ("mnopQR56", &[], 1),
        // As they say.
        ("mnopQR56", &["--log-group", "/aws/lambda/stack-"], 0),
    ] {
        let ran = runs(&url, &[&["why", id], options].concat());
        assert_eq!(ran.exit, exit, "{id} {options:?}: {}{}", ran.out, ran.err);
    }
}

#[test]
fn the_functions_whose_logs_are_read_are_those_that_there_are() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../functions");
    let folders = std::fs::read_dir(folder).expect("functions/").map(|entry| entry.expect("a folder").file_name());
    let mut there: Vec<String> = folders.map(|name| name.into_string().expect("text")).collect();
    there.sort();
    assert_eq!(there, admin::target::FUNCTIONS);
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_laptop_the_file_of_the_trail_is_searched() {
    let folder = kit::operator::Folder::new();
    let audit = Some(folder.0.join("trail.ndjson"));
    let options = local::options::Options { port: 0, data: folder.0.clone(), audit, ..Default::default() };
    let _local = kit::TestServer::local_with(options).await;
    let admit = kit::Operator::of_data(&folder.0);
    admit.runs(&["user", "sign-out", "home", "amy", "--yes"]).good();
    admit.runs(&["client", "disable", "home", "symmetric-app", "--yes"]).good();
    let found = admit.runs(&["audit", "search", "home", "admit user sign-out", "--json"]).good().json();
    assert_eq!(found.as_array().map(Vec::len), Some(1), "{found}");
    for period in [&["--until", "1h"][..], &["--since", "2h", "--until", "1h"]] {
        let words = [&["audit", "search", "home", "--json"], period].concat();
        assert_eq!(admit.runs(&words).good().json(), json!([]), "{period:?}");
    }
    assert!(admit.runs(&["audit", "replay"]).err.contains("nothing is sealed"));
}
