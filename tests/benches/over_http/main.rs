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

use operations::{Operation, Operations};
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
    let peer = load.peers.then(peers::oidc_provider);
    let operations = Operations::of(&server, &load);
    let at_peer = peer.as_ref().map(|peer| Operations::of(peer, &load));
    let mut at_peer = at_peer.as_ref().map(Operations::in_turn).unwrap_or_default();
    at_peer.retain(|operation| peers::OPERATIONS.contains(&operation.name));
    report::head(&load);
    for operation in operations.in_turn().iter().filter(|operation| operation.name.contains(&load.only)) {
        let beside = at_peer.iter().find(|at_peer| at_peer.name == operation.name);
        let both: Vec<&Operation<'_>> = [operation].into_iter().chain(beside).collect();
        let measured = rounds::measure(&both, &load);
        report::line(operation.name, &measured[0]);
        for at_peer in &measured[1..] {
            report::peer_line("oidc-provider", at_peer, &measured[0]);
        }
    }
}
