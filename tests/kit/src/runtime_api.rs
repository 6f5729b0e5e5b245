//! A Lambda Runtime API of the kit's own: hands a function one event at a time and takes its answers.

use crate::outcome::Outcome;
use axum::{
    Router,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, Path, State},
    http::{Response, StatusCode},
    routing::{get, post},
};
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    net::TcpListener,
    sync::{Mutex as AsyncMutex, mpsc, oneshot, watch},
};

pub struct RuntimeApi {
    pub address: String,
    runtime: Arc<Runtime>,
    events: mpsc::UnboundedSender<(String, Vec<u8>)>,
}

struct Runtime {
    /// Whether the process has asked for its first event, which ends its initialisation.
    ready: watch::Sender<bool>,
    next: AsyncMutex<mpsc::UnboundedReceiver<(String, Vec<u8>)>>,
    waiting: Mutex<HashMap<String, oneshot::Sender<Outcome>>>,
}

impl RuntimeApi {
    pub async fn serve() -> RuntimeApi {
        let (events, next) = mpsc::unbounded_channel();
        let (ready, _) = watch::channel(false);
        let runtime = Arc::new(Runtime { ready, next: AsyncMutex::new(next), waiting: Mutex::default() });
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        tokio::spawn(axum::serve(listener, routes(runtime.clone())).into_future());
        RuntimeApi { address, runtime, events }
    }

    pub fn is_ready(&self) -> watch::Receiver<bool> {
        self.runtime.ready.subscribe()
    }

    /// Nothing, if the process ends before it has answered.
    pub async fn invoke(&self, event: Vec<u8>, is_running: impl Fn() -> bool) -> Option<Outcome> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let id = format!("00000000-0000-4000-8000-{:012}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let (answer, mut answered) = oneshot::channel();
        self.runtime.waiting.lock().expect("nobody panicked").insert(id.clone(), answer);
        let _ = self.events.send((id, event));
        loop {
            match tokio::time::timeout(Duration::from_millis(50), &mut answered).await {
                Ok(outcome) => return Some(outcome.expect("the runtime keeps its senders")),
                Err(_) if !is_running() => return None,
                Err(_) => {}
            }
        }
    }
}

fn routes(runtime: Arc<Runtime>) -> Router {
    Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
        .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
        .route("/2018-06-01/runtime/init/error", post(init_error))
        .layer(DefaultBodyLimit::disable())
        .with_state(runtime)
}

async fn next(State(runtime): State<Arc<Runtime>>) -> Response<Body> {
    runtime.ready.send_replace(true);
    let event = runtime.next.lock().await.recv().await;
    let Some((id, event)) = event else { return answer(StatusCode::GONE, Body::empty()) };
    Response::builder()
        .header("lambda-runtime-aws-request-id", id)
        // Far away: the functions keep their own time.
        .header("lambda-runtime-deadline-ms", "4102444800000")
        .header("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:123456789012:function:admit")
        .header("lambda-runtime-trace-id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1")
        .header("content-type", "application/json")
        .body(Body::from(event))
        .expect("a response")
}

async fn response(State(runtime): State<Arc<Runtime>>, Path(id): Path<String>, body: Bytes) -> Response<Body> {
    runtime.settle(&id, Outcome::Answer(serde_json::from_slice(&body).expect("the answer is JSON")))
}

async fn error(State(runtime): State<Arc<Runtime>>, Path(id): Path<String>, body: Bytes) -> Response<Body> {
    runtime.settle(&id, Outcome::Error(serde_json::from_slice(&body).expect("the error is JSON")))
}

async fn init_error() -> Response<Body> {
    answer(StatusCode::ACCEPTED, Body::from("{}"))
}

impl Runtime {
    fn settle(&self, id: &str, outcome: Outcome) -> Response<Body> {
        match self.waiting.lock().expect("nobody panicked").remove(id) {
            Some(waiting) => {
                let _ = waiting.send(outcome);
                answer(StatusCode::ACCEPTED, Body::from("{}"))
            }
            None => answer(StatusCode::BAD_REQUEST, Body::from("{}")),
        }
    }
}

fn answer(status: StatusCode, body: Body) -> Response<Body> {
    Response::builder().status(status).body(body).expect("a response")
}
