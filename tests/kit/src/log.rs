//! Everything that is logged in this test, kept to be searched.
//!
//! One subscriber for the whole run, since `tracing` remembers for all threads which messages nobody wants; each test
//! listens to its own thread.

use crate::Answer;
use std::{
    cell::RefCell,
    io::{self, Write},
    sync::{Arc, Mutex, Once},
};
use tracing_subscriber::{EnvFilter, fmt::MakeWriter, layer::SubscriberExt, util::SubscriberInitExt};

#[derive(Clone, Default)]
pub struct Log {
    text: Arc<Mutex<Vec<u8>>>,
    /// The same as JSON lines, as a deployment writes them.
    json: Arc<Mutex<Vec<u8>>>,
}

/// Ends the listening when it is dropped.
pub struct Listening(());

thread_local! {
    static LISTENER: RefCell<Option<Log>> = const { RefCell::new(None) };
}

impl Log {
    /// Listens to this thread until the guard is dropped: our own crates at every level with every field, the libraries
    /// (whose debug output shows whole requests, and which no deployment turns on) from `info`.
    pub fn listen() -> (Log, Listening) {
        static SUBSCRIBER: Once = Once::new();
        SUBSCRIBER.call_once(|| {
            let filter = EnvFilter::new(
                "info,rules=trace,server=trace,authorize=trace,discovery=trace,introspect=trace,launch_context=trace,revoke=trace,\
                 token=trace,local=trace,admin=trace,userinfo=trace,healthlake=trace,authorizer=trace,rotate_keys=trace,\
                 audit=trace,admit=trace",
            );
            let lines = tracing_subscriber::fmt::layer().with_writer(ToThisThread::Text).with_ansi(false);
            let json = tracing_subscriber::fmt::layer().json().with_writer(ToThisThread::Json);
            tracing_subscriber::registry().with(filter).with(lines).with(json).init();
        });
        let log = Log::default();
        LISTENER.set(Some(log.clone()));
        (log, Listening(()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.text.lock().expect("nobody panicked")).into_owned()
    }
}

/// If this test listens: `admit why` explains the refusal under the reference that this answer gives.
pub fn assert_explained(answer: &Answer, case: &str) {
    let Some(log) = LISTENER.with_borrow(Clone::clone) else { return };
    // An app that is redirected to finds it in the description.
    let described = answer.header("location").and_then(|_| answer.query("error_description"));
    let described = described.as_deref().and_then(|text| text.split_once("(reference ")?.1.strip_suffix(')'));
    let id = answer.header("admit-refusal").or(described).unwrap_or_else(|| panic!("{case}: no reference"));
    let lines = String::from_utf8_lossy(&log.json.lock().expect("nobody panicked")).into_owned();
    let found = admin::commands::why::records(&lines, id);
    assert_eq!(found.len(), 1, "{case}: the log has {} lines under {id}", found.len());
    let said = found[0].lines();
    // Where a configuration decided, what it was told is not enough: what was expected, and what came. What a stranger
    // wrote is not repeated.
    let by_configuration = [
        "invalid_client",
        "unauthorized_client",
        "unsupported_grant_type",
        "unsupported_response_type",
        "invalid_scope",
        "invalid_target",
    ];
    let by_configuration = by_configuration.iter().any(|code| said.contains(&format!(" {code}\n")));
    let because = (by_configuration || said.contains("aud is not")).then_some("because");
    for part in ["request", "tenant", "answer", "told", "meaning"].into_iter().chain(because) {
        assert!(said.lines().any(|line| line.starts_with(part)), "{case}: no {part} in\n{said}");
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        LISTENER.set(None);
    }
}

/// Writes to whoever listens to the thread that speaks.
#[derive(Clone, Copy)]
enum ToThisThread {
    Text,
    Json,
}

impl Write for ToThisThread {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LISTENER.with_borrow(|listener| {
            if let Some(log) = listener {
                let to = match self {
                    ToThisThread::Text => &log.text,
                    ToThisThread::Json => &log.json,
                };
                to.lock().expect("nobody panicked").extend_from_slice(bytes);
            }
        });
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for ToThisThread {
    type Writer = ToThisThread;

    fn make_writer(&'a self) -> ToThisThread {
        *self
    }
}
