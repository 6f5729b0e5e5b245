//! The load command: starts the local server in a process of its own, drives it over HTTP for a bounded time, and prints
//! throughput and waiting times beside what the bare cryptography costs on this machine. Linux.

#![expect(clippy::expect_used, clippy::panic, reason = "a bench that fails should say where")]
#![expect(clippy::disallowed_methods, reason = "a bench measures time")]
#![expect(clippy::print_stdout, reason = "this is what the command is for")]

mod children;
#[path = "../codes.rs"]
mod codes;
mod drive;
mod engine_calls;
#[path = "../floor.rs"]
mod floor;
mod floors;
mod http;
mod operations;
mod report;

use children::{Engine, Served};
use drive::Load;
use floors::Floors;
use operations::Operations;
use std::time::Duration;

const USAGE: &str = "tests/benches/load [--seconds N] [--connections N]

  --seconds N      how long each operation is driven (default 4)
  --connections N  how many clients ask at the same time (default 8)";

fn main() {
    let given: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let words: Vec<&str> = given.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["serve", tenant, codes, engine @ ..] => children::serve(tenant, codes, engine.first().copied()),
        ["engine"] => children::engine(),
        options => match load(options) {
            Some(load) => run(&load),
            None => println!("{USAGE}"),
        },
    }
}

fn load(options: &[&str]) -> Option<Load> {
    let mut load = Load { time: Duration::from_secs(4), connections: 8 };
    for pair in options.chunks(2) {
        match pair {
            ["--seconds", number] => load.time = Duration::from_secs(number.parse().ok()?),
            ["--connections", number] => load.connections = number.parse().ok()?,
            _ => return None,
        }
    }
    Some(load)
}

fn run(load: &Load) {
    let floors = Floors::measure();
    floors.print();

    let calls = engine_calls::count();
    println!("\nThe local server, embedded engine in its process, {} connections", load.connections);
    report::head();
    {
        let server = Served::start(load, None);
        for operation in Operations::of(&server, load).in_turn() {
            let measured = operation.run(&server, load);
            report::line(operation.name, &measured, floors.of(operation.name));
        }
    }

    // Shorter: shares of processor time need fewer requests than the tail of a distribution.
    let load = &Load { time: load.time.div_f64(2.0), ..*load };
    println!("\nThe same with the engine in a third process: processor time per request in microseconds");
    report::cost_head();
    let engine = Engine::start();
    let server = Served::start(load, Some(&engine));
    for operation in Operations::of(&server, load).in_turn() {
        let before = [server.cpu(), engine.cpu()];
        let measured = operation.run(&server, load);
        let spent = [server.cpu() - before[0], engine.cpu() - before[1]];
        report::cost_line(operation.name, &measured, spent, floors.of(operation.name), &calls);
    }
}
