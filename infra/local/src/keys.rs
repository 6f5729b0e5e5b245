//! Where signing keys are made and used: in the table of this laptop, or in the KMS that `--kms` names.

use crate::options::Options;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_kms::{
    Client,
    config::{Builder, Credentials},
};
use server::keys::{make::KeyMaker, signer::Custodian};
use url::Url;

/// Who uses keys here, and who makes them. Keys that are in the table already go on signing.
pub async fn of(options: &Options) -> (Custodian, KeyMaker) {
    let Some(url) = &options.kms else { return (Custodian::Laptop(None), KeyMaker::Laptop) };
    let client = client(url).await;
    let maker = KeyMaker::Kms {
        client: client.clone(),
        stack: Some("laptop".to_owned()),
        sealing_key: options.sealing_key.clone(),
    };
    (Custodian::Laptop(Some(client)), maker)
}

/// Only AWS itself gets credentials of AWS; an emulator gets made-up ones.
async fn client(url: &Url) -> Client {
    let config = match region(url) {
        Some(region) => aws_config::defaults(BehaviorVersion::latest()).region(Region::new(region)).load().await,
        None => {
            SdkConfig::builder().behavior_version(BehaviorVersion::latest()).region(Region::new("us-east-1")).build()
        }
    };
    let mut builder = Builder::from(&config).endpoint_url(url.as_str());
    if region(url).is_none() {
        builder = builder.credentials_provider(Credentials::new("local", "local", None, None, "local"));
    }
    Client::from_conf(builder.build())
}

/// The region of an address of AWS: `kms.eu-central-1.amazonaws.com`.
fn region(url: &Url) -> Option<String> {
    let of_aws = |host: &&str| host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn");
    let host = url.host_str().filter(|_| url.scheme() == "https").filter(of_aws)?;
    host.split('.').nth(1).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_aws_names_its_region_and_no_other_address_does() {
        let region = |url: &str| region(&Url::parse(url).unwrap());
        assert_eq!(region("https://kms.eu-central-1.amazonaws.com").as_deref(), Some("eu-central-1"));
        assert_eq!(region("https://kms-fips.us-west-2.amazonaws.com/").as_deref(), Some("us-west-2"));
        for url in [
            "http://kms.eu-central-1.amazonaws.com",
            "https://kms.eu-central-1.amazonaws.com.evil.example",
            "http://127.0.0.1:4566",
            "https://evil-amazonaws.com",
        ] {
            assert_eq!(region(url), None, "{url}");
        }
    }
}
