//! The real binary `admit`: against an emulated AWS, and against a local server that runs.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that fails should say where")]

mod audit_key;
mod files;
mod json;
mod kit;
mod local_server;
mod mistakes;
mod people;
mod readme;
mod why;
