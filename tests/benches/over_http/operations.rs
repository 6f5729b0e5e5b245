//! What is driven: the machine-facing requests of the server, each with what it needs made beforehand.

use crate::{
    children::Served,
    drive::{Load, Measured, Script, drive},
    http::{self, Connection, Reply},
};
use serde_json::Value;
use shared::tenant::SigningAlg;
use std::{
    sync::Mutex,
    thread,
    time::{SystemTime, UNIX_EPOCH},
};
use tests::{Assertion, app::VERIFIER, http::basic};

/// More than one second of it can use; so the time ends first and not the requests.
const ASSERTIONS_PER_SECOND: f64 = 2500.0;

/// As tenant.toml has it.
pub const REDIRECT_URI: &str = "https://app.example/callback";

pub struct Operations {
    backend: Mutex<Vec<Vec<u8>>>,
    opaque: Mutex<Vec<Vec<u8>>>,
    codes: Mutex<Vec<Vec<u8>>>,
    /// One chain for each connection.
    refresh_tokens: Vec<String>,
    access_token: String,
}

pub struct Operation<'a> {
    pub name: &'static str,
    script: Scripts<'a>,
}

/// What each connection does, by its number.
type Scripts<'a> = Box<dyn Fn(usize) -> Script<'a> + 'a>;

impl Operation<'_> {
    pub fn run(&self, server: &Served, load: &Load) -> Measured {
        drive(&server.address, load, &self.script)
    }
}

pub const DISCOVERY: &str = "discovery";
pub const CLIENT_CREDENTIALS: &str = "client_credentials, ES384";
pub const REFERENCE: &str = "the same, reference token";
pub const CODE: &str = "authorization_code, Basic";
pub const REFRESH: &str = "refresh_token, Basic";
pub const INTROSPECTION: &str = "introspection, Basic";

impl Operations {
    pub fn of(server: &Served, load: &Load) -> Operations {
        let mut codes: Vec<Vec<u8>> = server.codes.iter().map(|code| exchange(code)).collect();
        let mut connection = Connection::open(&server.address);
        let first = codes.drain(..load.connections).map(|request| json(&connection.send(&request)));
        let first: Vec<Value> = first.collect();
        let text = |tokens: &Value, name: &str| tokens[name].as_str().expect("a token").to_owned();
        let count = (load.time.as_secs_f64() * ASSERTIONS_PER_SECOND) as usize;
        let queue = |client_id| Mutex::new(assertions(&server.address, client_id, count));
        Operations {
            backend: queue("backend"),
            opaque: queue("opaque"),
            codes: Mutex::new(codes),
            refresh_tokens: first.iter().map(|tokens| text(tokens, "refresh_token")).collect(),
            access_token: text(&first[0], "access_token"),
        }
    }

    pub fn in_turn(&self) -> [Operation<'_>; 6] {
        let again = |request: Vec<u8>| -> Scripts<'_> {
            Box::new(move |_| {
                let request = request.clone();
                Box::new(move |_| Some(request.clone()))
            })
        };
        let fhir_server = basic("load-fhir", "load-fhir-secret-of-more-than-32-characters");
        let introspect = http::post("/load/introspect", &[("token", &self.access_token)], Some(&fhir_server));
        let discover = http::get("/load/.well-known/smart-configuration");
        [
            Operation { name: DISCOVERY, script: again(discover) },
            Operation { name: CLIENT_CREDENTIALS, script: from(&self.backend) },
            Operation { name: REFERENCE, script: from(&self.opaque) },
            Operation { name: INTROSPECTION, script: again(introspect) },
            Operation { name: CODE, script: from(&self.codes) },
            Operation { name: REFRESH, script: Box::new(|number| chain(&self.refresh_tokens[number])) },
        ]
    }
}

fn from(queue: &Mutex<Vec<Vec<u8>>>) -> Scripts<'_> {
    Box::new(move |_| Box::new(move |_| queue.lock().expect("nobody panicked").pop()))
}

/// Each refresh token is used once and brings the next.
fn chain(first: &str) -> Script<'_> {
    Box::new(move |last| {
        let token =
            last.map_or(first.to_owned(), |reply| json(reply)["refresh_token"].as_str().expect("one").to_owned());
        Some(token_request(&[("grant_type", "refresh_token"), ("refresh_token", &token)]))
    })
}

fn exchange(code: &str) -> Vec<u8> {
    token_request(&[
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", REDIRECT_URI),
        ("code_verifier", VERIFIER),
    ])
}

fn token_request(form: &[(&str, &str)]) -> Vec<u8> {
    let app = basic("app", "load-app-secret-of-more-than-32-characters");
    http::post("/load/token", form, Some(&app))
}

/// Signed beforehand, on every core: the client's work is not what is measured.
fn assertions(address: &str, client_id: &str, count: usize) -> Vec<Vec<u8>> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs().cast_signed();
    let audience = format!("http://{address}/load/token");
    let request = || {
        let assertion = Assertion::new(SigningAlg::ES384, client_id, &audience, now).sign();
        let form = [
            ("grant_type", "client_credentials"),
            ("scope", "system/*.rs"),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", &assertion),
        ];
        http::post("/load/token", &form, None)
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let make = || (0..count.div_ceil(cores)).map(|_| request()).collect::<Vec<_>>();
        let running: Vec<_> = (0..cores).map(|_| scope.spawn(make)).collect();
        running.into_iter().flat_map(|thread| thread.join().expect("signed")).collect()
    })
}

fn json(reply: &Reply) -> Value {
    assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
    serde_json::from_slice(&reply.body).expect("JSON")
}
