//! Keys in use: who signs, where keys are made and turned over, and the key sets of clients and providers.

mod addresses;
pub mod client_keys;
mod kms;
pub mod make;
pub mod of_signer;
pub mod outbound;
pub mod rotate;
pub mod signer;
pub mod verified;
