//! A signing key that is about to be made, and why one was not.

use aws_sdk_kms::error::{ProvideErrorMetadata, SdkError};
use rules::{
    jwk::{KeyNumbers, PublicKey},
    signing_keys::{Custody, KeyState, SigningKeyRecord},
    tenant::{SigningAlg, TenantId},
    time::Timestamp,
};
use std::fmt;

/// No key was made, or one that can't be used.
#[derive(Debug)]
pub struct NoKey {
    pub why: String,
    /// A KMS key that is there for nothing so far: it costs money until it is used, or scheduled for deletion.
    pub made: Option<String>,
}

impl NoKey {
    /// Nothing was made.
    pub fn because(why: impl Into<String>) -> NoKey {
        NoKey { why: why.into(), made: None }
    }
}

impl fmt::Display for NoKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no signing key: {}", self.why)?;
        match &self.made {
            Some(key) => write!(f, "; the KMS key {key} is there and nothing uses it yet"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for NoKey {}

/// What is known of a key before it is made.
#[derive(Clone, Copy)]
pub struct NewKey<'a> {
    pub tenant: &'a TenantId,
    pub alg: SigningAlg,
    pub state: KeyState,
    pub now: Timestamp,
}

impl NewKey<'_> {
    pub(super) fn record(self, kid: String, numbers: KeyNumbers, custody: Custody) -> SigningKeyRecord {
        SigningKeyRecord {
            tenant: self.tenant.clone(),
            alg: self.alg,
            public: PublicKey {
                numbers,
                kid,
                alg: Some(self.alg.as_str().to_owned()),
                usage: Some("sig".to_owned()),
                key_ops: None,
            },
            custody,
            state: self.state,
            since: self.now,
        }
    }
}

pub(super) fn reason<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> String {
    match (error.code(), error.message()) {
        (Some(code), Some(message)) => format!("KMS says {code}: {message}"),
        (Some(code), None) => format!("KMS says {code}"),
        (None, _) => "KMS can't be reached".to_owned(),
    }
}
