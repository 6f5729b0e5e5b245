//! What the rules promise, as tests that need no server. Read the names.
#![expect(clippy::panic, reason = "a test that fails should say where")]

mod fuzzed;
mod scope;
