//! Drives the server once: so many connections at once, each its next request as soon as the last is answered, until the
//! time is over or there is nothing left to ask.

use crate::http::{Connection, Reply};
use std::{
    thread,
    time::{Duration, Instant},
};

/// How long each operation waited for its answers, and how long all of it took.
pub struct Driven {
    pub waits: Vec<Duration>,
    pub elapsed: Duration,
}

/// The next request of one connection, given the last answer.
pub type Script<'a> = Box<dyn FnMut(Option<&Reply>) -> Option<Vec<u8>> + Send + 'a>;

/// What the connections do, and how many requests make one operation.
pub struct Scripts<'a> {
    pub each: Vec<Script<'a>>,
    pub requests: usize,
}

/// One connection for each script.
pub fn drive(address: &str, time: Duration, scripts: Scripts<'_>) -> Driven {
    let start = Instant::now();
    let Scripts { each, requests } = scripts;
    let waits = thread::scope(|scope| {
        let run = |script| scope.spawn(move || connection(address, start + time, requests, script));
        let running: Vec<_> = each.into_iter().map(run).collect();
        running.into_iter().flat_map(|thread| thread.join().expect("no client gave up")).collect()
    });
    Driven { waits, elapsed: start.elapsed() }
}

fn connection(address: &str, until: Instant, requests: usize, mut script: Script<'_>) -> Vec<Duration> {
    let mut connection = Connection::open(address);
    let mut waits = Vec::new();
    let mut last = None;
    while Instant::now() < until {
        let mut waited = Duration::ZERO;
        for _ in 0..requests {
            let Some(request) = script(last.as_ref()) else { return waits };
            let sent = Instant::now();
            let reply = connection.send(&request);
            waited += sent.elapsed();
            assert!(matches!(reply.status, 200 | 303), "{} {}", reply.status, String::from_utf8_lossy(&reply.body));
            last = Some(reply);
        }
        waits.push(waited);
    }
    waits
}
