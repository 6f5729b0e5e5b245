//! Many requests at the same moment.

use super::*;
use kit::key_server::{Reply, jwks, new_key};
use std::time::Duration;

const MANY: usize = 32;

/// All at once, from tasks of their own; how many got a token.
async fn all_ask(server: TestServer, key: SigningKeyRecord) -> usize {
    let server = std::sync::Arc::new(server);
    let mut asking = Vec::new();
    for _ in 0..MANY {
        let (server, key) = (server.clone(), key.clone());
        asking.push(tokio::spawn(async move { asks(&server, CLIENT, &key).await.status }));
    }
    let mut good = 0;
    for status in asking {
        good += usize::from(status.await.expect("no panic") == 200);
    }
    good
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cold_cache_causes_one_fetch() {
    let key = new_key();
    let keys = KeyServer::with(&[&key]);
    let slowly = Duration::from_millis(500);
    keys.answers(Reply { pause: slowly, ..Reply::of(&jwks(&[&key])).with("Cache-Control", "max-age=300") });
    let server = server_for(&keys).await;
    assert_eq!(all_ask(server, key).await, MANY);
    assert_eq!(keys.fetches(), 1);
}

/// Even where the set may not be kept, those who wait for a fetch share it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_may_not_be_kept_is_shared_by_those_who_wait() {
    let key = new_key();
    let keys = KeyServer::with(&[&key]);
    let slowly = Duration::from_millis(500);
    keys.answers(Reply { pause: slowly, ..Reply::of(&jwks(&[&key])).with("Cache-Control", "no-store") });
    let server = server_for(&keys).await;
    assert_eq!(all_ask(server, key).await, MANY);
    assert!(keys.fetches() <= 8, "{} fetches", keys.fetches());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_fails_is_asked_once() {
    let key = new_key();
    let keys = KeyServer::with(&[&key]);
    let slowly = Duration::from_millis(500);
    keys.answers(Reply { pause: slowly, status: "500 Internal Server Error", ..Reply::text("") });
    let server = server_for(&keys).await;
    assert_eq!(all_ask(server, key).await, 0);
    assert_eq!(keys.fetches(), 1);
}
