//! Servers that don't do as they should: the client is refused in time, and the others notice nothing.

use super::*;
use kit::{
    App,
    key_server::{Reply, jwks, new_key},
};
use std::time::Duration;
use tokio::time::Instant;

const KILOBYTE: usize = 1024;

/// ASYM-12: timeout ≤ 2 s, with a little room for a busy machine.
const IN_TIME: Duration = Duration::from_millis(3500);

async fn refused_in_time(spoil: impl Fn(Reply) -> Reply) -> (KeyServer, TestServer) {
    let key = new_key();
    let keys = KeyServer::with(&[&key]);
    let server = server_for(&keys).await;
    keys.answers(spoil(Reply::of(&jwks(&[&key])).with("Cache-Control", "max-age=300")));
    let start = Instant::now();
    is_refused(&server, &key).await;
    assert!(start.elapsed() < IN_TIME, "it took {:?}", start.elapsed());
    (keys, server)
}

/// A key set with so much white space in front that it has this size.
fn padded(reply: &Reply, size: usize) -> Vec<u8> {
    let mut body = vec![b' '; size.saturating_sub(reply.body.len())];
    body.extend_from_slice(&reply.body);
    body
}

#[tokio::test]
async fn one_that_is_slow_to_answer() {
    refused_in_time(|reply| Reply { pause: Duration::from_secs(30), ..reply }).await;
}

#[tokio::test]
async fn one_that_sends_its_body_drop_by_drop() {
    refused_in_time(|reply| Reply { trickle: Duration::from_secs(1), ..reply }).await;
}

#[tokio::test]
async fn one_with_64_kilobytes_is_still_good() {
    let key = new_key();
    let keys = KeyServer::with(&[&key]);
    let server = server_for(&keys).await;
    let reply = Reply::of(&jwks(&[&key]));
    keys.answers(Reply::text(padded(&reply, 64 * KILOBYTE)));
    gets_a_token(&server, &key).await;
}

#[tokio::test]
async fn one_that_sends_more_than_64_kilobytes() {
    refused_in_time(|reply| Reply::text(padded(&reply, 64 * KILOBYTE + 1))).await;
}

#[tokio::test]
async fn one_that_sends_megabytes_and_does_not_say_so() {
    refused_in_time(|reply| Reply { length: None, body: padded(&reply, 8192 * KILOBYTE), ..reply }).await;
}

#[tokio::test]
async fn one_that_says_it_sends_more_than_it_does() {
    refused_in_time(|reply| Reply { length: reply.length.map(|length| length + 100), ..reply }).await;
}

#[tokio::test]
async fn one_that_says_it_sends_less_than_it_does() {
    refused_in_time(|reply| Reply { length: reply.length.map(|length| length - 10), ..reply }).await;
}

#[tokio::test]
async fn one_that_announces_a_terabyte() {
    refused_in_time(|reply| Reply { length: Some(1 << 40), ..reply }).await;
}

/// ASYM-12: no redirects, or a public address leads to a private one.
#[tokio::test]
async fn one_that_redirects() {
    let key = new_key();
    let target = KeyServer::with(&[&key]);
    let (_, _) = refused_in_time(|reply| Reply { status: "302 Found", ..reply.with("Location", &target.url) }).await;
    assert_eq!(target.connections(), 0);
}

#[tokio::test]
async fn one_that_answers_500_with_good_keys() {
    refused_in_time(|reply| Reply { status: "500 Internal Server Error", ..reply }).await;
}

#[tokio::test]
async fn one_that_sends_no_json() {
    refused_in_time(|_| Reply::text("<!doctype html><h1>It works!</h1>")).await;
}

#[tokio::test]
async fn one_that_sends_json_without_end() {
    refused_in_time(|_| Reply::text("[".repeat(60 * KILOBYTE))).await;
}

#[tokio::test]
async fn one_that_sends_json_of_another_shape() {
    for body in ["null", "[]", "{}", r#"{"keys":{}}"#, r#"{"keys":[]}"#, r#"{"keys":[null,1,"a",[]]}"#, "\u{feff}{}"] {
        refused_in_time(|_| Reply::text(body)).await;
    }
}

#[tokio::test]
async fn one_that_hangs_up() {
    refused_in_time(|_| Reply { status: "", headers: vec![], length: None, ..Reply::text("") }).await;
}

/// A key set with a private key in it has leaked (ASYM-12).
#[tokio::test]
async fn one_that_gives_its_private_key_away() {
    refused_in_time(|reply| {
        let mut set: serde_json::Value = serde_json::from_slice(&reply.body).expect("JSON");
        set["keys"][0]["d"] = json!("AQ");
        Reply::of(&set)
    })
    .await;
}

#[tokio::test]
async fn one_that_is_not_there() {
    let key = new_key();
    let keys = KeyServer::with(&[&key]);
    let free = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let url = format!("http://{}/jwks.json", free.local_addr().expect("an address"));
    drop(free);
    let server =
        TestServer::start_with(|toml| format!("{toml}\n[policy]\nloopback_key_sets = true\n{}", client(CLIENT, &url)))
            .await;
    let start = Instant::now();
    is_refused(&server, &key).await;
    assert!(start.elapsed() < IN_TIME);
    assert_eq!(keys.connections(), 0);
}

/// A server in trouble is not hammered, and comes back by itself.
#[tokio::test]
async fn a_failure_is_remembered_briefly() {
    let key = new_key();
    let keys = KeyServer::with(&[&key]);
    let good = Reply::of(&jwks(&[&key]));
    keys.answers(Reply { status: "503 Service Unavailable", ..good.clone() });
    let server = server_for(&keys).await;
    for _ in 0..10 {
        is_refused(&server, &key).await;
    }
    assert_eq!(keys.fetches(), 1);
    keys.answers(good);
    server.passes(5);
    gets_a_token(&server, &key).await;
}

/// The text is the same as for a bad signature: a stranger can't use us to look into the client's network (ASYM-9).
#[tokio::test]
async fn the_answer_does_not_say_what_went_wrong() {
    let key = new_key();
    let keys = KeyServer::with(&[&key]);
    let server = server_for(&keys).await;
    let forged = asks(&server, CLIENT, &new_key()).await.json();
    keys.answers(Reply { status: "500 Internal Server Error", ..Reply::text("secret stack trace") });
    server.passes(600);
    let failed = asks(&server, CLIENT, &key).await.json();
    let sentence = |answer: &serde_json::Value| {
        let text = answer["error_description"].as_str().unwrap_or_default().to_owned();
        text.split(" (reference").next().unwrap_or_default().to_owned()
    };
    assert_eq!(sentence(&forged), sentence(&failed));
}

#[tokio::test]
async fn a_slow_one_holds_up_no_other_client() {
    let key = new_key();
    let keys = KeyServer::with(&[&key]);
    let server = server_for(&keys).await;
    keys.answers(Reply { pause: Duration::from_secs(30), ..Reply::text("") });
    let slow = is_refused(&server, &key);
    let other = async {
        let start = Instant::now();
        let answer = App::backend(&server).asks_for_itself("system/*.rs").await;
        assert_eq!(answer.status, 200);
        start.elapsed()
    };
    let ((), elapsed) = tokio::join!(slow, other);
    assert!(elapsed < Duration::from_millis(1500), "it took {elapsed:?}");
}
