//! What an honest app can lose, with nobody else there: a table that loses answers, a network that loses answers, and repeats.

use super::{
    everybody::holds,
    explore::explore,
    functions::Rules,
    setting::{Bounds, Habits, Setting},
};

fn alone(grace_seconds: i64, bounds: Bounds) -> Setting {
    Setting::new(Rules::default(), grace_seconds, bounds)
}

/// What an app of these habits loses, step by step.
fn loss(grace_seconds: i64, bounds: Bounds) -> String {
    let found = explore(&alone(grace_seconds, bounds)).counterexample;
    let found = format!("{:?}", found.unwrap());
    println!("{found}");
    assert!(found.starts_with("\"the app keeps a refresh token that can be used\""), "{found}");
    found
}

#[test]
fn with_a_grace_time_a_careful_app_loses_nothing() {
    holds("the app alone, 10 s of grace", &alone(10, Bounds::APP), 444_405);
}

/// Without a grace time the app loses its grant where tokens were issued that it never received, or where it repeats a request that
/// is still being answered; and never otherwise.
#[test]
fn without_a_grace_time_an_app_loses_nothing_whose_answers_arrive() {
    let bounds = Bounds { app_may_lose: |app| app.missed_tokens || app.overlapped, ..Bounds::APP };
    holds("the app alone, no grace time", &alone(0, bounds), 234_786);
}

#[test]
fn without_a_grace_time_either_of_these_costs_the_app_its_grant() {
    loss(0, Bounds { app_may_lose: |app| app.overlapped, ..Bounds::APP });
    loss(0, Bounds { app_may_lose: |app| app.missed_tokens, ..Bounds::APP });
}

/// The limit of the grace time. An app gives up a request, repeats it, gets tokens and uses them, and only then the first request is
/// served. Nothing tells it from a thief's. If it were refused without ending the grant, a thief who keeps a chain going could
/// have the app turned away unnoticed.
#[test]
fn a_hasty_app_is_ended_by_its_own_late_request() {
    let loss = loss(10, Bounds { app: Habits::Hasty, ..Bounds::APP });
    assert!(loss.contains("the app gives up waiting"), "{loss}");
}
