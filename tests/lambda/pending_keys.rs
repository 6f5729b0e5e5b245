//! A key of KMS is made in two steps. Whatever happens between them, no key is left behind that nobody knows of.

use aws_sdk_kms::{
    config::{
        ConfigBag, Intercept, RuntimeComponents, interceptors::BeforeTransmitInterceptorContextRef, retry::RetryConfig,
    },
    error::BoxError,
    types::KeyState as InKms,
};
use kit::{
    TestServer, asked,
    kms::{emulated, kms_config},
    ministack::Ministack,
    signing_keys,
    stack_keys::STACK,
};
use rules::{
    signing_keys::{Custody, KeyState, SigningKeyRecord, rotation::Urgency},
    tenant::{KeyCustody, SigningAlg, TenantId},
    time::Timestamp,
};
use server::{
    keys::{
        make::KeyMaker,
        rotate::{Done, NotRotated, rotate},
    },
    store::{
        Commit, Write,
        schema::{PendingKey, TenantAndKeys},
    },
};
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

const DAY: i64 = 24 * 60 * 60;

/// KMS as it is while a tag does not count yet: it makes keys, and shows none; or as it is to whoever may delete none.
#[derive(Clone, Debug, Default)]
struct Kms(Arc<Facts>);

#[derive(Debug, Default)]
struct Facts {
    is_late: AtomicBool,
    keeps: AtomicBool,
    made: AtomicUsize,
}

impl Intercept for Kms {
    fn name(&self) -> &'static str {
        "late tags"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let (is_late, keeps) = (self.0.is_late.load(Ordering::SeqCst), self.0.keeps.load(Ordering::SeqCst));
        match asked::operation(context.request()).as_str() {
            "CreateKey" => {
                self.0.made.fetch_add(1, Ordering::SeqCst);
                Ok(())
            }
            "GetPublicKey" if is_late => Err("AccessDeniedException".into()),
            "ScheduleKeyDeletion" if is_late || keeps => Err("AccessDeniedException".into()),
            _ => Ok(()),
        }
    }
}

/// Clinic, whose ES256 key is due and is to be followed by one in KMS.
struct Clinic {
    server: TestServer,
    kms: Kms,
    maker: KeyMaker,
}

impl Clinic {
    async fn start() -> Clinic {
        let server = TestServer::start().await;
        signing_keys::move_to_kms(&server.server, KeyCustody::Kms).await;
        let kms = Kms::default();
        let url = format!("http://{}", Ministack::shared().address);
        let config = kms_config(&url).interceptor(kms.clone()).retry_config(RetryConfig::disabled()).build();
        let client = aws_sdk_kms::Client::from_conf(config);
        let sealing_key = Some(signing_keys::sealing_key().await);
        let clinic =
            Clinic { maker: KeyMaker::Kms { client, stack: Some(STACK.to_owned()), sealing_key }, server, kms };
        let now = clinic.server.now();
        for key in clinic.found().await.keys {
            // Those of RS256 are not looked at here.
            let days = if key.value.alg == SigningAlg::ES256 { 100 } else { 1 };
            let since = Timestamp(now.0 - days * DAY);
            let next = SigningKeyRecord { since, ..key.value.clone() };
            clinic
                .server
                .server
                .store
                .write_unraced(vec![Write::overwrite(&next).expect("an item")])
                .await
                .expect("ok");
        }
        clinic
    }

    async fn found(&self) -> TenantAndKeys {
        self.server.server.store.tenant_with_pending_keys(&id(), self.server.now()).await.expect("the table")
    }

    async fn has_pending(&self, key_id: &str, age: i64, given_up: bool) {
        let since = Timestamp(self.server.now().0 - age);
        let pending = PendingKey { tenant: id(), alg: SigningAlg::ES256, key_id: key_id.to_owned(), since, given_up };
        let write = Write::create(&pending).expect("an item");
        self.server.server.store.write_unraced(vec![write]).await.expect("written");
    }

    async fn rotates(&self) -> Result<Done, NotRotated> {
        rotate(&self.server.server.store, &self.maker, &id(), Urgency::OnSchedule, self.server.now()).await
    }

    /// The ARN of the key that is to sign next.
    async fn published(&self) -> Option<String> {
        let keys = self.found().await.keys.into_iter().map(|key| key.value);
        let next = keys.into_iter().find(|key| key.state == KeyState::Published)?;
        let Custody::Kms { key_id } = next.custody else { panic!("the key is not in KMS") };
        Some(key_id)
    }

    async fn pending(&self) -> Vec<String> {
        self.found().await.pending.into_iter().map(|key| key.value.key_id).collect()
    }

    fn made(&self) -> usize {
        self.kms.0.made.load(Ordering::SeqCst)
    }

    fn is_late(&self, late: bool) {
        self.kms.0.is_late.store(late, Ordering::SeqCst);
    }
}

const GONE: &str = "arn:aws:kms:us-east-1:000000000000:key/1234abcd-12ab-34cd-56ef-1234567890ab";

/// Any item beside the one that is looked at: a transaction.
fn other() -> PendingKey {
    let (tenant, alg) = (TenantId::parse("another").expect("an id"), SigningAlg::ES256);
    PendingKey { tenant, alg, key_id: GONE.to_owned(), since: Timestamp(0), given_up: false }
}

fn id() -> TenantId {
    TenantId::parse("clinic").expect("an id")
}

async fn state(key_id: &str) -> InKms {
    let facts = emulated().describe_key().key_id(key_id).send().await.expect("it is there").key_metadata;
    facts.expect("facts").key_state.expect("a state")
}

