//! Each journey is walked once undisturbed, and once for each of its calls and each fault that can meet that call.

use super::table::{Left, Table, compared};
use kit::{
    TestServer,
    faults::{
        Fault::{self, *},
        Lasts::{self, *},
        can_happen,
    },
    journeys::{JOURNEYS, Journey},
    patience::patient,
    signing_keys,
};
use server::keys::signer::Custodian;
use std::time::Duration;

const FAULTS: [(&str, Fault, Lasts); 10] = [
    ("throttled", Throttled, Once),
    ("throttled on and on", Throttled, UntilAnswered),
    ("timed out", TimedOut, Once),
    ("timed out on and on", TimedOut, UntilAnswered),
    ("in conflict", Conflict, Once),
    ("in conflict on and on", Conflict, UntilAnswered),
    ("500", ServerError, Once),
    ("500 on and on", ServerError, UntilAnswered),
    ("done, answer lost", AnswerLost, Once),
    ("done, every answer lost", AnswerLost, TheCall),
];

/// The most attempts of the SDK for one call.
const MOST_ATTEMPTS: usize = 3;

/// Journeys are walked side by side, each on a server of its own.
const AT_ONCE: usize = 4;

#[test]
fn after_every_fault_at_every_call_the_client_can_go_on_and_nothing_is_lost_or_spent_twice() {
    let lines: Vec<String> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE).map(|worker| scope.spawn(move || walks_of(worker))).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("a journey ends undisturbed")).collect()
    });
    assert_all_good(&lines);
    assert!(lines.len() > 1000, "the matrix has shrunk to {}", lines.len());
}

fn walks_of(worker: usize) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut lines = Vec::new();
        for journey in JOURNEYS.iter().skip(worker).step_by(AT_ONCE) {
            let server = TestServer::start_with(journey.tenant).await;
            lines.extend(every_fault_of(&server, &signing_keys::custodian(), journey, &Pace::USUAL, |_| true).await);
        }
        lines
    })
}

pub fn assert_all_good(lines: &[String]) {
    let is_bad = |line: &&String| ["LOST", "SPENT TWICE", "ENDLESS"].iter().any(|word| line.contains(word));
    let bad: Vec<&String> = lines.iter().filter(is_bad).collect();
    println!("{} lines, {} of them lost or spent twice", lines.len(), bad.len());
    assert!(bad.is_empty(), "{bad:#?}");
}

/// What meets a journey's calls, and how long each request has for all of its own.
pub struct Pace<'a> {
    pub faults: &'a [(&'static str, Fault, Lasts)],
    pub time: Option<Duration>,
}

impl Pace<'_> {
    pub const USUAL: Pace<'static> = Pace { faults: &FAULTS, time: None };
}

/// On one server, with a new instance of the functions each time: nothing is in memory.
pub async fn every_fault_of(
    server: &TestServer,
    custodian: &Custodian,
    journey: &Journey,
    pace: &Pace<'_>,
    meets: impl Fn(&str) -> bool,
) -> Vec<String> {
    let table = Table::at(&server.faults.endpoint().expect("the table was asked"));
    table.swept().await;
    let undisturbed = walk((server, custodian), &table, journey, None, None).await;
    assert_eq!(undisturbed.outcome, "went on", "{}, undisturbed", journey.name);
    let mut lines = Vec::new();
    for (number, call) in undisturbed.calls.iter().enumerate().filter(|(_, call)| meets(call)) {
        let operation = call.trim_start_matches("kms ").split(' ').next().unwrap_or_default();
        for (name, fault, lasts) in pace.faults.iter().copied().filter(|(_, fault, _)| can_happen(*fault, operation)) {
            let walked = walk((server, custodian), &table, journey, Some((number, fault, lasts)), pace.time).await;
            assert!(walked.struck > 0, "{}: {call} was not called again", journey.name);
            let outcome = match compared(&undisturbed.left, &walked.left, walked.was_told, lasts == Once).as_slice() {
                [] => walked.outcome,
                wrong => format!("{}; {}", walked.outcome, wrong.join(", ")),
            };
            let line = format!("{:<24} {:>2} {call:<52} × {name:<24} → {outcome}", journey.name, number + 1);
            println!("{line}");
            lines.push(line);
        }
    }
    lines
}

struct Walked {
    outcome: String,
    calls: Vec<String>,
    struck: usize,
    left: Left,
    was_told: bool,
}

async fn walk(
    (server, custodian): (&TestServer, &Custodian),
    table: &Table,
    journey: &Journey,
    fault: Option<(usize, Fault, Lasts)>,
    time: Option<Duration>,
) -> Walked {
    let mut instance = match time {
        Some(time) => server.second_instance_within(time),
        None => server.second_instance_with(custodian.clone()),
    };
    let told = patient(&mut instance);
    server.faults.plan(fault);
    let walk = journey.walk;
    let ended = tokio::spawn(async move { walk(&instance).await }).await;
    let (calls, struck) = (server.faults.calls(), server.faults.struck());
    let most = server.faults.attempts().into_iter().max().unwrap_or_default();
    server.faults.plan(None);
    let told = told.all();
    let outcome = match ended {
        Err(error) => format!("LOST: {}", reason(error)),
        Ok(()) if most > MOST_ATTEMPTS => format!("ENDLESS: {most} attempts"),
        Ok(()) if told.is_empty() => "went on".to_owned(),
        Ok(()) => format!("{}, then went on", told.join(", ")),
    };
    Walked { outcome, calls, struck, left: table.swept().await, was_told: !told.is_empty() }
}

fn reason(error: tokio::task::JoinError) -> String {
    let Ok(panic) = error.try_into_panic() else { return "cancelled".to_owned() };
    let text = panic.downcast_ref::<String>().cloned();
    let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
    text.unwrap_or_default().lines().take(3).collect::<Vec<_>>().join(" ")
}
