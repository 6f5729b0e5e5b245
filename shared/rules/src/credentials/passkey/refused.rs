//! A browser's answer that signs nobody in.

/// Why an answer is not accepted; for the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PasskeyRefused(pub &'static str);
