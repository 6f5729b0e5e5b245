//! He guesses: client secrets or an EHR's, from one address or from many; or he guesses wrong on purpose, so that others are
//! locked out. Wrong ones are counted in the table by name and address, and soon each costs a wait; who
//! was never wrong at their own address is let in whatever happens elsewhere (CLI-6, LEG-8; RFC 6749 §2.3.1, §10.10).

use super::{guess_passwords::wrong_at_the_page, *};
use kit::Ehr;

const SECRET: &str = "symmetric-secret-of-more-than-32-characters";
const SHORT: &str = "short";
/// Wrong tries before each costs a wait.
pub const FREE: usize = 10;

/// One try at an endpoint, by Basic.
async fn tries_at(server: &TestServer, endpoint: &str, name: &str, secret: &str) -> Answer {
    let form = [("grant_type", "refresh_token"), ("refresh_token", "x"), ("token", "x"), ("patient", "wei-chen")];
    server.post(&format!("/clinic/{endpoint}"), &form, &[("authorization", &basic(name, secret))]).await
}

async fn tries(server: &TestServer, name: &str, secret: &str) -> Answer {
    tries_at(server, "token", name, secret).await
}

/// Wrong so often that the next one must wait.
async fn guesses_until_blocked(server: &TestServer, name: &str) {
    for _ in 0..=FREE {
        assert_eq!(tries(server, name, "guess").await.status, 401);
    }
}

fn wait_of(answer: &Answer) -> i64 {
    assert_eq!(answer.refusal(), "429 temporarily_unavailable", "{}", answer.body);
    answer.header("retry-after").expect("a time to wait").parse().expect("seconds")
}

const KNOWN: &str = "400 invalid_grant";

#[tokio::test]
async fn wrong_client_secrets_soon_cost_time_and_ever_more_of_it() {
    let server = TestServer::start().await;
    guesses_until_blocked(&server, "symmetric-app").await;
    let mut waits = Vec::new();
    for _ in 0..12 {
        let wait = wait_of(&tries(&server, "symmetric-app", "guess").await);
        waits.push(wait);
        server.passes(wait);
        assert_eq!(tries(&server, "symmetric-app", "guess").await.status, 401);
    }
    assert_eq!(waits, [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]);
}

/// A secret of a machine's making is not guessed, so no failures of others keep its owner out, from wherever they come.
#[tokio::test]
async fn while_blocked_the_right_generated_secret_is_taken_all_the_same() {
    let server = TestServer::start().await;
    let wrong_and_as_long = SECRET.to_uppercase();
    for _ in 0..2 {
        guesses_until_blocked(&server, "symmetric-app").await;
        assert_eq!(tries(&server, "symmetric-app", &wrong_and_as_long).await.status, 429);
        assert_eq!(tries(&server, "symmetric-app", SECRET).await.refusal(), KNOWN);
    }
    // The address is in its own wait, too.
    for name in 0..=100 {
        tries(&server, &format!("client-{name}"), "guess").await;
    }
    wait_of(&tries(&server, "symmetric-app", &wrong_and_as_long).await);
    assert_eq!(tries(&server, "symmetric-app", SECRET).await.refusal(), KNOWN);
}

/// A short one may be somebody's word. The answer to a right one says nothing while the block lasts.
#[tokio::test]
async fn while_blocked_a_right_short_secret_is_not_judged_either() {
    let server = TestServer::start().await;
    guesses_until_blocked(&server, "symmetric-app").await;
    let (right, wrong) = (tries(&server, "symmetric-app", SHORT).await, tries(&server, "symmetric-app", "x").await);
    assert_eq!((wait_of(&right), sentence(&right)), (wait_of(&wrong), sentence(&wrong)));
    server.passes(2);
    assert_eq!(tries(&server, "symmetric-app", SHORT).await.refusal(), KNOWN);
}

#[tokio::test]
async fn a_right_secret_takes_the_wrong_ones_back() {
    let server = TestServer::start().await;
    for _ in 0..5 {
        for _ in 0..FREE {
            assert_eq!(tries(&server, "symmetric-app", "guess").await.status, 401);
        }
        assert_eq!(tries(&server, "symmetric-app", SECRET).await.refusal(), KNOWN);
    }
}

