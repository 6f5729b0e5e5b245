//! The same actors as for the sample server, but the server is behind: a process of its own, open to all.

use front::Front;
use sample_fhir::{Incoming, Outgoing};
use std::io::{BufRead, BufReader};
use std::ops::Deref;
use std::process::{Child, Command, Stdio};

#[path = "front.rs"]
mod front;
#[path = "../sample/kit.rs"]
mod sample;
pub use sample::server as in_this_process;
pub use sample::{Asks, BASE, TAKES_ANY_REFERENCE, amy, caller, ids, is_refused, outcome_of, root};

/// Whether the server behind says how many matches a search has, on each page.
pub const ALWAYS_COUNTS: bool = true;

pub struct Proxied {
    front: Front,
    process: Child,
}

impl Deref for Proxied {
    type Target = Front;

    fn deref(&self) -> &Front {
        &self.front
    }
}

pub fn server() -> Proxied {
    let mut process = Command::new(env!("CARGO_BIN_EXE_sample-fhir")).arg("0").stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let behind = line.trim().strip_prefix("ready ").unwrap().to_owned();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let front = Front::of(behind, runtime, move |outgoing| send(http.clone(), outgoing));
    Proxied { front, process }
}

async fn send(http: reqwest::Client, outgoing: Outgoing) -> Option<Incoming> {
    let mut request = http.request(outgoing.method.parse().unwrap(), outgoing.url).body(outgoing.body);
    for (name, value) in outgoing.headers {
        request = request.header(name, value);
    }
    let answer = request.send().await.ok()?;
    let status = answer.status().as_u16();
    Some(Incoming { status, body: answer.bytes().await.ok()?.to_vec() })
}

impl Proxied {
    pub fn stops(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Proxied {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}
