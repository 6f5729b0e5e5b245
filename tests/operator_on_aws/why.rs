//! `admit why`, on lines as they are in CloudWatch.

use kit::{
    ministack::Ministack,
    operator::{admit, ran, refusal_line},
};
use serde_json::json;
use std::process::Command;

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
    let events = json!([{ "timestamp": now, "message": refusal_line("ghijKL34") }]);
    call("PutLogEvents", json!({ "logGroupName": group, "logStreamName": "s", "logEvents": events }));
    let words = ["why", "ghijKL34", "--log-group", "/aws/lambda/admit-why-", "--endpoint", &endpoint, "--json"];
    let said = ran(Command::new(admit()).args(words)).good().json();
    assert_eq!(said[0]["code"], "invalid_client", "{said}");
}
