//! A tenant in a file: everything that an operator decides about it, in TOML, documented in `infra/tenant-file.md`.

mod b2b;
mod client;
mod client_authentication;
mod client_documents;
mod client_extensions;
mod client_keys;
mod client_urls;
mod did_you_mean;
pub mod export;
mod fields;
mod file;
mod identity_provider;
mod items;
mod load;
mod mistake;
mod pages;
mod patient_picker;
mod policy;
mod profile;
mod reading;
mod reuse_hashes;
mod roles;
mod secrets;
mod tenant;
mod urls;
mod user;
pub mod warnings;

pub use client_urls::origins_of;
pub use file::{AsksPkce, TenantFile, parse, parse_on_lan};
pub use items::{ItemNames, Login, TenantItems, client_secrets, client_secrets_mut};
pub use load::{load, load_all};
pub use mistake::{Mistake, Mistakes, Place};
pub use reuse_hashes::StoredHashes;
pub use urls::is_loopback;
