//! Tenant files: what a mistake in one says, that samples and documentation are true, what becomes of them in the table.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a helper that fails fails its test")]

mod applied;
mod client_mistakes;
mod documented;
mod mistakes;
mod pages;
mod read;
mod samples;
