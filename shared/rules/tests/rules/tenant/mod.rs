//! A tenant: its names, its policy, its keys, its look.

mod guarded;
mod identity;
mod keys;
mod lives;
mod look;
mod policy;
mod profile;
mod roles;
