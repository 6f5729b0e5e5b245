//! The operator's side: tenants from files, written to the table, and the command `admit`.

pub mod applied;
pub mod apply;
mod audit_key;
pub mod aws;
pub mod commands;
pub mod cost;
pub mod failure;
pub mod options;
pub mod out;
pub mod people;
pub mod place;
pub mod plan;
pub mod private_key;
pub mod scan;
pub mod tenant_file;
