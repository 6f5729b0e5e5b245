//! A client's own web server with its `jwks_uri`, which remembers how it was asked.

use axum::{
    Router,
    extract::{Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;
use shared::client::key_set::PublicKey;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

#[derive(Clone)]
pub struct KeyHost {
    pub url: String,
    answer: Arc<Mutex<Hosted>>,
}

struct Hosted {
    status: StatusCode,
    cache_control: Option<&'static str>,
    body: String,
    /// Method and `Accept` of each request.
    requests: Vec<(String, String)>,
}

impl KeyHost {
    pub async fn start(keys: &[&PublicKey]) -> KeyHost {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let url = format!("http://{}/jwks.json", listener.local_addr().expect("an address"));
        let hosted = Hosted { status: StatusCode::OK, cache_control: None, body: String::new(), requests: Vec::new() };
        let host = KeyHost { url, answer: Arc::new(Mutex::new(hosted)) };
        host.publishes(keys);
        let router = Router::new().fallback(serve).with_state(host.answer.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        host
    }

    pub fn publishes(&self, keys: &[&PublicKey]) {
        self.answers(json!({ "keys": keys }).to_string());
    }

    pub fn answers(&self, body: String) {
        self.answer.lock().expect("nobody panicked").body = body;
    }

    pub fn allows_caching(&self, cache_control: &'static str) {
        self.answer.lock().expect("nobody panicked").cache_control = Some(cache_control);
    }

    pub fn breaks(&self) {
        self.answer.lock().expect("nobody panicked").status = StatusCode::INTERNAL_SERVER_ERROR;
    }

    /// The requests since the last time somebody took them.
    pub fn requests(&self) -> Vec<(String, String)> {
        std::mem::take(&mut self.answer.lock().expect("nobody panicked").requests)
    }
}

async fn serve(State(hosted): State<Arc<Mutex<Hosted>>>, request: Request) -> Response {
    let mut hosted = hosted.lock().expect("nobody panicked");
    let accept = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    hosted.requests.push((request.method().to_string(), accept.to_owned()));
    let mut response = (hosted.status, hosted.body.clone()).into_response();
    if let Some(value) = hosted.cache_control {
        response.headers_mut().insert(header::CACHE_CONTROL, value.parse().expect("a header"));
    }
    response
}