/// The count is one for all endpoints that take the secret, and for both ways of writing the name (CLI-3).
#[tokio::test]
async fn another_endpoint_or_spelling_gives_no_more_tries() {
    let server = TestServer::start().await;
    for _ in 0..4 {
        for (endpoint, name) in
            [("token", "symmetric-app"), ("introspect", "symmetric%2Dapp"), ("revoke", "symmetric-app")]
        {
            tries_at(&server, endpoint, name, "guess").await;
        }
    }
    for endpoint in ["token", "introspect", "revoke"] {
        wait_of(&tries_at(&server, endpoint, "symmetric%2dapp", "guess").await);
    }
    let form = [("client_id", "symmetric-app"), ("client_secret", "guess"), ("grant_type", "refresh_token")];
    let form = [&form[..], &[("refresh_token", "x")]].concat();
    wait_of(&server.post("/clinic/token", &form, &[]).await);
}

#[tokio::test]
async fn the_secrets_of_fhir_servers_and_ehrs_can_not_be_guessed_either() {
    let server = TestServer::start().await;
    for (endpoint, name) in [("introspect", "clinic-fhir"), ("launchContext", "clinic-ehr")] {
        for _ in 0..=FREE {
            assert_eq!(tries_at(&server, endpoint, name, "guess").await.status, 401);
        }
        assert_eq!(wait_of(&tries_at(&server, endpoint, name, "guess").await), 2, "{endpoint}");
    }
    // Theirs are generated, and so is the right one of the EHR that waits for nobody.
    Ehr::of(&server).launches_patient("wei-chen").await;
}

/// Names that nobody has wait as long, or the wait would tell.
#[tokio::test]
async fn the_wait_does_not_tell_who_exists() {
    let server = TestServer::start().await;
    for name in ["symmetric-app", "nobody", "public-app", "backend"] {
        guesses_until_blocked(&server, name).await;
        assert_eq!(wait_of(&tries(&server, name, "guess").await), 2, "{name}");
    }
}

/// An instance that has not heard of the block hears of it at the first wrong secret.
#[tokio::test]
async fn another_instance_gives_one_more_try_and_no_more() {
    let server = TestServer::start().await;
    guesses_until_blocked(&server, "symmetric-app").await;
    for _ in 0..3 {
        let other = server.second_instance();
        assert!(wait_of(&tries(&other, "symmetric-app", "guess").await) >= 2);
        assert_eq!(tries(&other, "symmetric-app", "guess").await.status, 429);
    }
}

/// He needs no more than the client's name for this, and gets nothing by it.
#[tokio::test]
async fn he_can_not_lock_a_client_out_from_elsewhere() {
    let server = TestServer::start().await;
    for network in 0..20 {
        let his = server.seen_from(&format!("198.51.100.{network}"));
        for _ in 0..=FREE {
            tries(&his, "symmetric-app", "guess").await;
        }
    }
    assert_eq!(tries(&server, "symmetric-app", SECRET).await.refusal(), KNOWN);
    assert_eq!(tries(&server.second_instance(), "symmetric-app", SECRET).await.refusal(), KNOWN);
}

/// Many addresses: while a name is guessed at from everywhere, each gets one try.
#[tokio::test]
async fn many_addresses_have_one_try_each_at_a_name_under_attack() {
    let server = TestServer::start().await;
    for network in 0..6 {
        let his = server.seen_from(&format!("198.51.100.{network}"));
        for _ in 0..FREE {
            tries(&his, "symmetric-app", "guess").await;
        }
    }
    let fresh = server.seen_from("203.0.113.1");
    assert_eq!(tries(&fresh, "symmetric-app", "guess").await.status, 401);
    assert_eq!(wait_of(&tries(&fresh, "symmetric-app", "guess").await), 900);
}

/// The interface identifier of an IPv6 address is his to choose.
#[tokio::test]
async fn all_addresses_of_one_ipv6_network_are_one() {
    let server = TestServer::start().await;
    for host in 0..=FREE {
        tries(&server.seen_from(&format!("2001:db8:1:1::{host:x}")), "symmetric-app", "guess").await;
    }
    wait_of(&tries(&server.seen_from("2001:db8:1:1:ffff::1"), "symmetric-app", "guess").await);
    assert_eq!(tries(&server.seen_from("2001:db8:1:2::1"), "symmetric-app", SECRET).await.refusal(), KNOWN);
}

