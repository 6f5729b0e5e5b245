//! The app, a thief, the person, the operator, and a table that loses answers: every order.

use super::{
    explore::{Explored, explore},
    functions::Rules,
    setting::{Bounds, Setting},
};

/// No promise is broken, and nobody has emptied the model by accident.
pub fn holds(name: &str, setting: &Setting, at_least: usize) {
    let Explored { states, counterexample } = explore(setting);
    println!("{name}: {states} states");
    assert!(counterexample.is_none(), "{name}, after {states} states: {counterexample:?}");
    assert!(states >= at_least, "{name}: {states} states, where there were {at_least}");
}

#[test]
fn a_thief_and_an_app_in_every_order_without_a_grace_time() {
    holds("theft, no grace time", &Setting::new(Rules::default(), 0, Bounds::THEFT), 575_355);
}

#[test]
fn a_thief_and_an_app_in_every_order_with_a_grace_time() {
    holds("theft, 10 s of grace", &Setting::new(Rules::default(), 10, Bounds::THEFT), 571_305);
}

/// A thief of the code who may exchange it as well as the app: whoever comes second ends the grant.
#[test]
fn a_thief_and_an_app_in_every_order_where_the_code_is_bound_to_no_verifier() {
    let bounds = Bounds { has_challenge: false, app_requests: 2, ..Bounds::THEFT };
    holds("theft, no challenge", &Setting::new(Rules::default(), 0, bounds), 195_335);
}

#[test]
fn what_the_person_the_operator_or_the_app_ends_in_every_order() {
    holds("ending, 10 s of grace", &Setting::new(Rules::default(), 10, Bounds::ENDING), 224_627);
}

#[test]
fn everybody_at_once_in_every_order() {
    holds("everybody, no grace time", &Setting::new(Rules::default(), 0, Bounds::EVERYBODY), 262_218);
}

/// A limit. A function asks for the time once, when its request arrives; and what has run out is not found any more, so it can't be
/// ended either. A refresh that begins in the last second of a grant and is written after it brings the grant back, though the
/// person took it away in between: within the seconds that a function may run, at the end of a time without any use.
#[test]
fn a_request_that_outlives_the_grant_brings_it_back() {
    let bounds = Bounds { requests_outlive_the_grant: true, operator_acts: false, clock: 2, ..Bounds::ENDING };
    let found = explore(&Setting::new(Rules::default(), 0, bounds)).counterexample.unwrap();
    println!("{found:?}");
    assert_eq!(found.promise, "what is ended stays ended");
}
