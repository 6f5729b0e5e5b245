//! Why the table could not be asked.

use crate::deadline::OutOfTime;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use std::fmt;

/// The table could not be asked. Never to be mistaken for "not found".
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Too many requests for the table's capacity; worth a later try.
    #[error("the table is throttled")]
    Throttled,
    /// No answer, or one that makes no sense. Later there may be one.
    #[error("the table is unavailable: {0}")]
    Unavailable(String),
    /// An item that this version can't read, or one that it can't write. No later try will do better.
    #[error("the table holds what can't be read: {0}")]
    Unreadable(String),
}

impl From<OutOfTime> for StoreError {
    fn from(error: OutOfTime) -> StoreError {
        StoreError::Unavailable(error.to_string())
    }
}

/// Which failures are throttling; everything else is an outage. The SDK has retried before we see them.
pub(super) fn outage<E, R>(error: SdkError<E, R>) -> StoreError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: fmt::Debug,
{
    match error.code() {
        Some("ProvisionedThroughputExceededException" | "ThrottlingException" | "RequestLimitExceeded") => {
            StoreError::Throttled
        }
        Some(code) => StoreError::Unavailable(code.to_owned()),
        None => StoreError::Unavailable(match error {
            SdkError::TimeoutError(_) => "no answer in time".into(),
            SdkError::DispatchFailure(_) => "it can't be reached".into(),
            other => other.to_string(),
        }),
    }
}