/// R9700-7: headers are the client's to write (RFC 9700 §4.13).
#[tokio::test]
async fn an_address_in_a_header_is_not_believed() {
    let server = TestServer::start().await;
    let mut last = None;
    for n in 0..FREE + 2 {
        let ip = format!("203.0.113.{n}");
        let forwarded = format!("for={ip}");
        let headers = [
            ("authorization", basic("symmetric-app", "guess")),
            ("x-forwarded-for", ip.clone()),
            ("x-real-ip", ip.clone()),
            ("cf-connecting-ip", ip.clone()),
            ("true-client-ip", ip),
            ("forwarded", forwarded),
        ];
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let form = [("grant_type", "refresh_token"), ("refresh_token", "x")];
        last = Some(server.post("/clinic/token", &form, &headers).await);
    }
    wait_of(&last.expect("an answer"));
}

/// One secret, many names: the address is counted whatever it asks for, and waits a minute at most.
#[tokio::test]
async fn one_address_can_not_try_every_name() {
    let server = TestServer::start().await;
    for name in 0..=100 {
        assert_eq!(tries(&server, &format!("client-{name}"), "guess").await.status, 401, "{name}");
    }
    assert_eq!(wait_of(&tries(&server, "yet-another", "guess").await), 2);
    // A right secret is taken, and is no way out for the rest: others could be tried in between.
    assert_eq!(tries(&server, "symmetric-app", SECRET).await.refusal(), KNOWN);
    assert_eq!(tries(&server, "yet-another", "guess").await.status, 429);
    assert_eq!(tries(&server.seen_from("203.0.113.9"), "symmetric-app", SECRET).await.refusal(), KNOWN);
    for _ in 0..12 {
        server.passes(60);
        tries(&server, "yet-another", "guess").await;
    }
    server.passes(60);
    assert_eq!(tries(&server, "symmetric-app", SECRET).await.refusal(), KNOWN);
}

#[tokio::test]
async fn a_tenant_says_how_many_failures_an_address_may_have() {
    let policy = "\n[policy]\naddress_failures = 2\n";
    let server = TestServer::start_with(|toml| toml + policy).await;
    for name in ["a", "b", "c"] {
        assert_eq!(tries(&server, name, "guess").await.status, 401);
    }
    wait_of(&tries(&server, "d", "guess").await);
    // Another tenant knows nothing of it.
    let header = basic("public-app", "guess");
    let form = [("grant_type", "refresh_token"), ("refresh_token", "x")];
    assert_eq!(server.post("/other/token", &form, &[("authorization", &header)]).await.status, 401);
}

/// Signatures can't be guessed; a client whose clock is wrong must not be made to wait for it.
#[tokio::test]
async fn bad_assertions_are_not_counted() {
    let server = TestServer::start().await;
    let app = App::backend(&server);
    for _ in 0..FREE * 3 {
        let proof = kit::app::assertion_form(&app.assertion().signed_by_a_stranger());
        let mut form = vec![("grant_type", "client_credentials"), ("scope", "system/*.rs")];
        form.extend(proof.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        assert_eq!(server.post("/clinic/token", &form, &[]).await.status, 401);
    }
    assert_eq!(app.asks_for_itself("system/*.rs").await.status, 200);
}

/// Thirty-two at the same moment are judged together, and all of them are counted.
#[tokio::test]
async fn guesses_at_the_same_moment_are_all_counted() {
    let server = TestServer::start().await;
    let all = (0..32).map(|_| tries(&server, "symmetric-app", "guess")).collect();
    kit::http::at_once(all).await;
    let other = server.second_instance();
    assert_eq!(wait_of(&tries(&other, "symmetric-app", "guess").await), 900);
}

/// What is kept of a failure: hashes and numbers, with an end.
#[tokio::test]
async fn neither_names_nor_addresses_are_kept_or_logged() {
    let (log, _listening) = kit::log::Log::listen();
    let server = TestServer::start().await;
    let his = server.seen_from("198.51.100.77");
    guesses_until_blocked(&his, "a-name-to-look-for").await;
    wait_of(&tries(&his, "a-name-to-look-for", "guess").await);
    wrong_at_the_page(&his, "a-person-to-look-for", 2).await;
    for word in ["198.51.100.77", "a-name-to-look-for", "a-person-to-look-for", "guess"] {
        assert!(!log.text().contains(word), "{word}");
    }
}

/// An outage is not a licence: what can't be counted is not judged wrong, and the right secret still works.
#[tokio::test]
async fn without_the_table_a_wrong_secret_is_an_outage_and_no_free_guess() {
    let server = TestServer::start().await;
    assert_eq!(tries(&server, "symmetric-app", SECRET).await.refusal(), KNOWN);
    server.outage.begins(500, "InternalServerError").await;
    assert_eq!(tries(&server, "symmetric-app", "guess").await.refusal(), "503 temporarily_unavailable");
}
