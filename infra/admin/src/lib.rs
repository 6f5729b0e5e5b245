//! The operator's side: tenants from files, written to the table.

pub mod apply;
pub mod kms_keys;
mod spki;
pub mod tenant_file;
