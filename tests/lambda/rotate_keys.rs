//! The scheduled function as a process: what is due is done in KMS and in the table, and the other functions go along.

use super::verified;
use kit::{App, Deployed, app, deployed::answered, outcome::Outcome, signing_keys};
use rules::{
    signing_keys::{Custody, KeyState, SigningKeyRecord},
    tenant::{SigningAlg, TenantId},
    time::Timestamp,
};
use serde_json::Value;
use server::store::Write;

const DAY: i64 = 24 * 60 * 60;

#[tokio::test]
async fn a_key_that_is_due_is_followed_by_one_made_in_kms_which_signs_a_day_later() {
    let deployed = Deployed::start().await;
    let old = due(&deployed).await;
    runs(&deployed).await;
    let new = in_state(&deployed, KeyState::Published).await;
    assert_eq!(in_state(&deployed, KeyState::Active).await.public.kid, old.public.kid);
    let Custody::Kms { key_id } = &new.custody else { panic!("the key is not in KMS") };
    let made = deployed.kms.describe_key().key_id(key_id).send().await.expect("it is there").key_metadata;
    assert!(made.expect("facts").enabled);
    // A day goes by.
    deployed.keeps(&SigningKeyRecord { since: ago(&deployed, 2), ..new.clone() }).await;
    runs(&deployed).await;
    assert_eq!(in_state(&deployed, KeyState::Active).await.public.kid, new.public.kid);
    assert_eq!(in_state(&deployed, KeyState::Retiring).await.public.kid, old.public.kid);
    let answer = App::backend(&deployed.server).asks_for_itself("system/*.rs").await.json();
    let token = answer["access_token"].as_str().expect("a token");
    assert_eq!(app::header(token)["kid"], new.public.kid.as_str());
    verified(&deployed, token).await;
}

#[tokio::test]
async fn what_is_not_due_stays_and_a_second_run_changes_nothing() {
    let deployed = Deployed::start().await;
    let before = states(&deployed).await;
    runs(&deployed).await;
    assert_eq!(states(&deployed).await, before);
    due(&deployed).await;
    runs(&deployed).await;
    let after = states(&deployed).await;
    runs(&deployed).await;
    assert_eq!(states(&deployed).await, after);
}

#[tokio::test]
async fn a_tenant_that_wants_its_keys_sealed_gets_them_sealed() {
    let deployed = Deployed::start().await;
    due(&deployed).await;
    let (tenant, _) = deployed.server.server.store.tenant_with_keys(&clinic(), now(&deployed)).await.expect("a table");
    let mut tenant = tenant.expect("a tenant");
    tenant.policy.signing_keys = rules::tenant::KeyCustody::Sealed;
    let write = Write::overwrite(&tenant).expect("a tenant is an item");
    deployed.server.server.store.write_unraced(vec![write]).await.expect("the tenant is written");
    runs(&deployed).await;
    let new = in_state(&deployed, KeyState::Published).await;
    assert!(matches!(new.custody, Custody::Sealed { .. }));
}

#[tokio::test]
async fn a_run_puts_the_audit_key_into_the_table_and_the_next_one_leaves_it_there() {
    let deployed = Deployed::start().await;
    let (store, at) = (&deployed.server.server.store, now(&deployed));
    let key = store.audit_key(at).await.expect("a table").expect("a key");
    store.write_unraced(vec![Write::delete(&key)]).await.expect("deleted");
    runs(&deployed).await;
    let first = store.audit_key(at).await.expect("a table").expect("a key");
    assert_eq!(first.value, key.value);
    runs(&deployed).await;
    assert_eq!(store.audit_key(at).await.expect("a table").expect("a key").version, first.version);
    // One that somebody else has put there does not stay.
    signing_keys::another_audit_key().await.publish(store, at).await.expect("written");
    runs(&deployed).await;
    assert_eq!(store.audit_key(at).await.expect("a table").expect("a key").value, key.value);
}

