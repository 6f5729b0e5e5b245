//! A tenant: its names, its policy, its keys, its look.

mod identity;
mod keys;
mod lives;
mod look;
mod policy;
mod profile;
mod roles;
