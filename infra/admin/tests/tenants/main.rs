//! Tenant files: what a mistake in one says, and that samples and documentation are true.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a helper that fails fails its test")]

mod b2b_mistakes;
mod client_documents;
mod client_mistakes;
mod docs;
mod documented;
mod exported;
mod hti;
mod mistakes;
mod pages;
mod provider_mistakes;
mod read;
mod resources;
mod samples;
mod user_access;
mod vouching;
