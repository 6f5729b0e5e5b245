//! What the rules promise, as tests that need no server. Read the names.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test that fails should say where")]

mod authority;
mod authorize;
mod brands;
mod client;
mod credentials;
mod dpop;
mod enforcement;
mod extensions;
mod fuzzed;
mod given;
mod grant;
mod hti;
mod identity_provider;
mod jose;
mod launch;
mod length;
mod oauth;
mod patient_record;
mod scope;
mod session;
mod signing_keys;
mod tenant;
mod token;
mod user;
mod vouch;
mod words;
