//! The operator's command `admit`: against a local server that runs, and what it applies against the embedded engine.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that fails should say where")]

mod applied;
mod audit_trail;
mod between;
mod cut_short;
mod doctor;
mod ended;
mod engine;
mod json;
mod killed;
mod lists;
mod local_server;
mod people;
mod policies;
mod reach;
mod readme;
mod recorded;
mod recorded_on_aws;
mod registered;
mod removed;
mod resource_metadata;
mod restored;
mod warnings;
mod why;
