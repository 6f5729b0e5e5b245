//! Before the table, for commands that run as processes of their own: counts what they ask, and refuses what a policy does not let
//! its person do, as IAM would.

use crate::asked::{Asked, asked, operation};
use admin::target::LocalServer;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::IntoResponse,
};
use std::{
    path::Path,
    sync::{Arc, Mutex},
};

/// What a person may do, by the document that IAM would be given.
pub type Allows = dyn Fn(&[Asked]) -> bool + Send + Sync;

#[derive(Clone)]
pub struct Gate {
    pub url: String,
    calls: Arc<Mutex<Vec<String>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
    refused: Arc<Mutex<Vec<String>>>,
    policy: Arc<Mutex<Option<Arc<Allows>>>>,
}

#[derive(Clone)]
struct Before {
    engine: String,
    gate: Gate,
    http: reqwest::Client,
}

impl Gate {
    /// Between the commands that find the local server by this folder and its table.
    pub async fn of_local(data: &Path) -> Gate {
        let mut running = LocalServer::read(data).expect("a local server's folder");
        let gate = Gate::before(&running.dynamodb).await;
        running.dynamodb.clone_from(&gate.url);
        running.write(data).expect("the folder can be written");
        gate
    }

    pub async fn before(engine: &str) -> Gate {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let gate =
            Gate { url, calls: Arc::default(), asked: Arc::default(), refused: Arc::default(), policy: Arc::default() };
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        let before = Before { engine: engine.to_owned(), gate: gate.clone(), http };
        let router = Router::new().fallback(pass).with_state(before);
        tokio::spawn(async move { axum::serve(listener, router).await });
        gate
    }

    /// The operations since the last time somebody took them.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.calls.lock().expect("nobody panicked"))
    }

    /// Each action on each key since then.
    pub fn take_asked(&self) -> Vec<Asked> {
        std::mem::take(&mut *self.asked.lock().expect("nobody panicked"))
    }

    /// What was refused since then, as in `PutItem CLIENT`.
    pub fn take_refused(&self) -> Vec<String> {
        std::mem::take(&mut *self.refused.lock().expect("nobody panicked"))
    }

    /// From now on whoever comes may do what this document says.
    pub fn judges(&self, policy: Option<Arc<Allows>>) {
        *self.policy.lock().expect("nobody panicked") = policy;
    }
}

async fn pass(State(before): State<Before>, headers: HeaderMap, body: Bytes) -> impl IntoResponse {
    let Before { engine, gate, http } = before;
    let mut request = HttpRequest::new(body.to_vec().into());
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default().to_owned();
    request.headers_mut().insert("x-amz-target", target);
    let wanted = asked(&request);
    let policy = gate.policy.lock().expect("nobody panicked").clone();
    gate.calls.lock().expect("nobody panicked").push(operation(&request));
    gate.asked.lock().expect("nobody panicked").extend(wanted.iter().cloned());
    let json = [("content-type", "application/x-amz-json-1.0")];
    if policy.is_some_and(|allows| !allows(&wanted)) {
        let refused = wanted.iter().map(|asked| format!("{} {}", operation(&request), asked.key));
        gate.refused.lock().expect("nobody panicked").extend(refused);
        let error = r#"{"__type":"com.amazon.coral.service#AccessDeniedException","message":"not authorized"}"#;
        return (StatusCode::BAD_REQUEST, json, Bytes::from_static(error.as_bytes()));
    }
    let (status, answer) = passed_on(&http, &engine, &headers, body).await;
    (status, json, answer)
}

/// The engine's answer to a request of the SDK.
pub async fn passed_on(http: &reqwest::Client, engine: &str, headers: &HeaderMap, body: Bytes) -> (StatusCode, Bytes) {
    let mut passed = http.post(engine).body(body);
    for name in ["x-amz-target", "content-type", "authorization", "x-amz-date"] {
        if let Some(value) = headers.get(name) {
            passed = passed.header(name, value.as_bytes());
        }
    }
    let answer = passed.send().await.expect("the engine answers");
    let status = StatusCode::from_u16(answer.status().as_u16()).expect("a status");
    (status, answer.bytes().await.expect("a whole answer"))
}
