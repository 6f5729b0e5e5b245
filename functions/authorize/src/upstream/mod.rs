//! Signing in at an identity provider: the departure, the return, and what can go wrong between.

pub mod callback;
mod failure;
pub mod hti;
pub mod pages;
pub mod start;
