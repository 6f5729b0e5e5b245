//! A client's own web server, with its key set: slow, huge, lying, redirecting or down, as a test wishes. Its answers are
//! written byte by byte, since no honest library would send them.

use crate::assertion::sign_with;
use rules::signing_keys::in_process;
use rules::{
    signing_keys::SigningKeyRecord,
    tenant::{SigningAlg, TenantId},
    time::Timestamp,
};
use serde_json::{Value, json};
use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

#[derive(Clone)]
pub struct KeyServer {
    /// `http://127.0.0.1:PORT/jwks.json`
    pub url: String,
    pub port: u16,
    state: Arc<Mutex<State>>,
}

struct State {
    answer: Reply,
    /// The heads of the requests that came.
    requests: Vec<String>,
    /// Connections, whether or not a request came over them.
    connections: usize,
}

/// What it sends. Change one thing at a time.
#[derive(Clone)]
pub struct Reply {
    pub status: &'static str,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// What `Content-Length` says; absent, and the end of the connection ends the body.
    pub length: Option<usize>,
    /// Before the first byte.
    pub pause: Duration,
    /// Between one tenth of the body and the next.
    pub trickle: Duration,
}

impl Reply {
    pub fn of(body: &Value) -> Reply {
        Reply::text(body.to_string())
    }

    pub fn text(body: impl Into<Vec<u8>>) -> Reply {
        let body = body.into();
        let length = Some(body.len());
        let headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
        Reply { status: "200 OK", headers, body, length, pause: Duration::ZERO, trickle: Duration::ZERO }
    }

    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Reply {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

impl KeyServer {
    /// Gives these keys, and says nothing about how long they may be kept.
    pub fn with(keys: &[&SigningKeyRecord]) -> KeyServer {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let answer = Reply::of(&jwks(keys));
        let state = Arc::new(Mutex::new(State { answer, requests: Vec::new(), connections: 0 }));
        let served = state.clone();
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let state = served.clone();
                state.lock().expect("nobody panicked").connections += 1;
                thread::spawn(move || serve(connection, &state));
            }
        });
        KeyServer { url: format!("http://127.0.0.1:{port}/jwks.json"), port, state }
    }

    pub fn answers(&self, answer: Reply) {
        self.state.lock().expect("nobody panicked").answer = answer;
    }

    /// From now on it gives these keys, to be kept as `cache_control` says.
    pub fn gives(&self, keys: &[&SigningKeyRecord], cache_control: &str) {
        self.answers(Reply::of(&jwks(keys)).with("Cache-Control", cache_control));
    }

    pub fn requests(&self) -> Vec<String> {
        self.state.lock().expect("nobody panicked").requests.clone()
    }

    pub fn fetches(&self) -> usize {
        self.requests().len()
    }

    pub fn connections(&self) -> usize {
        self.state.lock().expect("nobody panicked").connections
    }
}

/// A key pair of a client's own, ES384.
pub fn new_key() -> SigningKeyRecord {
    in_process::generate(&TenantId::parse("t").expect("an id"), SigningAlg::ES384, Timestamp(0)).expect("a key")
}

/// The public halves.
pub fn jwks(keys: &[&SigningKeyRecord]) -> Value {
    json!({ "keys": keys.iter().map(|key| json!(key.public)).collect::<Vec<_>>() })
}

/// A client assertion by this key, with these claims.
pub fn signed_by(key: &SigningKeyRecord, claims: &Value) -> String {
    sign_with(key, &json!({ "alg": key.alg.as_str(), "typ": "JWT", "kid": key.public.kid }), claims)
}

fn serve(mut connection: TcpStream, state: &Mutex<State>) {
    let Some(head) = read_head(&mut connection) else { return };
    let answer = {
        let mut state = state.lock().expect("nobody panicked");
        state.requests.push(head);
        state.answer.clone()
    };
    thread::sleep(answer.pause);
    // The other side may have gone away; that is its right.
    let _ = send(&mut connection, &answer);
}

fn read_head(connection: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    let mut some = [0; 1024];
    while !head.windows(4).any(|bytes| bytes == b"\r\n\r\n") {
        match connection.read(&mut some) {
            Ok(count) if count > 0 => head.extend_from_slice(&some[..count]),
            _ => return None,
        }
    }
    Some(String::from_utf8_lossy(&head).into_owned())
}

fn send(connection: &mut TcpStream, answer: &Reply) -> std::io::Result<()> {
    let mut head = format!("HTTP/1.1 {}\r\nConnection: close\r\n", answer.status);
    for (name, value) in &answer.headers {
        head += &format!("{name}: {value}\r\n");
    }
    if let Some(length) = answer.length {
        head += &format!("Content-Length: {length}\r\n");
    }
    connection.write_all(format!("{head}\r\n").as_bytes())?;
    for part in answer.body.chunks(answer.body.len().div_ceil(10).max(1)) {
        connection.write_all(part)?;
        connection.flush()?;
        thread::sleep(answer.trickle);
    }
    Ok(())
}
