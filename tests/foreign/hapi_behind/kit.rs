//! The same actors as for the sample server, but HAPI is behind. It is one for all these tests, so they take turns, and each leaves the
//! records as it found them.

use crate::hapi::started;
use front::Front;
use sample_fhir::{Incoming, Outgoing};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Deref,
    sync::{
        Arc, LazyLock, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

#[path = "../../../infra/fhir/tests/proxied/front.rs"]
mod front;
#[path = "../../../infra/fhir/tests/sample/kit.rs"]
#[expect(dead_code, reason = "what the sample server takes is said there, and what HAPI takes here")]
mod sample;
pub use sample::server as in_this_process;
pub use sample::{Asks, BASE, NOW, amy, caller, ids, is_refused, outcome_of, root};

/// HAPI says how many matches a search has when it has found all of them, which is later than the first page.
pub const ALWAYS_COUNTS: bool = false;

/// It refuses `#amy-shaw` where nothing of that name is contained.
pub const TAKES_ANY_REFERENCE: bool = false;

pub struct Proxied {
    front: Front,
    behind_us: Arc<Behind>,
    _turn: MutexGuard<'static, ()>,
}

impl Deref for Proxied {
    type Target = Front;

    fn deref(&self) -> &Front {
        &self.front
    }
}

/// The way to HAPI.
struct Behind {
    http: reqwest::Client,
    /// `Type/id` of what was written.
    written: Mutex<BTreeSet<String>>,
    is_away: AtomicBool,
}

/// The sample records, by `Type/id`.
static RECORDS: LazyLock<BTreeMap<String, Value>> = LazyLock::new(|| {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../infra/fhir/data");
    let files = std::fs::read_dir(folder).unwrap().map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
    let all = files.flat_map(|text| serde_json::from_str::<Vec<Value>>(&text).unwrap());
    all.map(|record| (place(&record), record)).collect()
});

fn place(record: &Value) -> String {
    format!("{}/{}", record["resourceType"].as_str().unwrap_or_default(), record["id"].as_str().unwrap_or_default())
}

pub fn server() -> Proxied {
    static TURN: Mutex<()> = Mutex::new(());
    static LOADED: Mutex<bool> = Mutex::new(false);
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let behind = started().1.open().to_owned();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let behind_us = Arc::new(Behind { http, written: Mutex::default(), is_away: AtomicBool::default() });
    if !std::mem::replace(&mut *LOADED.lock().unwrap_or_else(PoisonError::into_inner), true) {
        runtime.block_on(behind_us.puts_back(&behind, RECORDS.keys()));
    }
    let way = Arc::clone(&behind_us);
    let front = Front::of(behind, runtime, move |outgoing| {
        let way = Arc::clone(&way);
        async move { way.sends(outgoing).await }
    });
    Proxied { front, behind_us, _turn: turn }
}

impl Behind {
    async fn sends(&self, outgoing: Outgoing) -> Option<Incoming> {
        if self.is_away.load(Ordering::SeqCst) {
            return None;
        }
        let (method, url) = (outgoing.method, outgoing.url.clone());
        let mut request = self.http.request(outgoing.method.parse().unwrap(), outgoing.url).body(outgoing.body);
        for (name, value) in outgoing.headers {
            request = request.header(name, value);
        }
        let answer = request.send().await.ok()?;
        let status = answer.status().as_u16();
        let body = answer.bytes().await.ok()?.to_vec();
        if method != "GET" && status < 300 {
            let made = serde_json::from_slice(&body).ok().filter(|_| method == "POST").map(|made| place(&made));
            let named = url.rsplitn(3, '/').take(2).collect::<Vec<_>>();
            let named = || named.iter().rev().copied().collect::<Vec<_>>().join("/");
            self.written.lock().unwrap().insert(made.unwrap_or_else(named));
        }
        Some(Incoming { status, body })
    }

    /// The records as they were, in one transaction; what was none of them goes.
    async fn puts_back(&self, behind: &str, places: impl Iterator<Item = &String>) {
        let entry = places.map(|place| match RECORDS.get(place) {
            Some(record) => json!({ "resource": record, "request": { "method": "PUT", "url": place } }),
            None => json!({ "request": { "method": "DELETE", "url": place } }),
        });
        let entry: Vec<Value> = entry.collect();
        if entry.is_empty() {
            return;
        }
        let bundle = json!({ "resourceType": "Bundle", "type": "transaction", "entry": entry }).to_string();
        let request = self.http.post(behind).header("content-type", "application/fhir+json").body(bundle);
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
    }
}

impl Proxied {
    /// From now on nothing comes back, for this test.
    pub fn stops(&mut self) {
        self.behind_us.is_away.store(true, Ordering::SeqCst);
    }
}

impl Drop for Proxied {
    fn drop(&mut self) {
        let written = std::mem::take(&mut *self.behind_us.written.lock().unwrap_or_else(PoisonError::into_inner));
        self.front.runtime.block_on(self.behind_us.puts_back(&self.front.behind, written.iter()));
    }
}
