//! The same for the calls to KMS, with the tenant's keys in it and sealed by it. KMS is emulated (`ministack`).

use super::matrix::{Pace, assert_all_good, every_fault_of};
use aws_sdk_kms::config::retry::RetryConfig;
use kit::{
    TestServer,
    journeys::{JOURNEYS, Journey},
    kms::kms_config,
    ministack::Ministack,
    signing_keys,
};
use rules::tenant::KeyCustody;
use server::keys::signer::Custodian;
use std::{io::Write as _, time::Duration};

const WITH_SIGNATURES: [&str; 3] = ["standalone launch", "patient picker", "client_credentials"];

#[tokio::test]
async fn after_every_fault_of_kms_the_client_can_go_on_and_nothing_is_lost_or_spent_twice() {
    if !Ministack::is_here() {
        let _ = writeln!(std::io::stderr(), "SKIPPED: ministack is not installed: no fault of KMS was tried");
        return;
    }
    let mut lines = Vec::new();
    for custody in [KeyCustody::Kms, KeyCustody::Sealed] {
        for journey in JOURNEYS.iter().filter(|journey| WITH_SIGNATURES.contains(&journey.name)) {
            let name = match custody {
                KeyCustody::Kms => format!("{}, KMS", journey.name),
                KeyCustody::Sealed => format!("{}, sealed", journey.name),
            };
            lines.extend(faults_of_kms(&Journey { name: name.leak(), ..*journey }, custody).await);
        }
    }
    assert_all_good(&lines);
    assert!(lines.len() > 50, "the matrix has shrunk to {}", lines.len());
}

async fn faults_of_kms(journey: &Journey, custody: KeyCustody) -> Vec<String> {
    let server = TestServer::start_with(journey.tenant).await;
    let url = format!("http://{}", Ministack::shared().address);
    signing_keys::move_to_kms(&server.server, custody).await;
    let retry = RetryConfig::standard().with_initial_backoff(Duration::from_millis(1));
    let config = kms_config(&url).http_client(server.faults.client()).retry_config(retry);
    let custodian = Custodian::Laptop(Some(aws_sdk_kms::Client::from_conf(config.build())));
    every_fault_of(&server, &custodian, journey, &Pace::USUAL, |call| call.starts_with("kms")).await
}
