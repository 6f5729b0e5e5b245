//! Calls that each come in time for themselves, and together not for the request: a function that runs out of time is ended without
//! an answer. So a 503 goes out before, and what it says is true: nothing was written.

use super::{
    matrix::{Pace, assert_all_good, every_fault_of},
    table::Table,
};
use kit::{
    App, TestServer,
    faults::{Fault, Lasts, SLOW},
    journeys::JOURNEYS,
    signing_keys,
};
use rules::{tenant::TenantId, time::Timestamp};
use server::{
    deadline,
    store::{Commit, StoreError, Write, schema::RevokedAccessToken},
};
use std::time::Duration;
use tokio::time::{Instant, sleep};

const SCOPE: &str = "openid fhirUser launch/patient offline_access patient/*.rs";

/// Of a request: less than three slow calls. A sign-in has a password to hash in it, on a busy machine.
const TIME: Duration = Duration::from_secs(2);

/// Journeys whose requests make the most calls.
const SLOW_JOURNEYS: [&str; 3] = ["EHR launch", "assertion, code exchange", "refresh"];

/// Journeys are walked side by side, each on a server of its own.
#[test]
fn after_slow_calls_from_any_call_on_the_client_can_go_on_and_nothing_is_lost_or_spent_twice() {
    let lines: Vec<String> = std::thread::scope(|scope| {
        let walks: Vec<_> = SLOW_JOURNEYS.iter().map(|name| scope.spawn(move || walks_of(name))).collect();
        walks.into_iter().flat_map(|walk| walk.join().expect("a journey ends undisturbed")).collect()
    });
    assert_all_good(&lines);
    let told = lines.iter().filter(|line| line.contains("503")).count();
    // Of those that make three calls and more.
    assert!(told >= 3, "{told} of {} requests ran out of time", lines.len());
}

fn walks_of(name: &str) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let journey = JOURNEYS.iter().find(|journey| journey.name == name).expect("a journey");
    runtime.block_on(async {
        let server = TestServer::start_with(journey.tenant).await;
        let pace = Pace { faults: &[("slow on and on", Fault::Slow, Lasts::UntilAnswered)], time: Some(TIME) };
        every_fault_of(&server, &signing_keys::custodian(), journey, &pace, |_| true).await
    })
}

/// It is told in time, in the protocol's own form, and the code is good afterwards.
#[tokio::test]
async fn a_code_is_not_spent_where_nobody_could_be_told_any_more() {
    let server = TestServer::start().await;
    let code = App::public(&server).code("amy", SCOPE, None).await;
    let table = Table::at(&server.faults.endpoint().expect("the table was asked"));
    let before = table.left().await;
    let hurried = server.second_instance_within(TIME);
    let app = App::public(&hurried);
    hurried.faults.plan(Some((0, Fault::Slow, Lasts::UntilAnswered)));
    let start = Instant::now();
    let answer = app.redeems(&code).await;
    // The tenant, the client and the grant were read, or not even that.
    assert_eq!((answer.status, answer.error().as_str()), (503, "temporarily_unavailable"), "{}", answer.body);
    assert!(answer.header("retry-after").is_some());
    assert!(start.elapsed() < TIME + SLOW, "{:?}", start.elapsed());
    hurried.faults.plan(None);
    assert_eq!(table.left().await, before);
    assert_eq!(app.redeems(&code).await.status, 200);
}

/// A table that is asked is a table that may write.
#[tokio::test]
async fn a_commit_without_time_asks_nobody() {
    let server = TestServer::start().await;
    let item = RevokedAccessToken {
        tenant: TenantId::parse("clinic").expect("an id"),
        jti: "x".into(),
        expires_at: Timestamp(server.now().0 + 60),
    };
    let write = || vec![Write::create(&item).expect("an item")];
    let commit = async |waits: Duration| {
        deadline::within(TIME, async {
            sleep(waits).await;
            server.server.store.commit(write()).await
        })
        .await
    };
    assert!(matches!(commit(TIME * 9 / 10).await, Err(StoreError::Unavailable(_))));
    assert_eq!(server.calls.take(), Vec::<String>::new());
    assert_eq!(commit(Duration::ZERO).await.expect("there is time"), Commit::Done);
    assert_eq!(server.calls.take(), ["PutItem"]);
}
