//! The store's contract, the same on every engine at hand: the embedded one, `ministack` and `moto` where they are installed, whatever
//! `ADMIT_TEST_DYNAMODB` points to, and the table `ADMIT_TEST_TABLE` on AWS.

mod engines;
mod outage;

use engines::Engine;
use kit::http::at_once;
use rules::{secret::SecretHash, tenant::TenantId, time::Timestamp};
use server::store::{
    Commit, Counter, Versioned, Write,
    schema::{self, RevokedAccessToken},
};

/// A time that no engine's own clock reaches, so that none deletes what a test looks at.
const NOW: Timestamp = Timestamp(4_000_000_000);
const AT_ONCE: usize = 32;

/// Each of these is a test of its own on the embedded engine, and one after the other on the others.
macro_rules! contract {
    ($($name:ident),* $(,)?) => {
        mod embedded {
            $(#[tokio::test]
            async fn $name() {
                super::$name(&super::Engine::embedded().await).await;
            })*
        }

        async fn whole_contract(engine: &Engine) {
            $($name(engine).await;)*
        }
    };
}

contract![
    what_was_written_is_found,
    what_was_never_written_is_not_found,
    create_refuses_an_existing_item,
    update_refuses_a_changed_version,
    update_refuses_an_item_that_is_gone,
    overwrite_takes_the_last,
    an_expired_item_is_not_found_though_it_is_there,
    an_expired_item_is_still_in_the_way_of_create,
    create_or_outlive_refuses_what_is_alive_and_replaces_what_is_over,
    a_transaction_writes_all,
    a_transaction_writes_nothing_if_one_condition_fails,
    a_partition_is_read_whole,
    tenants_do_not_see_each_other,
    an_id_with_the_separator_in_it_reaches_no_other_item,
    of_many_that_create_at_once_one_wins,
    of_many_that_update_at_once_one_wins,
    of_many_transactions_at_once_one_wins,
    of_many_that_count_at_once_all_are_counted,
    a_count_begins_anew_and_is_read_with_an_item,
    the_answer_of_a_count_is_what_was_there_before_it,
    an_item_that_makes_no_sense_is_an_error_and_not_a_missing_one,
    nothing_to_write_is_done,
];

#[tokio::test]
async fn the_whole_contract_holds_on_ministack() {
    match Engine::ministack().await {
        Some(engine) => whole_contract(&engine).await,
        None => engines::skipped("ministack is not on PATH: the store's contract ran on the embedded engine alone"),
    }
}

#[tokio::test]
async fn the_whole_contract_holds_on_moto() {
    match Engine::moto().await {
        Some(engine) => whole_contract(&engine).await,
        None => engines::skipped("moto is not installed: the store's contract ran on one emulator fewer"),
    }
}

#[tokio::test]
async fn the_whole_contract_holds_on_the_engine_of_the_environment() {
    match Engine::of_the_environment().await {
        Some(engine) => whole_contract(&engine).await,
        None => engines::skipped("ADMIT_TEST_DYNAMODB is not set: no further engine was asked"),
    }
}

#[tokio::test]
async fn the_whole_contract_holds_on_aws() {
    match Engine::on_aws().await {
        Some(engine) => {
            whole_contract(&engine).await;
            engine.clean_up().await;
        }
        None => engines::skipped("ADMIT_TEST_TABLE is not set: no table on AWS was asked"),
    }
}

impl Engine {
    fn item(&self, jti: &str, expires_in: i64) -> RevokedAccessToken {
        RevokedAccessToken { tenant: self.tenant.clone(), jti: jti.to_owned(), expires_at: NOW.plus(expires_in) }
    }

    async fn find(&self, jti: &str) -> Option<Versioned<RevokedAccessToken>> {
        self.find_at(jti, NOW).await
    }

    async fn find_at(&self, jti: &str, now: Timestamp) -> Option<Versioned<RevokedAccessToken>> {
        self.store.find(schema::revoked_access_token(&self.tenant, jti), now).await.expect("an answer")
    }

    async fn commits(&self, writes: Vec<Write>) -> Commit {
        self.store.commit(writes).await.expect("an answer")
    }

