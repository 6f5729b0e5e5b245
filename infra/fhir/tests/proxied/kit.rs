//! The same actors as for the sample server, but the server is behind: a process of its own, open to all.

use sample_fhir::{Caller, Incoming, OAuthUris, Outgoing, Proxy, Request, Response};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use tokio::runtime::Runtime;

#[path = "../sample/kit.rs"]
mod sample;
pub use sample::server as in_this_process;
pub use sample::{Asks, BASE, NOW, TAKES_ANY_REFERENCE, amy, caller, ids, is_refused, outcome_of, root};

/// Whether the server behind says how many matches a search has, on each page.
pub const ALWAYS_COUNTS: bool = true;

pub struct Proxied {
    proxy: Proxy,
    runtime: Runtime,
    process: Child,
    /// The address of the server behind.
    pub behind: String,
    pub forwarded: Arc<Mutex<Vec<Outgoing>>>,
}

pub fn server() -> Proxied {
    let mut process = Command::new(env!("CARGO_BIN_EXE_sample-fhir")).arg("0").stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let behind = line.trim().strip_prefix("ready ").unwrap().to_owned();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let forwarded: Arc<Mutex<Vec<Outgoing>>> = Arc::default();
    let log = Arc::clone(&forwarded);
    let send = move |outgoing: Outgoing| -> std::pin::Pin<Box<dyn Future<Output = Option<Incoming>> + Send>> {
        log.lock().unwrap().push(outgoing.clone());
        Box::pin(send(http.clone(), outgoing))
    };
    let proxy = Proxy::new(BASE, &behind, OAuthUris::default(), Box::new(send));
    Proxied { proxy, runtime, process, behind, forwarded }
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
    /// As it is on the server behind.
    pub fn resource(&self, resource_type: &str, id: &str) -> Option<Value> {
        let answer = self.gets(&root(), &format!("{resource_type}/{id}"));
        (answer.status == 200).then(|| answer.json())
    }

    pub fn metadata(&self) -> Value {
        let request = Request { method: "GET", path: "metadata", query: "", headers: &[], body: b"", now: NOW };
        self.runtime.block_on(self.proxy.metadata(&request)).json()
    }

    pub fn stops(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// What the server behind is asked while this happens.
    pub fn forwards(&self, act: impl FnOnce()) -> Vec<Outgoing> {
        self.forwarded.lock().unwrap().clear();
        act();
        self.forwarded.lock().unwrap().clone()
    }
}

impl Asks for Proxied {
    fn asks(&self, caller: &Caller, method: &str, url: &str, headers: &[(&str, &str)], body: &[u8]) -> Response {
        let url = url.strip_prefix(BASE).unwrap_or(url);
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        let response =
            self.runtime.block_on(self.proxy.handle(caller, &Request { method, path, query, headers, body, now: NOW }));
        let told = format!("{:?} {}", response.headers, String::from_utf8_lossy(&response.body));
        assert!(!told.contains(&self.behind), "the address behind came out: {told}");
        response
    }
}

impl Drop for Proxied {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}
