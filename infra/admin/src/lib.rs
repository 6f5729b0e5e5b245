//! The operator's side: tenants from files, written to the table, and the command `admit`. From the top down: `commands` work
//! on a `target`, apply a `plan` to it, and make the plan from a `tenant_file`.

pub mod commands;
pub mod cost;
mod end_access;
mod failure;
mod find_user;
pub mod forget_factors;
mod out;
pub mod plan;
pub mod private_key;
mod sign_out;
pub mod target;
pub mod tenant_file;