#[tokio::test]
async fn without_the_audit_key_a_run_fails_and_rotates_all_the_same() {
    let deployed = Deployed::start().await;
    due(&deployed).await;
    let wrong = deployed.another("rotate-keys", &[("ADMIT_AUDIT_KEY", "1234abcd-12ab-34cd-56ef-1234567890ab")]).await;
    let Outcome::Error(error) = wrong.invoke(&schedule()).await else { panic!("the run did not fail") };
    assert!(error["errorMessage"].as_str().is_some_and(|text| text.contains("NotFoundException")), "{error}");
    in_state(&deployed, KeyState::Published).await;
}

#[tokio::test]
async fn eight_runs_at_once_leave_one_audit_key() {
    let deployed = Deployed::start().await;
    let (store, at) = (&deployed.server.server.store, now(&deployed));
    let new = signing_keys::another_audit_key().await;
    let runs = (0..8).map(|_| {
        let (new, store) = (new.clone(), store.clone());
        tokio::spawn(async move { new.publish(&store, at).await })
    });
    for run in runs.collect::<Vec<_>>() {
        run.await.expect("no panic").expect("written by one of them");
    }
    assert_eq!(
        store.audit_key(at).await.expect("a table").expect("a key").key_id,
        new.key.rsplit('/').next().expect("an id")
    );
}

/// Lambda counts the run as failed, and tries again; the alarm hears of it.
#[tokio::test]
async fn without_kms_a_run_fails_changes_nothing_and_the_next_one_succeeds() {
    let deployed = Deployed::start().await;
    due(&deployed).await;
    let before = states(&deployed).await;
    deployed.kms_door.shuts();
    let function = deployed.function("rotate-keys").await;
    let Outcome::Error(error) = function.invoke(&schedule()).await else { panic!("the run did not fail") };
    assert!(error["errorMessage"].as_str().is_some_and(|text| text.contains("of 1 tenant ")), "{error}");
    assert_eq!(states(&deployed).await, before);
    deployed.kms_door.opens();
    runs(&deployed).await;
    in_state(&deployed, KeyState::Published).await;
}

/// The ES256 key of clinic, older than the 90 days that it may sign.
async fn due(deployed: &Deployed) -> SigningKeyRecord {
    let active = in_state(deployed, KeyState::Active).await;
    let old = SigningKeyRecord { since: ago(deployed, 100), ..active };
    deployed.keeps(&old).await;
    old
}

async fn runs(deployed: &Deployed) {
    let function = deployed.function("rotate-keys").await;
    assert_eq!(answered(function.invoke(&schedule()).await), Value::Null, "{}", function.output());
}

/// The ES256 key of clinic in this state; there must be one.
async fn in_state(deployed: &Deployed, state: KeyState) -> SigningKeyRecord {
    let mut found = keys(deployed).await.into_iter().filter(|key| key.alg == SigningAlg::ES256 && key.state == state);
    let (one, other) = (found.next(), found.next());
    assert!(other.is_none(), "two are {state:?}");
    one.unwrap_or_else(|| panic!("none is {state:?}"))
}

async fn states(deployed: &Deployed) -> Vec<(String, KeyState)> {
    keys(deployed).await.into_iter().map(|key| (key.public.kid, key.state)).collect()
}

async fn keys(deployed: &Deployed) -> Vec<SigningKeyRecord> {
    let (_, keys) = deployed.server.server.store.tenant_with_keys(&clinic(), now(deployed)).await.expect("a table");
    keys.into_iter().map(|key| key.value).collect()
}

fn clinic() -> TenantId {
    TenantId::parse("clinic").expect("an id")
}

fn now(deployed: &Deployed) -> Timestamp {
    deployed.server.server.now()
}

fn ago(deployed: &Deployed, days: i64) -> Timestamp {
    Timestamp(now(deployed).0 - days * DAY)
}

fn schedule() -> Value {
    serde_json::from_str(include_str!("../fixtures/events/schedule.json")).expect("the fixture is JSON")
}
