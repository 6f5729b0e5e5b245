//! New keys, withdrawn keys, and a `kid` that nobody has seen.

use super::*;
use kit::key_server::{Reply, jwks, new_key};

#[tokio::test]
async fn a_new_key_is_looked_up_at_once() {
    let (old, new) = (new_key(), new_key());
    let keys = KeyServer::with(&[&old]);
    keys.gives(&[&old], "max-age=300");
    let server = server_for(&keys).await;
    gets_a_token(&server, &old).await;
    server.passes(10);
    keys.gives(&[&old, &new], "max-age=300");
    gets_a_token(&server, &new).await;
    assert_eq!(keys.fetches(), 2);
    gets_a_token(&server, &old).await;
    assert_eq!(keys.fetches(), 2);
}

/// A client that rotates its keys right after it was asked for them need not wait.
#[tokio::test]
async fn a_key_made_in_the_second_of_the_first_fetch_is_looked_up_at_once() {
    let (old, new) = (new_key(), new_key());
    let keys = KeyServer::with(&[&old]);
    keys.gives(&[&old], "max-age=300");
    let server = server_for(&keys).await;
    gets_a_token(&server, &old).await;
    keys.gives(&[&old, &new], "max-age=300");
    gets_a_token(&server, &new).await;
    gets_a_token(&server, &old).await;
    assert_eq!(keys.fetches(), 2);
}

/// ASYM-11: "Unknown `kid` ⇒ one refetch (rate limited)", or a stranger makes us knock at the client's door all day.
#[tokio::test]
async fn an_unknown_kid_causes_one_fetch_in_five_seconds() {
    let (key, stranger) = (new_key(), new_key());
    let keys = KeyServer::with(&[&key]);
    keys.gives(&[&key], "max-age=300");
    let server = server_for(&keys).await;
    gets_a_token(&server, &key).await;
    for _ in 0..10 {
        is_refused(&server, &stranger).await;
    }
    assert_eq!(keys.fetches(), 2);
    server.passes(5);
    for _ in 0..10 {
        is_refused(&server, &stranger).await;
    }
    assert_eq!(keys.fetches(), 3);
}

#[tokio::test]
async fn the_limit_holds_for_all_instances_together() {
    let (key, stranger) = (new_key(), new_key());
    let keys = KeyServer::with(&[&key]);
    keys.gives(&[&key], "max-age=300");
    let first = server_for(&keys).await;
    gets_a_token(&first, &key).await;
    is_refused(&first.second_instance(), &stranger).await;
    assert_eq!(keys.fetches(), 2);
    is_refused(&first, &stranger).await;
    is_refused(&first.second_instance(), &stranger).await;
    assert_eq!(keys.fetches(), 2);
}

#[tokio::test]
async fn a_withdrawn_key_is_refused_after_the_cache_time() {
    let (old, new) = (new_key(), new_key());
    let keys = KeyServer::with(&[&old]);
    keys.gives(&[&old], "max-age=60");
    let server = server_for(&keys).await;
    gets_a_token(&server, &old).await;
    keys.gives(&[&new], "max-age=60");
    server.passes(60);
    is_refused(&server, &old).await;
}

/// Once a newer set was seen, the older one is over, even where the newer one may not be kept.
#[tokio::test]
async fn a_key_withdrawn_in_a_set_that_may_not_be_kept_is_refused_at_once() {
    let (old, new) = (new_key(), new_key());
    let keys = KeyServer::with(&[&old]);
    keys.gives(&[&old], "max-age=3600");
    let server = server_for(&keys).await;
    gets_a_token(&server, &old).await;
    server.passes(10);
    keys.gives(&[&new], "no-store");
    gets_a_token(&server, &new).await;
    is_refused(&server, &old).await;
    is_refused(&server.second_instance(), &old).await;
}

/// A stranger's junk `kid` at a moment when the client's server is slow must not lock the client out.
#[tokio::test]
async fn a_failed_look_for_an_unknown_kid_spoils_nothing() {
    let (key, stranger) = (new_key(), new_key());
    let keys = KeyServer::with(&[&key]);
    keys.gives(&[&key], "max-age=300");
    let server = server_for(&keys).await;
    gets_a_token(&server, &key).await;
    server.passes(10);
    keys.answers(Reply { status: "500 Internal Server Error", ..Reply::of(&jwks(&[])) });
    is_refused(&server, &stranger).await;
    assert_eq!(keys.fetches(), 2);
    gets_a_token(&server, &key).await;
    is_refused(&server, &stranger).await;
    assert_eq!(keys.fetches(), 2);
}
