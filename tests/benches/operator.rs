//! What the operator's commands ask of a table with 1,000 tenants, 10,000 clients and 100,000 grants: calls, and seconds on this
//! machine. Another size: `cargo bench -p tests --bench operator -- 100 10 100` (tenants, clients and grants each).

#![expect(clippy::expect_used, reason = "a bench that fails should say where")]
#![expect(clippy::disallowed_methods, reason = "a bench measures time")]
#![expect(clippy::print_stdout, reason = "a bench prints")]

mod filled;

use filled::{Size, fill};
use kit::{
    Operator,
    gate::Gate,
    operator::{Folder, admit},
};
use std::{collections::BTreeMap, time::Instant};

#[tokio::main]
async fn main() {
    admit();
    let numbers: Vec<usize> = std::env::args().filter_map(|word| word.parse().ok()).collect();
    let [tenants, clients_each, grants_each] = numbers.try_into().unwrap_or([1000, 10, 100]);
    let folder = Folder::new();
    let (operator, server) = Operator::of_local(&folder).await;
    let began = Instant::now();
    fill(&server, "home", Size { tenants, clients_each, grants_each }).await;
    println!(
        "{tenants} tenants, {} clients, {} grants, written in {:.0} s\n",
        tenants * clients_each,
        tenants * grants_each,
        began.elapsed().as_secs_f64()
    );
    let gate = Gate::of_local(&folder.0).await;
    let file = folder.0.join("t7.toml").display().to_string();
    let commands: [&[&str]; 12] = [
        &["tenant", "list"],
        &["client", "list", "t7"],
        &["user", "list", "t7"],
        &["grants", "list", "t7"],
        &["grants", "list", "t7", "--client", "app-3"],
        &["grants", "list", "t7", "--user", "amy"],
        &["tenant", "export", "t7", &file],
        &["tenant", "plan", &file],
        &["grants", "revoke", "t7", "--client", "app-3"],
        &["grants", "revoke", "t7", "--all"],
        &["user", "sign-out", "home", "amy"],
        &["migrate"],
    ];
    println!("{:<42} {:>5}  {:>7}  of them", "admit", "calls", "seconds");
    for words in commands {
        gate.take();
        let began = Instant::now();
        let (operator, all) = (operator.clone(), words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
        let ran = tokio::task::spawn_blocking(move || {
            operator.runs(&all.iter().map(String::as_str).chain(["--yes", "--json"]).collect::<Vec<_>>())
        });
        ran.await.expect("it ran").good();
        let seconds = began.elapsed().as_secs_f64();
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        let calls = gate.take();
        for call in &calls {
            *counts.entry(call.clone()).or_default() += 1;
        }
        let counts: Vec<String> = counts.iter().map(|(name, count)| format!("{count} {name}")).collect();
        let words = words.iter().filter(|word| !word.contains('/')).copied().collect::<Vec<_>>().join(" ");
        println!("{words:<42} {:>5}  {seconds:>7.2}  {}", calls.len(), counts.join(", "));
    }
}
