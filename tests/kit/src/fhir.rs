//! A FHIR server on a port of its own, for the patient picker: the sample data, and the token it was asked with.

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::header,
    response::Response,
};
use sample_fhir::{Access, Caller, OAuthUris};
use serde_json::Value;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};
use tokio::net::TcpListener;

#[derive(Clone)]
pub struct Fhir {
    pub url: String,
    /// Nothing, if somebody else serves it.
    shared: Option<Arc<Shared>>,
}

struct Shared {
    server: sample_fhir::Server,
    tokens: Mutex<Vec<String>>,
    down: Mutex<bool>,
    /// Said instead of the truth.
    nonsense: Mutex<Option<String>>,
    /// At these paths, instead of what the sample data has there.
    instead: Mutex<HashMap<String, (u16, String)>>,
    /// Paths that were asked for.
    paths: Mutex<Vec<String>>,
    /// What stood behind their question marks.
    queries: Mutex<Vec<String>>,
    /// A query with this in it is answered 400.
    refused: Mutex<Option<String>>,
}

impl Fhir {
    pub async fn start() -> Fhir {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let url = format!("http://{}/fhir", listener.local_addr().expect("an address"));
        let server = sample_fhir::Server::sample(&url, OAuthUris::default()).expect("the sample data is good");
        let shared = Arc::new(Shared {
            server,
            tokens: Mutex::default(),
            down: Mutex::default(),
            nonsense: Mutex::default(),
            instead: Mutex::default(),
            paths: Mutex::default(),
            queries: Mutex::default(),
            refused: Mutex::default(),
        });
        let router = Router::new().fallback(answer).with_state(shared.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Fhir { url, shared: Some(shared) }
    }

    /// One that is not the kit's: only its address is known.
    pub fn elsewhere(url: String) -> Fhir {
        Fhir { url, shared: None }
    }

    fn shared(&self) -> &Shared {
        self.shared.as_ref().expect("a FHIR server of the kit's")
    }

    /// The bearer tokens it was asked with.
    pub fn tokens(&self) -> Vec<String> {
        self.shared().tokens.lock().expect("nobody panicked").clone()
    }

    /// From now on it answers 500.
    pub fn breaks(&self) {
        *self.shared().down.lock().expect("nobody panicked") = true;
    }

    /// It answers again.
    pub fn recovers(&self) {
        *self.shared().down.lock().expect("nobody panicked") = false;
        *self.shared().nonsense.lock().expect("nobody panicked") = None;
    }

    /// From now on it answers this, whatever is asked.
    pub fn says(&self, body: impl Into<String>) {
        *self.shared().nonsense.lock().expect("nobody panicked") = Some(body.into());
    }

    /// From now on it answers this at one path, such as `/Patient/amy-shaw`.
    pub fn answers_at(&self, path: &str, status: u16, body: impl Into<String>) {
        self.shared().instead.lock().expect("nobody panicked").insert(path.to_owned(), (status, body.into()));
    }

    /// The paths that it was asked for, each as often.
    pub fn paths(&self) -> Vec<String> {
        self.shared().paths.lock().expect("nobody panicked").clone()
    }

    /// The queries that it was asked, in order.
    pub fn queries(&self) -> Vec<String> {
        self.shared().queries.lock().expect("nobody panicked").clone()
    }

    /// From now on it does not understand queries with this in them.
    pub fn refuses_queries_with(&self, part: &str) {
        *self.shared().refused.lock().expect("nobody panicked") = Some(part.to_owned());
    }

    /// What the holder of a token gets here, by what introspection says of the token: status and body.
    pub fn serves(&self, introspected: &Value, path: &str, query: &str) -> (u16, Value) {
        let Some(caller) = local::fhir::caller_of(introspected, &self.url) else { return (401, Value::Null) };
        let asked = sample_fhir::Request { method: "GET", path, query, headers: &[], body: &[], now: 0 };
        let answer = self.shared().server.handle(&caller, &asked);
        (answer.status, serde_json::from_slice(&answer.body).unwrap_or_default())
    }
}

async fn answer(State(fhir): State<Arc<Shared>>, request: Request) -> Response {
    let bearer = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    fhir.tokens.lock().expect("nobody panicked").push(bearer.trim_start_matches("Bearer ").to_owned());
    let path = request.uri().path().trim_start_matches("/fhir").to_owned();
    fhir.paths.lock().expect("nobody panicked").push(path.clone());
    let query = request.uri().query().unwrap_or_default().to_owned();
    fhir.queries.lock().expect("nobody panicked").push(query.clone());
    if fhir.refused.lock().expect("nobody panicked").as_ref().is_some_and(|part| query.contains(part)) {
        return Response::builder().status(400).body(Body::empty()).expect("a response");
    }
    if *fhir.down.lock().expect("nobody panicked") {
        return Response::builder().status(500).body(Body::empty()).expect("a response");
    }
    if let Some(nonsense) = fhir.nonsense.lock().expect("nobody panicked").clone() {
        return Response::builder().status(200).body(Body::from(nonsense)).expect("a response");
    }
    if let Some((status, body)) = fhir.instead.lock().expect("nobody panicked").get(&path).cloned() {
        return Response::builder().status(status).body(Body::from(body)).expect("a response");
    }
    let everything = Caller { patient: None, fhir_user: None, rights: Box::new(|_, _, _| Access::Everything) };
    let asked = sample_fhir::Request {
        method: request.method().as_str(),
        path: &path,
        query: request.uri().query().unwrap_or_default(),
        headers: &[],
        body: &[],
        now: 0,
    };
    let answer = fhir.server.handle(&everything, &asked);
    Response::builder().status(answer.status).body(Body::from(answer.body)).expect("a response")
}
