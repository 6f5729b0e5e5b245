//! How deployed functions speak with AWS: with Lambda's credentials, short waits, few repeats, every call counted. Someone may
//! wait for a function to start, so nothing is made ready here that it does not need.

use crate::store::CountCalls;
use aws_config::{
    BehaviorVersion, SdkConfig,
    environment::{EnvironmentVariableCredentialsProvider, EnvironmentVariableRegionProvider},
    retry::RetryConfig,
    timeout::TimeoutConfig,
};
use aws_smithy_http_client::{
    Connector,
    proxy::ProxyConfig,
    tls::{Provider, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::http::{
    HttpConnectorSettings, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use std::{sync::LazyLock, thread, time::Duration};

/// An answer takes milliseconds; what takes longer than this is not coming, and the client is told so while the function
/// still has time to. No function's timeout in `infra/template.yaml` may be shorter than one operation's.
pub const OPERATION_TIMEOUT: Duration = Duration::from_secs(4);

const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// Lambda puts credentials and region into each function's environment. The SDK would look there first, but not before it is
/// ready to look in five other places.
pub async fn config() -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest())
        .credentials_provider(EnvironmentVariableCredentialsProvider::new())
        .region(EnvironmentVariableRegionProvider::new())
        .http_client(http_client())
        .timeout_config(timeouts())
        .retry_config(retries())
        .load()
        .await
}

/// The SDK's own, but one for all services. Left to itself the SDK makes one for each service, and before that one more to see
/// whether it can, and each reads all of the system's root certificates. Another thread reads them, while this one goes on: that
/// makes a cold start an eighth shorter.
fn http_client() -> SharedHttpClient {
    static CONNECTOR: LazyLock<SharedHttpConnector> = LazyLock::new(|| {
        let settings = HttpConnectorSettings::builder().connect_timeout(CONNECT_TIMEOUT).build();
        let connector = Connector::builder()
            .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
            .proxy_config(ProxyConfig::from_env())
            .connector_settings(settings);
        SharedHttpConnector::new(connector.build())
    });
    thread::spawn(|| LazyLock::force(&CONNECTOR));
    http_client_fn(|_, _| CONNECTOR.clone())
}

pub fn kms(config: &SdkConfig) -> aws_sdk_kms::Client {
    let config = aws_sdk_kms::config::Builder::from(config).interceptor(CountCalls).build();
    aws_sdk_kms::Client::from_conf(config)
}

pub fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
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
