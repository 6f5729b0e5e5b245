//! `admit why`, on lines as they are in CloudWatch and on a laptop.

use crate::kit::{ADMIT, Folder, ran};
use serde_json::json;
use std::process::Command;
use tests::ministack::Ministack;

fn line(id: &str) -> String {
    json!({
        "timestamp": "2026-11-22T04:02:37Z", "level": "WARN", "target": "server::log",
        "fields": { "message": "refused", "method": "POST", "route": "/{tenant}/token", "tenant": "clinic", "status": 401,
            "refusal": id, "code": "invalid_client", "description": "client authentication failed",
            "detail": "aud was https://elsewhere.example, this tenant accepts https://auth.example/clinic" },
    })
    .to_string()
}

#[test]
fn a_refusal_is_explained_from_a_file() {
    let folder = Folder::new();
    let file = folder.file("log.jsonl", &format!("START RequestId\n{}\nnot json abcdEF12\n", line("abcdEF12")));
    let said = ran(Command::new(ADMIT).args(["why", "abcdEF12", "--log", &file])).good().out;
    for part in
        ["POST /{tenant}/token", "clinic", "401 invalid_client", "aud was https://elsewhere.example", "tenant file"]
    {
        assert!(said.contains(part), "{part} in {said}");
    }
    let unknown = ran(Command::new(ADMIT).args(["why", "zzzzzzzz", "--log", &file]));
    assert_eq!(unknown.exit, 1);
}

/// As it is in a log group of the stack; the emulator answers for CloudWatch Logs.
#[test]
fn a_refusal_is_found_among_the_stacks_log_groups() {
    let endpoint = format!("http://{}", Ministack::shared().address);
    let call = |operation: &str, body: serde_json::Value| {
        let target = format!("x-amz-target: Logs_20140328.{operation}");
        let auth = "authorization: AWS4-HMAC-SHA256 Credential=test/20261122/us-east-1/logs/aws4_request, SignedHeaders=host, Signature=0";
        let out = ran(Command::new("curl")
            .args(["-s", "--fail-with-body", &endpoint, "-H", &target, "-H", auth])
            .args(["-H", "content-type: application/x-amz-json-1.1", "-d", &body.to_string()]));
        assert_eq!(out.exit, 0, "{operation}: {}{}", out.out, out.err);
    };
    let group = "/aws/lambda/admit-why-token";
    call("CreateLogGroup", json!({ "logGroupName": group }));
    call("CreateLogStream", json!({ "logGroupName": group, "logStreamName": "s" }));
    let now = server::Clock::System.now().0 * 1000;
    let events = json!([{ "timestamp": now, "message": line("ghijKL34") }]);
    call("PutLogEvents", json!({ "logGroupName": group, "logStreamName": "s", "logEvents": events }));
    let words = ["why", "ghijKL34", "--log-group", "/aws/lambda/admit-why-", "--endpoint", &endpoint, "--json"];
    let said = ran(Command::new(ADMIT).args(words)).good().json();
    assert_eq!(said[0]["code"], "invalid_client", "{said}");
}
