//! Rounds: a little of the bare cryptography, then the server under load, and again. What else runs on the machine slows
//! both alike, and the median of the rounds forgets the worst of it.

use crate::{
    drive::{Driven, drive},
    operations::Operation,
    options::Load,
    process::cpu_of_this_process,
};
use std::time::{Duration, Instant};

pub struct Measured {
    pub requests: usize,
    pub per_second: f64,
    /// Sorted, of all rounds.
    waits: Vec<Duration>,
    /// Processor time of the server for one request.
    pub cpu: Duration,
    pub beside_floor: Option<BesideFloor>,
}

/// One core and nothing but the cryptography that the operation can't do without.
pub struct BesideFloor {
    pub per_second: f64,
    pub cpu: Duration,
    /// The server's throughput to this, round by round.
    pub throughput_ratio: f64,
}

impl Measured {
    fn of(rounds: Vec<Round>) -> Measured {
        let requests = rounds.iter().map(|round| round.driven.waits.len()).sum();
        let cpu: Duration = rounds.iter().map(|round| round.cpu).sum();
        let mut waits: Vec<Duration> = rounds.iter().flat_map(|round| round.driven.waits.iter().copied()).collect();
        waits.sort_unstable();
        Measured {
            requests,
            per_second: median(rounds.iter().map(Round::per_second)).expect("a round"),
            waits,
            cpu: cpu.div_f64(requests as f64),
            beside_floor: beside_floor(&rounds),
        }
    }

    pub fn percentile(&self, percent: usize) -> Duration {
        let last = self.waits.len().saturating_sub(1);
        self.waits.get(last * percent / 100).copied().unwrap_or_default()
    }
}

struct Round {
    driven: Driven,
    cpu: Duration,
    floor: Option<Floor>,
}

struct Floor {
    times: u32,
    elapsed: Duration,
    cpu: Duration,
}

impl Round {
    fn per_second(&self) -> f64 {
        self.driven.waits.len() as f64 / self.driven.elapsed.as_secs_f64()
    }
}

impl Floor {
    fn per_second(&self) -> f64 {
        f64::from(self.times) / self.elapsed.as_secs_f64()
    }
}

/// The same operation at each of several servers, a round at the one and a round at the other.
pub fn measure(operations: &[&Operation<'_>], load: &Load) -> Vec<Measured> {
    for operation in operations {
        // Connections, caches, the machine's clock rate.
        drive(&operation.server.address, load.time / 4, (operation.scripts)());
    }
    let mut rounds: Vec<Vec<Round>> = operations.iter().map(|_| Vec::new()).collect();
    for _ in 0..load.rounds {
        for (operation, rounds) in operations.iter().zip(&mut rounds) {
            rounds.push(round(operation, load));
        }
    }
    rounds.into_iter().map(Measured::of).collect()
}

fn beside_floor(rounds: &[Round]) -> Option<BesideFloor> {
    let floors = || rounds.iter().filter_map(|round| round.floor.as_ref());
    let ratio = |round: &Round| Some(round.per_second() / round.floor.as_ref()?.per_second());
    Some(BesideFloor {
        per_second: median(floors().map(Floor::per_second))?,
        cpu: floors().map(|floor| floor.cpu).sum::<Duration>() / floors().map(|floor| floor.times).sum::<u32>(),
        throughput_ratio: median(rounds.iter().filter_map(ratio))?,
    })
}

fn round(operation: &Operation<'_>, load: &Load) -> Round {
    let server = operation.server;
    let scripts = (operation.scripts)();
    let floor = operation.floor.as_ref().map(|work| floor(work, load.time / 4));
    let before = server.cpu();
    let driven = drive(&server.address, load.time, scripts);
    Round { driven, cpu: server.cpu() - before, floor }
}

fn floor(work: &dyn Fn(), time: Duration) -> Floor {
    let (start, cpu, mut times) = (Instant::now(), cpu_of_this_process(), 0);
    while start.elapsed() < time {
        for _ in 0..8 {
            work();
        }
        times += 8;
    }
    Floor { times, elapsed: start.elapsed(), cpu: cpu_of_this_process() - cpu }
}

fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}
