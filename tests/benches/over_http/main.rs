//! The load command: starts the local server's release build, drives it over HTTP, and prints throughput and waiting times
//! beside what the bare cryptography costs on this machine at the same time. Linux.

#![expect(clippy::expect_used, clippy::panic, reason = "a bench that fails should say where")]
#![expect(clippy::disallowed_methods, reason = "a bench measures time")]
#![expect(clippy::print_stdout, reason = "this is what the command is for")]

#[path = "../codes.rs"]
mod codes;
mod drive;
#[path = "../floor.rs"]
mod floor;
mod http;
mod login;
mod operations;
mod options;
mod process;
mod report;
mod requests;
mod rounds;
mod served;

use operations::Operations;
use options::Asked;
use served::Served;

fn main() {
    let given: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let load = match options::read(&given) {
        Some(Asked::Load(load)) => load,
        Some(Asked::Engine) => return served::engine(),
        None => return println!("{}", options::USAGE),
    };
    let server = Served::start(&load);
    let operations = Operations::of(&server, &load);
    report::head(&load);
    for operation in operations.in_turn().iter().filter(|operation| operation.name.contains(&load.only)) {
        report::line(operation.name, &rounds::measure(operation, &server, &load));
    }
}