    async fn creates(&self, jti: &str, expires_in: i64) -> Commit {
        self.commits(vec![create(&self.item(jti, expires_in))]).await
    }

    async fn update(&self, jti: &str, expires_in: i64) -> Write {
        let read = self.find(jti).await.expect("it is there");
        Write::update(&read, &self.item(jti, expires_in)).expect("an item")
    }
}

fn create(item: &RevokedAccessToken) -> Write {
    Write::create(item).expect("an item")
}

async fn what_was_written_is_found(engine: &Engine) {
    assert_eq!(engine.creates("found", 10).await, Commit::Done);
    let found = engine.find("found").await.expect("it is there");
    assert_eq!((found.version, found.expires_at), (1, NOW.plus(10)));
}

async fn what_was_never_written_is_not_found(engine: &Engine) {
    assert!(engine.find("never").await.is_none());
}

async fn create_refuses_an_existing_item(engine: &Engine) {
    assert_eq!(engine.creates("existing", 10).await, Commit::Done);
    assert_eq!(engine.creates("existing", 99).await, Commit::LostRace);
    assert_eq!(engine.find("existing").await.expect("it is there").expires_at, NOW.plus(10), "unchanged");
}

async fn update_refuses_a_changed_version(engine: &Engine) {
    assert_eq!(engine.creates("changed", 10).await, Commit::Done);
    let (first, second) = (engine.update("changed", 11).await, engine.update("changed", 12).await);
    assert_eq!(engine.commits(vec![first]).await, Commit::Done);
    assert_eq!(engine.commits(vec![second]).await, Commit::LostRace);
    let found = engine.find("changed").await.expect("it is there");
    assert_eq!((found.version, found.expires_at), (2, NOW.plus(11)));
    let third = engine.update("changed", 13).await;
    assert_eq!(engine.commits(vec![third]).await, Commit::Done, "what was read anew may be written");
}

async fn update_refuses_an_item_that_is_gone(engine: &Engine) {
    assert_eq!(engine.creates("gone", 10).await, Commit::Done);
    let update = engine.update("gone", 11).await;
    engine.delete("gone").await;
    assert_eq!(engine.commits(vec![update]).await, Commit::LostRace);
    assert!(engine.find("gone").await.is_none());
}

async fn overwrite_takes_the_last(engine: &Engine) {
    for expires_in in [10, 20] {
        let write = Write::overwrite(&engine.item("overwritten", expires_in)).expect("an item");
        assert_eq!(engine.commits(vec![write]).await, Commit::Done);
    }
    assert_eq!(engine.find("overwritten").await.expect("it is there").expires_at, NOW.plus(20));
}

/// AWS-1: DynamoDB deletes late, so every read checks the time itself.
async fn an_expired_item_is_not_found_though_it_is_there(engine: &Engine) {
    assert_eq!(engine.creates("expired", 10).await, Commit::Done);
    assert!(engine.find_at("expired", NOW.plus(9)).await.is_some());
    assert!(engine.find_at("expired", NOW.plus(10)).await.is_none());
    assert!(engine.is_there("expired").await, "the engine has not deleted it");
}

/// Whoever wants to reuse a key says so by `create_or_outlive`.
async fn an_expired_item_is_still_in_the_way_of_create(engine: &Engine) {
    assert_eq!(engine.creates("in-the-way", -10).await, Commit::Done);
    assert_eq!(engine.creates("in-the-way", 10).await, Commit::LostRace);
}

async fn create_or_outlive_refuses_what_is_alive_and_replaces_what_is_over(engine: &Engine) {
    let at = |now| Write::create_or_outlive(&engine.item("outlived", 10), now).expect("an item");
    assert_eq!(engine.commits(vec![at(NOW)]).await, Commit::Done);
    assert_eq!(engine.commits(vec![at(NOW)]).await, Commit::LostRace);
    assert_eq!(engine.commits(vec![at(NOW.plus(9))]).await, Commit::LostRace);
    assert_eq!(engine.commits(vec![at(NOW.plus(10))]).await, Commit::Done);
}

