//! The two tables that the load command prints.

use crate::{drive::Measured, engine_calls::EngineCalls};
use std::time::Duration;

pub fn head() {
    println!(
        "  {:<27} {:>9} {:>8} {:>8} {:>8} {:>8}   {:>8} {:>6}",
        "", "requests", "/s", "p50 ms", "p95 ms", "p99 ms", "floor/s", "ratio"
    );
}

/// The ratio is throughput to what one core could do if there were only the cryptography.
pub fn line(name: &str, measured: &Measured, floor: Option<Duration>) {
    let wait = |percent| measured.percentile(percent).as_secs_f64() * 1000.0;
    let beside = floor.map(|floor| {
        let most = 1.0 / floor.as_secs_f64();
        format!("{most:>8.0} {:>6.2}", measured.per_second() / most)
    });
    println!(
        "  {name:<27} {:>9} {:>8.0} {:>8.2} {:>8.2} {:>8.2}   {}",
        measured.waits.len(),
        measured.per_second(),
        wait(50),
        wait(95),
        wait(99),
        beside.unwrap_or_default()
    );
}

pub fn cost_head() {
    println!(
        "  {:<27} {:>9} {:>8} {:>8} {:>8} {:>6}   engine calls",
        "", "functions", "floor", "ratio", "engine", "/s"
    );
}

/// The ratio is the floor to all that the functions spend, the engine left out: on AWS it is somebody else's.
pub fn cost_line(
    name: &str,
    measured: &Measured,
    [functions, engine]: [Duration; 2],
    floor: Option<Duration>,
    calls: &EngineCalls,
) {
    let each = |time: Duration| time.as_secs_f64() * 1e6 / measured.waits.len().max(1) as f64;
    let beside = floor.map(|floor| {
        let floor = floor.as_secs_f64() * 1e6;
        format!("{floor:>8.0} {:>8.2}", floor / each(functions))
    });
    println!(
        "  {name:<27} {:>9.0} {:>17} {:>8.0} {:>6.0}   {}",
        each(functions),
        beside.unwrap_or_default(),
        each(engine),
        measured.per_second(),
        calls.get(name).map(|calls| calls.join(", ")).unwrap_or_default()
    );
}
