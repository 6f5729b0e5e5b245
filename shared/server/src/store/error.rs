//! Why the table could not be asked.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use std::fmt;

/// The table could not be asked. Never to be mistaken for "not found".
#[derive(Debug)]
pub enum StoreError {
    /// Too many requests for the table's capacity; worth a later try.
    Throttled,
    /// No answer, or one that makes no sense.
    Unavailable(String),
}

impl std::error::Error for StoreError {}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreError::Throttled => f.write_str("the table is throttled"),
            StoreError::Unavailable(why) => write!(f, "the table is unavailable: {why}"),
        }
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