async fn a_transaction_writes_all(engine: &Engine) {
    assert_eq!(engine.creates("all-2", 10).await, Commit::Done);
    let update = engine.update("all-2", 20).await;
    assert_eq!(engine.commits(vec![create(&engine.item("all-1", 10)), update]).await, Commit::Done);
    assert!(engine.find("all-1").await.is_some());
    assert_eq!(engine.find("all-2").await.expect("it is there").expires_at, NOW.plus(20));
}

async fn a_transaction_writes_nothing_if_one_condition_fails(engine: &Engine) {
    assert_eq!(engine.creates("taken", 10).await, Commit::Done);
    assert_eq!(engine.creates("updated", 10).await, Commit::Done);
    let update = engine.update("updated", 20).await;
    let taken = create(&engine.item("taken", 99));
    for writes in [
        vec![create(&engine.item("never-1", 10)), update.clone(), taken.clone()],
        vec![taken, create(&engine.item("never-1", 10)), update],
    ] {
        assert_eq!(engine.commits(writes).await, Commit::LostRace);
        assert!(engine.find("never-1").await.is_none());
        assert_eq!(engine.find("updated").await.expect("it is there").expires_at, NOW.plus(10));
        assert_eq!(engine.find("taken").await.expect("it is there").expires_at, NOW.plus(10));
    }
}

/// A tenant with many keys is more than one page of 1 MB.
async fn a_partition_is_read_whole(engine: &Engine) {
    let pk = format!("{}#BIG", engine.tenant.as_str());
    for n in 0..5 {
        engine.put_raw(&pk, &format!("{n}"), &[("filler", &"x".repeat(300_000))]).await;
    }
    assert_eq!(engine.store.partition(&pk).await.expect("an answer").len(), 5);
    assert!(engine.store.partition(&format!("{pk}x")).await.expect("an answer").is_empty());
}

/// AWS-5: the tenant is part of every key.
async fn tenants_do_not_see_each_other(engine: &Engine) {
    let other = TenantId::parse(&format!("{}-other", engine.tenant.as_str())).expect("an id");
    assert_eq!(engine.creates("shared-name", 10).await, Commit::Done);
    let key = schema::revoked_access_token(&other, "shared-name");
    assert!(engine.store.find::<RevokedAccessToken>(key, NOW).await.expect("an answer").is_none());
}

/// Ids come from strangers (a `jti`, a `client_id`); none of them may spell another kind's key.
async fn an_id_with_the_separator_in_it_reaches_no_other_item(engine: &Engine) {
    assert_eq!(engine.creates("x", 10).await, Commit::Done);
    let own = schema::revoked_access_token(&engine.tenant, "x");
    for id in ["x", "#x", "REVOKED#x", &format!("{}#REVOKED#x", engine.tenant.as_str())] {
        for key in [schema::client(&engine.tenant, id), schema::user(&engine.tenant, id)] {
            assert_ne!(key, own);
            assert!(engine.store.find::<RevokedAccessToken>(key, NOW).await.expect("an answer").is_none(), "{id}");
        }
    }
}

async fn of_many_that_create_at_once_one_wins(engine: &Engine) {
    let mut waiting = Vec::new();
    for _ in 0..AT_ONCE {
        waiting.push(engine.creates("raced", 10));
    }
    assert_eq!(winners(at_once(waiting).await), 1);
}

async fn of_many_that_update_at_once_one_wins(engine: &Engine) {
    assert_eq!(engine.creates("raced-update", 10).await, Commit::Done);
    let mut waiting = Vec::new();
    for n in 0..AT_ONCE {
        let update = engine.update("raced-update", 100 + n as i64).await;
        waiting.push(engine.commits(vec![update]));
    }
    assert_eq!(winners(at_once(waiting).await), 1);
    assert_eq!(engine.find("raced-update").await.expect("it is there").version, 2);
}

