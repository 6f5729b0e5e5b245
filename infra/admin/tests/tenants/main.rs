//! Tenant files: what a mistake in one says, that samples and documentation are true, what becomes of them in the table.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a helper that fails fails its test")]

mod applied;
mod client_mistakes;
mod cut_short;
mod documented;
mod exported;
mod mistakes;
mod pages;
mod provider_mistakes;
mod read;
mod samples;
