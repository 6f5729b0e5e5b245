//! How long a key set is kept: as its server says, and never longer (ASYM-11).

use super::*;
use kit::key_server::{Reply, jwks, new_key};

#[tokio::test]
async fn it_is_fetched_once_for_many_requests() {
    let key = new_key();
    let keys = KeyServer::with(&[&key]);
    keys.gives(&[&key], "public, max-age=300");
    let server = server_for(&keys).await;
    for _ in 0..5 {
        gets_a_token(&server, &key).await;
    }
    assert_eq!(keys.fetches(), 1);
}

/// ASYM-11 MUST; KT-11 MUST: "not cache longer than the client's `Cache-Control`".
#[tokio::test]
async fn it_is_kept_to_the_last_second_and_no_longer() {
    let key = new_key();
    let keys = KeyServer::with(&[&key]);
    keys.gives(&[&key], "max-age=300");
    let server = server_for(&keys).await;
    gets_a_token(&server, &key).await;
    server.passes(299);
    gets_a_token(&server, &key).await;
    assert_eq!(keys.fetches(), 1);
    server.passes(1);
    gets_a_token(&server, &key).await;
    assert_eq!(keys.fetches(), 2);
}

#[tokio::test]
async fn without_a_word_about_it_it_is_kept_a_minute() {
    let key = new_key();
    let keys = KeyServer::with(&[&key]);
    let server = server_for(&keys).await;
    gets_a_token(&server, &key).await;
    server.passes(59);
    gets_a_token(&server, &key).await;
    assert_eq!(keys.fetches(), 1);
    server.passes(1);
    gets_a_token(&server, &key).await;
    assert_eq!(keys.fetches(), 2);
}

#[tokio::test]
async fn what_may_not_be_kept_is_fetched_each_time() {
    for cache_control in ["no-store", "no-cache", "max-age=0", "max-age=300, no-store", "max-age=-5", "max-age=soon"] {
        let key = new_key();
        let keys = KeyServer::with(&[&key]);
        keys.gives(&[&key], cache_control);
        let server = server_for(&keys).await;
        for _ in 0..3 {
            gets_a_token(&server, &key).await;
        }
        assert_eq!(keys.fetches(), 3, "{cache_control}");
    }
}

/// ASYM-11: a set that may not be kept is no way to make this server knock at a client's door once per junk assertion. The client's own
/// assertions are verified with fresh keys all the same.
#[tokio::test]
async fn what_may_not_be_kept_is_not_fetched_for_each_piece_of_junk() {
    for cache_control in ["no-store", "max-age=0"] {
        let (key, stranger) = (new_key(), new_key());
        let keys = KeyServer::with(&[&key]);
        keys.gives(&[&key], cache_control);
        let server = server_for(&keys).await;
        let forged = SigningKeyRecord { public: key.public.clone(), ..stranger.clone() };
        for junk in [&stranger, &forged].repeat(10) {
            is_refused(&server, junk).await;
        }
        assert_eq!(keys.fetches(), 2, "{cache_control}");
        gets_a_token(&server, &key).await;
        assert_eq!(keys.fetches(), 3, "{cache_control}");
        server.passes(5);
        for _ in 0..10 {
            is_refused(&server, &stranger).await;
        }
        assert!(keys.fetches() <= 5, "{cache_control}: {}", keys.fetches());
    }
}

/// Whoever rotates their keys and lets nobody keep them is heard at once.
#[tokio::test]
async fn a_new_key_in_a_set_that_may_not_be_kept_is_seen_at_once() {
    let (old, new) = (new_key(), new_key());
    let keys = KeyServer::with(&[&old]);
    keys.gives(&[&old], "no-store");
    let server = server_for(&keys).await;
    gets_a_token(&server, &old).await;
    keys.gives(&[&new], "no-store");
    gets_a_token(&server, &new).await;
    is_refused(&server, &old).await;
}

/// RFC 9110 §5.3: several lines of one header mean the same as one with commas.
#[tokio::test]
async fn a_second_line_of_the_header_counts_too() {
    let key = new_key();
    let keys = KeyServer::with(&[&key]);
    let answer = Reply::of(&jwks(&[&key])).with("Cache-Control", "max-age=300").with("Cache-Control", "no-store");
    keys.answers(answer);
    let server = server_for(&keys).await;
    gets_a_token(&server, &key).await;
    gets_a_token(&server, &key).await;
    assert_eq!(keys.fetches(), 2);
}

/// RFC 9111 §4.2.3: what a cache on the way kept is as old as its `Age` says.
#[tokio::test]
async fn the_time_in_other_caches_counts() {
    let key = new_key();
    let keys = KeyServer::with(&[&key]);
    keys.answers(Reply::of(&jwks(&[&key])).with("Cache-Control", "max-age=300").with("Age", "290"));
    let server = server_for(&keys).await;
    gets_a_token(&server, &key).await;
    server.passes(10);
    gets_a_token(&server, &key).await;
    assert_eq!(keys.fetches(), 2);
}

#[tokio::test]
async fn a_year_is_an_hour_here() {
    let key = new_key();
    let keys = KeyServer::with(&[&key]);
    keys.gives(&[&key], "max-age=31536000, immutable");
    let server = server_for(&keys).await;
    gets_a_token(&server, &key).await;
    server.passes(3600);
    gets_a_token(&server, &key).await;
    assert_eq!(keys.fetches(), 2);
}

#[tokio::test]
async fn a_client_with_another_url_gets_its_own_fetch() {
    let key = new_key();
    let keys = KeyServer::with(&[&key]);
    keys.gives(&[&key], "max-age=300");
    let server = server_for(&keys).await;
    gets_a_token(&server, &key).await;
    assert_eq!(asks(&server, "neighbour", &key).await.status, 200);
    let paths: Vec<String> =
        keys.requests().iter().map(|head| head.split(' ').nth(1).unwrap_or_default().into()).collect();
    assert_eq!(paths, ["/jwks.json", "/jwks.json?two"]);
}

#[tokio::test]
async fn another_instance_finds_it_in_the_table() {
    let key = new_key();
    let keys = KeyServer::with(&[&key]);
    keys.gives(&[&key], "max-age=300");
    let first = server_for(&keys).await;
    let second = first.second_instance();
    gets_a_token(&first, &key).await;
    gets_a_token(&second, &key).await;
    assert_eq!(keys.fetches(), 1);
    // Nor does the table make it live longer.
    first.passes(300);
    gets_a_token(&second, &key).await;
    assert_eq!(keys.fetches(), 2);
}
