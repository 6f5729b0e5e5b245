//! Everything that is logged in this test, kept to be searched.
//!
//! One subscriber for the whole run, since `tracing` remembers for all threads which messages nobody wants; each test
//! listens to its own thread.

use std::{
    cell::RefCell,
    io::{self, Write},
    sync::{Arc, Mutex, Once},
};
use tracing_subscriber::{EnvFilter, fmt::MakeWriter, layer::SubscriberExt, util::SubscriberInitExt};

#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

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
                "info,shared=trace,authorize=trace,discovery=trace,introspect=trace,launch_context=trace,revoke=trace,\
                 token=trace,local=trace,admin=trace,userinfo=trace,healthlake=trace,authorizer=trace,rotate_keys=trace,\
                 audit=trace,admit=trace",
            );
            let lines = tracing_subscriber::fmt::layer().with_writer(ToThisThread).with_ansi(false);
            tracing_subscriber::registry().with(filter).with(lines).init();
        });
        let log = Log::default();
        LISTENER.set(Some(log.clone()));
        (log, Listening(()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().expect("nobody panicked")).into_owned()
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        LISTENER.set(None);
    }
}

/// Writes to whoever listens to the thread that speaks.
struct ToThisThread;

impl Write for ToThisThread {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LISTENER.with_borrow(|listener| {
            if let Some(log) = listener {
                log.0.lock().expect("nobody panicked").extend_from_slice(bytes);
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
        ToThisThread
    }
}
