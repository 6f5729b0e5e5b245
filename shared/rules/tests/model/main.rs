//! A model that tries every order. One grant, two instances of the functions, an app that repeats its requests, a thief, a person who
//! takes access away, an operator, and a table that refuses conditions and loses answers: within the bounds of `setting.rs`, whatever
//! may happen next is tried, and each state that is reached must keep the promises of `promises.rs`.
//!
//! Every decision is made by the very functions of `rules` (`functions.rs`). What the model adds is what lies around them: requests that
//! arrive, read, decide and commit in steps of their own (`instances.rs`), and their callers (`callers.rs`). A request goes by the time
//! and the configuration at its arrival. A write replaces the version that was read, or is refused. The table's answer may be lost
//! before or after the write took effect; the function asks again under the same write id, and that answer may be lost too. The
//! thief copies the code or whatever refresh token the app holds at some moment, uses it when it likes, and receives every answer. The
//! app is a public client, so its `client_id` is no secret; its code verifier is one.
//!
//! Left out: sessions (`online_access`), other grants of the same app, and users who are deleted.
//!
//! Together that is some 2.5 million states, half a minute on two cores.
//!
//! # What can be lost all the same
//!
//! - **A lost answer to a code.** A code has no grace time (RFC 6749 §4.1.2). An app that repeats an exchange ends the grant, and its
//!   person signs in once more.
//! - **A lost answer to a refresh, without a grace time.** The app has missed its next token, and ends the grant when it repeats the
//!   request. The same costs it a repeat of a request that is still being answered. Nothing else does.
//! - **A late request, with a grace time.** An app that gives up a request, repeats it, and uses the token that it gets before the first
//!   request was served, is taken for a thief (`a_hasty_app_is_ended_by_its_own_late_request`).
//! - **A thief who always comes within the grace time.** It gets what the app gets. It is noticed when one of the two comes later than
//!   that after the other.
//! - **A request that outlives its grant** can bring back what the person took away in between
//!   (`a_request_that_outlives_the_grant_brings_it_back`).
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that fails should say where")]

mod app_alone;
mod approval;
mod broken;
mod callers;
mod everybody;
mod explore;
mod functions;
#[expect(dead_code, reason = "the tests of single rules need more of it")]
#[path = "../rules/given.rs"]
mod given;
mod instances;
mod numbered;
mod promises;
mod setting;
mod world;
