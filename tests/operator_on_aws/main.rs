//! The operator's command `admit` against an emulated AWS: a table, keys in KMS, log groups.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that fails should say where")]

mod audit_key;
mod files;
mod mistakes;
mod readme;
mod why;
