//! Between a command and its table: what others do there in the middle of it, an outage, an index that is late.

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use kit::{Operator, TestServer, gate::passed_on, operator::Folder};
use serde_json::json;
use server::store::{Store, Write};
use std::sync::{Arc, Mutex};

/// What comes in between, at the first call of this operation whose text holds this.
pub struct Meanwhile {
    pub operation: &'static str,
    pub holds: &'static str,
    pub what: Happens,
}

pub enum Happens {
    /// Somebody else writes this before it, once.
    Written(Vec<Write>),
    /// It and all that are like it are refused.
    Refused,
    /// All that are like it get the answer of the first.
    AnsweredAsAtFirst,
}

struct Proxy {
    engine: String,
    http: reqwest::Client,
    store: Store,
    meanwhile: Meanwhile,
    first: Mutex<Option<Bytes>>,
}

/// Somebody whose commands reach the local server's table by this way.
pub async fn operator(folder: &Folder, local: &TestServer, meanwhile: Meanwhile) -> Operator {
    let engine = admin::target::LocalServer::read(&folder.0).expect("it runs").dynamodb;
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let proxy = Proxy { engine, http, store: local.server.store.clone(), meanwhile, first: Mutex::default() };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let routes = Router::new().fallback(answer).with_state(Arc::new(proxy));
    tokio::spawn(async move { axum::serve(listener, routes).await });
    Operator::of_table(&url, local::engine::TABLE)
}

async fn answer(State(proxy): State<Arc<Proxy>>, headers: HeaderMap, body: Bytes) -> Response {
    let Meanwhile { operation, holds, what } = &proxy.meanwhile;
    let asked = headers.get("x-amz-target").and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !asked.ends_with(operation) || !String::from_utf8_lossy(&body).contains(holds) {
        return passed_on(&proxy.http, &proxy.engine, &headers, body).await.into_response();
    }
    let first = proxy.first.lock().expect("nobody panicked").clone();
    match (what, first) {
        (Happens::Refused, _) => {
            let error = json!({ "__type": "com.amazonaws.dynamodb.v20120810#AccessDeniedException" });
            (StatusCode::BAD_REQUEST, error.to_string()).into_response()
        }
        (Happens::AnsweredAsAtFirst, Some(first)) => first.into_response(),
        (what, first) => {
            if let (Happens::Written(writes), None) = (what, first) {
                let _ = proxy.store.commit(writes.clone()).await.expect("the table answers");
            }
            let (status, answer) = passed_on(&proxy.http, &proxy.engine, &headers, body).await;
            *proxy.first.lock().expect("nobody panicked") = Some(answer.clone());
            (status, answer).into_response()
        }
    }
}
