//! The proxy in front of a server, with a note of what it forwards.

use super::sample::{Asks, BASE, NOW, root};
use sample_fhir::{Caller, Incoming, OAuthUris, Outgoing, Proxy, Request, Response};
use serde_json::Value;
use std::{
    pin::Pin,
    sync::{Arc, Mutex},
};
use tokio::runtime::Runtime;

pub struct Front {
    proxy: Proxy,
    pub runtime: Runtime,
    /// The address of the server behind.
    pub behind: String,
    forwarded: Arc<Mutex<Vec<Outgoing>>>,
}

impl Front {
    /// `send` is the way to the server behind.
    pub fn of<F>(behind: String, runtime: Runtime, send: impl Fn(Outgoing) -> F + Send + Sync + 'static) -> Front
    where
        F: Future<Output = Option<Incoming>> + Send + 'static,
    {
        let forwarded: Arc<Mutex<Vec<Outgoing>>> = Arc::default();
        let log = Arc::clone(&forwarded);
        let send = move |outgoing: Outgoing| -> Pin<Box<dyn Future<Output = Option<Incoming>> + Send>> {
            log.lock().unwrap().push(outgoing.clone());
            Box::pin(send(outgoing))
        };
        Front { proxy: Proxy::new(BASE, &behind, OAuthUris::default(), Box::new(send)), runtime, behind, forwarded }
    }

    /// As it is on the server behind.
    pub fn resource(&self, resource_type: &str, id: &str) -> Option<Value> {
        let answer = self.gets(&root(), &format!("{resource_type}/{id}"));
        (answer.status == 200).then(|| answer.json())
    }

    pub fn metadata(&self) -> Value {
        let request = Request { method: "GET", path: "metadata", query: "", headers: &[], body: b"", now: NOW };
        self.runtime.block_on(self.proxy.metadata(&request)).json()
    }

    /// What the server behind is asked while this happens.
    pub fn forwards(&self, act: impl FnOnce()) -> Vec<Outgoing> {
        self.forwarded.lock().unwrap().clear();
        act();
        self.forwarded.lock().unwrap().clone()
    }
}

impl Asks for Front {
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
