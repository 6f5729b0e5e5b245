//! A passkey answer that is refused.

/// Why an answer is not accepted; for the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PasskeyRefused(pub &'static str);
