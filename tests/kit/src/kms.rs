//! Clients of KMS, as deployed functions have them.

use crate::{ministack::Ministack, policies};

/// Of the emulator that all tests of this process share.
pub fn emulated() -> aws_sdk_kms::Client {
    kms(&format!("http://{}", Ministack::shared().address))
}

pub fn kms(url: &str) -> aws_sdk_kms::Client {
    aws_sdk_kms::Client::from_conf(kms_config(url).build())
}

/// The SDK as deployed functions use it, but for the address, and under their policies.
pub fn kms_config(url: &str) -> aws_sdk_kms::config::Builder {
    use aws_sdk_kms::config::{BehaviorVersion, Config, Credentials, Region};
    Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .endpoint_url(url)
        .interceptor(policies::Iam)
}
