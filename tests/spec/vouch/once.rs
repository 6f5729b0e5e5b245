//! A word counts once, over all instances, and is used up with the launch that it makes.

use super::{body, launches, server, word};
use kit::{Ehr, TestServer};

/// VOUCH-2: `jti`.
#[tokio::test]
async fn a_word_is_used_once_and_not_again_while_it_could_hold() {
    let server = server().await;
    let word = word(&server);
    launches(&server, &word).await;
    for seconds in [0, 30, 30, 8, 3, 600] {
        server.passes(seconds);
        assert_eq!(super::sends(&server, &word).await.refusal(), "400 invalid_grant");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_instances_that_get_one_word_one_makes_a_launch() {
    let one: &'static TestServer = Box::leak(Box::new(server().await));
    let two: &'static TestServer = Box::leak(Box::new(one.second_instance()));
    for _ in 0..16 {
        let body = body(&word(one));
        let tasks = [one, two].map(|server| {
            let body = body.clone();
            tokio::spawn(async move { Ehr::of(server).sends(&body).await })
        });
        let mut statuses = Vec::new();
        for task in tasks {
            statuses.push(task.await.expect("nobody panicked").status);
        }
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 400]);
    }
}

/// Where the table fails, the EHR may send the same word again.
#[tokio::test]
async fn an_outage_uses_no_word_up() {
    let server = server().await;
    let word = word(&server);
    launches(&server, &super::word(&server)).await;
    server.loses_its_table();
    assert_eq!(super::sends(&server, &word).await.refusal(), "503 temporarily_unavailable");
    server.finds_its_table();
    launches(&server, &word).await;
}
