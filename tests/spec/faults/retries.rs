//! How a deployed function tries again: three times at most, after random pauses.

use kit::faults::{Fault, Faults, Lasts};
use local::engine::{TABLE, config};
use rules::{tenant::TenantId, time::Timestamp};
use server::{
    aws::retries,
    store::{
        Store, StoreError,
        schema::{RevokedAccessToken, revoked_access_token},
    },
};
use std::{collections::BTreeSet, time::Duration};
use tokio::time::Instant;

/// What AWS asks of its clients: <https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html>
#[tokio::test]
async fn a_call_is_tried_three_times_after_pauses_that_are_never_the_same() {
    let faults = Faults::default();
    let config = config("http://127.0.0.1:9").retry_config(retries()).http_client(faults.client());
    let store = Store::new(aws_sdk_dynamodb::Client::from_conf(config.build()), TABLE);
    let tenant = TenantId::parse("clinic").expect("an id");
    let mut took = BTreeSet::new();
    for _ in 0..8 {
        faults.plan(Some((0, Fault::Throttled, Lasts::UntilAnswered)));
        let start = Instant::now();
        let found = store.find::<RevokedAccessToken>(revoked_access_token(&tenant, "x"), Timestamp(0)).await;
        assert!(matches!(found, Err(StoreError::Throttled)));
        assert_eq!(faults.attempts(), [3]);
        took.insert(start.elapsed().as_millis());
    }
    assert!(took.len() > 2, "pauses without jitter: {took:?} ms");
    assert!(took.iter().all(|ms| *ms < Duration::from_secs(3).as_millis()), "{took:?} ms");
}
