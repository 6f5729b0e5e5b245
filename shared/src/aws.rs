//! How deployed functions speak with AWS: the usual credentials, short waits, few repeats, every call counted.

use crate::store::counted::CountCalls;
use aws_config::{BehaviorVersion, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use std::time::Duration;

/// An answer takes milliseconds; what takes longer than this is not coming, and the client is told so while the function
/// still has time to. No function's timeout in `infra/template.yaml` may be shorter than one operation's.
pub const OPERATION_TIMEOUT: Duration = Duration::from_secs(4);

pub async fn config() -> SdkConfig {
    let config = aws_config::defaults(BehaviorVersion::latest());
    config.timeout_config(timeouts()).retry_config(retries()).load().await
}

pub fn kms(config: &SdkConfig) -> aws_sdk_kms::Client {
    let config = aws_sdk_kms::config::Builder::from(config).interceptor(CountCalls).build();
    aws_sdk_kms::Client::from_conf(config)
}

pub fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(Duration::from_millis(1500))
        .operation_timeout(OPERATION_TIMEOUT)
        .build()
}

/// Three attempts, with exponential backoff and jitter between them.
pub fn retries() -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(3)
        .with_initial_backoff(Duration::from_millis(50))
        .with_max_backoff(Duration::from_millis(500))
}
