//! A browser's answer that signs nobody in.

/// Why an answer is not accepted; for the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasskeyRefused(pub &'static str);
