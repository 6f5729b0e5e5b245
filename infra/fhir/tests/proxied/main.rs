//! The tests of who may see what again, with the server in another process that judges nothing, and the proxy in front.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the finding")]

#[path = "../sample/bounds.rs"]
mod bounds;
#[path = "../sample/constraints.rs"]
mod constraints;
mod forwarding;
mod kit;
#[path = "../sample/leaks.rs"]
mod leaks;
mod refusals;