async fn of_many_transactions_at_once_one_wins(engine: &Engine) {
    assert_eq!(engine.creates("raced-together", 10).await, Commit::Done);
    let mut waiting = Vec::new();
    for n in 0..AT_ONCE {
        let update = engine.update("raced-together", 11).await;
        waiting.push(engine.commits(vec![create(&engine.item(&format!("winner-{n}"), 10)), update]));
    }
    assert_eq!(winners(at_once(waiting).await), 1);
    let mut written = 0;
    for n in 0..AT_ONCE {
        written += usize::from(engine.find(&format!("winner-{n}")).await.is_some());
    }
    assert_eq!(written, 1, "the losers wrote nothing");
}

fn winners(commits: Vec<Commit>) -> usize {
    commits.into_iter().filter(|commit| *commit == Commit::Done).count()
}

async fn an_item_that_makes_no_sense_is_an_error_and_not_a_missing_one(engine: &Engine) {
    for (jti, members) in [
        ("no-version", vec![("body", "{}")]),
        ("no-body", vec![("version#", "1")]),
        ("bad-body", vec![("version#", "1"), ("body", "{\"secret\":")]),
        ("other-body", vec![("version#", "1"), ("body", "{\"a-secret-of-somebody\":1}")]),
    ] {
        let key = schema::revoked_access_token(&engine.tenant, jti);
        engine.put_raw(&key.pk, &key.sk, &members).await;
        let error = engine.store.find::<RevokedAccessToken>(key, NOW).await.expect_err(jti);
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}

async fn nothing_to_write_is_done(engine: &Engine) {
    assert_eq!(engine.commits(Vec::new()).await, Commit::Done);
}

async fn of_many_that_count_at_once_all_are_counted(engine: &Engine) {
    let key = schema::failed_attempts(&engine.tenant, &SecretHash::of("many"));
    let counted = at_once((0..AT_ONCE).map(|_| engine.store.count(&key, 1, NOW, NOW.plus(60))).collect()).await;
    let mut before: Vec<u32> = counted.into_iter().map(|tally| tally.expect("an answer").count).collect();
    before.sort_unstable();
    assert_eq!(before, (0..AT_ONCE as u32).collect::<Vec<_>>());
}

async fn a_count_begins_anew_and_is_read_with_an_item(engine: &Engine) {
    let [key, other] = ["one", "other"].map(|name| schema::failed_attempts(&engine.tenant, &SecretHash::of(name)));
    let (store, end) = (&engine.store, NOW.plus(60));
    store.count(&key, 3, NOW, end).await.expect("counted");
    let item = RevokedAccessToken { tenant: engine.tenant.clone(), jti: "beside".to_owned(), expires_at: end };
    store.write_unraced(vec![Write::create(&item).expect("an item")]).await.expect("written");
    let wanted = schema::revoked_access_token(&engine.tenant, "beside");
    let keys = [key.clone(), other];
    let (found, counters) =
        store.find_with_counters::<RevokedAccessToken>(&[wanted], &keys, NOW).await.expect("an answer");
    assert_eq!(found.expect("the item").jti, "beside");
    assert_eq!(counters, [Counter { count: 3, last: NOW }, Counter::NONE]);
    assert_eq!(store.reset(&key, NOW.plus(1), end).await.expect("reset").count, 3);
    // Below nothing is nothing.
    store.count(&key, -2, NOW.plus(1), end).await.expect("counted");
    let (found, counters) = store.find_with_counters::<RevokedAccessToken>(&[], &keys, NOW).await.expect("an answer");
    assert!(found.is_none());
    assert_eq!(counters[0].count, 0);
}

async fn the_answer_of_a_count_is_what_was_there_before_it(engine: &Engine) {
    let key = schema::failed_attempts(&engine.tenant, &SecretHash::of("before"));
    let (store, end) = (&engine.store, NOW.plus(60));
    assert_eq!(store.count(&key, 1, NOW, end).await.expect("counted"), Counter::NONE);
    assert_eq!(store.count(&key, 1, NOW.plus(1), end).await.expect("counted"), Counter { count: 1, last: NOW });
    assert_eq!(store.reset(&key, NOW.plus(2), end).await.expect("reset"), Counter { count: 2, last: NOW.plus(1) });
    assert_eq!(store.count(&key, 1, NOW.plus(3), end).await.expect("counted"), Counter { count: 0, last: NOW.plus(2) });
}
