//! An app's private key: the operator's command signs with the same.

pub use admin::private_key::PrivateKey;
