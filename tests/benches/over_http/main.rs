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
mod peers;
mod process;
mod report;
mod requests;
mod rounds;
mod served;

use operations::Operations;
use options::Asked;
use served::Served;
use std::iter;

fn main() {
    let given: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let load = match options::read(&given) {
        Some(Asked::Load(load)) => load,
        Some(Asked::Engine) => return served::engine(),
        None => return println!("{}", options::USAGE),
    };
    let server = Served::start(&load.server, &load);
    let mut others = Vec::new();
    if let Some(program) = &load.beside {
        others.push((program.display().to_string(), Served::start(program, &load)));
    }
    if load.peers {
        others.push(("oidc-provider".to_owned(), peers::oidc_provider()));
    }
    let operations = Operations::of(&server, &load);
    let of_others: Vec<_> = others.iter().map(|(name, other)| (name, Operations::of(other, &load))).collect();
    let others: Vec<_> =
        of_others.iter().flat_map(|(name, of)| of.in_turn().into_iter().map(move |one| (name, one))).collect();
    report::head(&load);
    for operation in operations.in_turn().iter().filter(|operation| operation.name.contains(&load.only)) {
        let beside: Vec<_> = others.iter().filter(|(_, other)| other.name == operation.name).collect();
        let all: Vec<_> = iter::once(operation).chain(beside.iter().map(|(_, other)| other)).collect();
        let measured = rounds::measure(&all, &load);
        report::line(operation.name, &measured[0]);
        for ((name, _), other) in beside.iter().zip(&measured[1..]) {
            report::line_beside(name, other, &measured[0]);
        }
    }
}
