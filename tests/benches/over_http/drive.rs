//! Drives one operation: so many connections at once, each its next request as soon as the last is answered, until the
//! time is over or there is nothing left to ask.

use crate::http::{Connection, Reply};
use std::{
    thread,
    time::{Duration, Instant},
};

#[derive(Clone, Copy)]
pub struct Load {
    pub time: Duration,
    pub connections: usize,
}

/// What was measured: how long each request waited, sorted, and how long all of it took.
pub struct Measured {
    pub waits: Vec<Duration>,
    pub elapsed: Duration,
}

impl Measured {
    pub fn per_second(&self) -> f64 {
        self.waits.len() as f64 / self.elapsed.as_secs_f64()
    }

    pub fn percentile(&self, percent: usize) -> Duration {
        let last = self.waits.len().saturating_sub(1);
        self.waits.get(last * percent / 100).copied().unwrap_or_default()
    }
}

/// The next request of one connection, given the last answer.
pub type Script<'a> = Box<dyn FnMut(Option<&Reply>) -> Option<Vec<u8>> + Send + 'a>;

pub fn drive<'a>(address: &str, load: &Load, script: impl Fn(usize) -> Script<'a>) -> Measured {
    let start = Instant::now();
    let mut waits: Vec<Duration> = thread::scope(|scope| {
        let run = |script| scope.spawn(move || connection(address, start + load.time, script));
        let running: Vec<_> = (0..load.connections).map(|number| run(script(number))).collect();
        running.into_iter().flat_map(|thread| thread.join().expect("no client gave up")).collect()
    });
    let elapsed = start.elapsed();
    waits.sort_unstable();
    Measured { waits, elapsed }
}

fn connection(address: &str, until: Instant, mut script: Script<'_>) -> Vec<Duration> {
    let mut connection = Connection::open(address);
    let mut waits = Vec::new();
    let mut last = None;
    while Instant::now() < until {
        let Some(request) = script(last.as_ref()) else { break };
        let sent = Instant::now();
        let reply = connection.send(&request);
        waits.push(sent.elapsed());
        assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
        last = Some(reply);
    }
    waits
}
