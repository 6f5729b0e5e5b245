//! The table that the load command prints.

use crate::{options::Load, rounds::Measured};
use std::time::Duration;

pub fn head(load: &Load) {
    let Load { rounds, time, connections, engine_apart, .. } = load;
    let engine = if *engine_apart { "in another process" } else { "in the server's process" };
    println!("{connections} connections, {rounds} rounds of {} s, the engine {engine}", time.as_secs_f64());
    println!();
    println!(
        "  {:<27} {:>8} {:>7} {:>7} {:>7} {:>7} {:>8} {:>6}  {:>7} {:>6} {:>6}",
        "", "requests", "/s", "p50 ms", "p95 ms", "p99 ms", "floor/s", "ratio", "CPU µs", "floor", "ratio"
    );
}

/// The first ratio is throughput to what one core could do if there were only the cryptography; the second is processor
/// time of the cryptography to that of the server.
pub fn line(name: &str, measured: &Measured) {
    figures(name, measured);
    match &measured.beside_floor {
        Some(floor) => println!(
            " {:>8.0} {:>6.2}  {:>7.0} {:>6.0} {:>6.2}",
            floor.per_second,
            floor.throughput_ratio,
            micros(measured.cpu),
            micros(floor.cpu),
            floor.cpu.as_secs_f64() / measured.cpu.as_secs_f64()
        ),
        None => println!(" {:>24.0}", micros(measured.cpu)),
    }
}

/// The last figure is how many times as much processor time it takes as the server of the line above.
pub fn line_beside(name: &str, other: &Measured, server: &Measured) {
    figures(&format!("  by {name}"), other);
    println!(" {:>24.0} {:>13.2}×", micros(other.cpu), other.cpu.as_secs_f64() / server.cpu.as_secs_f64());
}

fn figures(name: &str, measured: &Measured) {
    let wait = |percent| measured.percentile(percent).as_secs_f64() * 1000.0;
    print!(
        "  {name:<27} {:>8} {:>7.0} {:>7.2} {:>7.2} {:>7.2}",
        measured.requests,
        measured.per_second,
        wait(50),
        wait(95),
        wait(99),
    );
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
