//! From an app's authorization request to its answer: parse, ask the user step by step, approve.

pub mod account;
pub mod answer;
pub mod approval;
pub mod explanation;
pub mod interaction;
pub mod next_step;
pub mod redirect_target;
pub mod request;
pub mod wishes;