#[tokio::test]
async fn a_run_goes_on_with_the_key_that_another_has_begun() {
    let clinic = Clinic::start().await;
    clinic.is_late(true);
    for _ in 0..3 {
        assert!(matches!(clinic.rotates().await, Err(NotRotated::NotYet(_))));
    }
    let [begun] = &clinic.pending().await[..] else { panic!("not one key is under way") };
    assert_eq!((clinic.made(), clinic.published().await), (1, None));
    clinic.is_late(false);
    clinic.rotates().await.expect("rotated");
    assert_eq!((clinic.made(), clinic.published().await.as_ref()), (1, Some(begun)));
    assert_eq!(clinic.pending().await, [""; 0]);
}

#[tokio::test]
async fn a_key_that_nobody_wants_any_more_is_given_up() {
    let clinic = Clinic::start().await;
    clinic.is_late(true);
    clinic.rotates().await.expect_err("it is late");
    let [begun] = &clinic.pending().await[..] else { panic!("not one key is under way") };
    let mut tenant = clinic.found().await.tenant.expect("clinic");
    tenant.policy.signing_keys = KeyCustody::Sealed;
    let write = Write::overwrite(&tenant).expect("an item");
    clinic.server.server.store.write_unraced(vec![write]).await.expect("written");
    clinic.rotates().await.expect_err("it can't be given up yet");
    assert_eq!(clinic.pending().await, [begun.clone()], "so it is not forgotten either");
    clinic.is_late(false);
    clinic.rotates().await.expect("rotated");
    assert_eq!((clinic.pending().await.len(), state(begun).await), (0, InKms::PendingDeletion));
}

/// Just made, a key may be unknown to KMS itself for a while. Later it is gone.
#[tokio::test]
async fn a_key_that_kms_does_not_know_is_waited_for_an_hour_and_not_for_ever() {
    for (age, is_waited_for) in [(0, true), (3_599, true), (3_600, false)] {
        let clinic = Clinic::start().await;
        clinic.has_pending(GONE, age, false).await;
        let outcome = clinic.rotates().await;
        assert_eq!(matches!(outcome, Err(NotRotated::NotYet(_))), is_waited_for, "{age}: {outcome:?}");
        assert_eq!(clinic.pending().await.len(), usize::from(is_waited_for), "{age}");
        if !is_waited_for {
            clinic.rotates().await.expect("rotated");
            assert_eq!((clinic.made(), clinic.published().await.is_some()), (1, true));
        }
    }
}

/// A run that goes on with it while another deletes it would publish a key that signs nothing.
#[tokio::test]
async fn a_key_that_was_given_up_is_published_by_nobody() {
    let clinic = Clinic::start().await;
    clinic.is_late(true);
    clinic.rotates().await.expect_err("it is late");
    clinic.is_late(false);
    let read = clinic.found().await.pending.remove(0);
    let given_up = PendingKey { given_up: true, ..read.value.clone() };
    let store = &clinic.server.server.store;
    let mark = vec![Write::consume(&read), Write::create(&given_up).expect("an item")];
    let marked = store.commit(mark).await.expect("the table");
    assert_eq!(marked, Commit::Done);
    let taken = store.commit(vec![Write::consume(&read), Write::create(&other()).expect("an item")]).await;
    assert_eq!(taken.expect("the table"), Commit::LostRace);
    clinic.rotates().await.expect("rotated");
    assert_ne!(clinic.published().await, Some(read.key_id.clone()));
    assert_eq!(state(&read.key_id).await, InKms::PendingDeletion);
}

#[tokio::test]
async fn what_can_not_be_deleted_holds_up_no_rotation() {
    for given_up in [true, false] {
        let clinic = Clinic::start().await;
        clinic.kms.0.keeps.store(true, Ordering::SeqCst);
        // One that was not given up is too old to go on with.
        clinic.has_pending(GONE, if given_up { 60 } else { DAY }, given_up).await;
        let outcome = clinic.rotates().await;
        assert_eq!(outcome.is_err(), given_up, "the failure is told, for a day: {outcome:?}");
        assert!(clinic.published().await.is_some(), "and the due key is followed all the same");
        assert_eq!(clinic.pending().await, if given_up { vec![GONE] } else { vec![] });
    }
}

/// Whoever reads the log deletes it by hand.
#[tokio::test]
async fn after_a_day_a_key_that_can_not_be_deleted_is_let_go() {
    let clinic = Clinic::start().await;
    clinic.kms.0.keeps.store(true, Ordering::SeqCst);
    clinic.has_pending(GONE, DAY, true).await;
    clinic.rotates().await.expect("rotated");
    assert_eq!(clinic.pending().await, [""; 0]);
}

#[tokio::test]
async fn of_many_runs_at_once_one_key_is_left() {
    let clinic = Arc::new(Clinic::start().await);
    let runs: Vec<_> = (0..6)
        .map(|_| {
            tokio::spawn({
                let clinic = clinic.clone();
                async move { clinic.rotates().await }
            })
        })
        .collect();
    for run in runs {
        run.await.expect("no panic").expect("rotated, or another was faster");
    }
    let published = clinic.published().await.expect("a key");
    assert_eq!((clinic.pending().await.len(), state(&published).await), (0, InKms::Enabled));
    let published = clinic.found().await.keys.into_iter().filter(|key| key.value.state == KeyState::Published);
    assert_eq!(published.filter(|key| key.value.alg == SigningAlg::ES256).count(), 1);
}
