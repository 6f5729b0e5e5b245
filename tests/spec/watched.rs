//! What the operator sees of each request: one line, a trace, and nothing of anybody.

use axum::{body::Body, http::Method};
use kit::{App, Person, TestServer, log::Log};

const TRACE: &str = "1-5bef4de7-ad49b0e87f6ef6c87fc2e700";

#[tokio::test]
async fn a_request_has_one_line_that_says_how_it_went() {
    let server = TestServer::start().await;
    let app = App::symmetric(&server);
    let code = app.code("amy", "launch/patient patient/*.rs", None).await;
    let (log, _listening) = Log::listen();
    app.exchanges(&code).await;
    let refusal = app.redeems("no-such-code").await.header("admit-refusal").expect("a reference").to_owned();
    let text = log.text();
    let lines: Vec<&str> = text.lines().filter(|line| line.contains("admit::request")).collect();
    let [good, bad] = lines.as_slice() else { panic!("two lines are expected: {text}") };
    for part in ["function=\"token\"", "tenant=\"clinic\"", "status=200", "aws_calls=2", "milliseconds=", "cold="] {
        assert!(good.contains(part), "{part} in {good}");
    }
    assert!(bad.contains(&format!("refusal=\"{refusal}\"")) && bad.contains("outcome=\"refused\""), "{bad}");
}

#[tokio::test]
async fn replays_and_lockouts_are_counted() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let code = app.code("amy", "launch/patient patient/*.rs", None).await;
    app.exchanges(&code).await;
    let (log, _listening) = Log::listen();
    app.redeems(&code).await;
    assert!(log.text().contains("replays=1"), "{}", log.text());
    for _ in 0..12 {
        let mut amy = Person::named(&server, "amy");
        let page = amy.opens(&app.standalone("launch/patient patient/*.rs")).await.page();
        amy.submits(&page, &[("username", "amy"), ("password", "wrong")]).await;
    }
    assert!(log.text().contains("locked_out=1"), "{}", log.text());
}

#[tokio::test]
async fn the_gateways_trace_comes_back_with_every_answer() {
    let server = TestServer::start().await;
    let w3c = "4bf92f3577b34da6a3ce929d0e0e4736";
    for (header, value, expected) in [
        ("x-amzn-trace-id", format!("Root={TRACE};Parent=53995c3f42cd8ad8;Sampled=0"), Some(TRACE)),
        ("traceparent", format!("00-{w3c}-00f067aa0ba902b7-01"), Some(w3c)),
        ("traceparent", "amy-shaw".to_owned(), None),
    ] {
        for path in
            ["/clinic/.well-known/smart-configuration", "/clinic/token", "/clinic/authorize", "/clinic/userinfo"]
        {
            let answer = server.request(Method::GET, path, &[(header, &value)], Body::empty()).await;
            assert_eq!(answer.header("admit-trace"), expected, "{path}");
        }
    }
}
