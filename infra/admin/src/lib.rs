//! The operator's side: tenants from files, written to the table.

pub mod apply;
pub mod people;
pub mod tenant_file;
