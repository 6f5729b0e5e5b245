//! Two rotations at the same moment do no harm.

use super::{clinic, states};
use kit::{TestServer, signing_keys};
use rules::{
    signing_keys::{
        KeyState::{Active, Published, Retiring},
        rotation::Urgency,
    },
    tenant::SigningAlg,
};
use server::keys::rotate::rotate;
use tokio::task::JoinSet;

async fn eight_rotate_at_once(server: &TestServer) {
    let maker = signing_keys::maker().await;
    let mut rotating = JoinSet::new();
    for _ in 0..8 {
        let (store, maker, now) = (server.server.store.clone(), maker.clone(), server.now());
        rotating.spawn(async move { rotate(&store, &maker, &clinic(), Urgency::OnSchedule, now).await });
    }
    while let Some(done) = rotating.join_next().await {
        done.expect("it runs").expect("it rotates");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_eight_who_rotate_at_once_one_publishes_and_one_promotes() {
    let server = TestServer::start().await;
    server.passes(89 * 86_400);
    eight_rotate_at_once(&server).await;
    assert_eq!(states(&server, SigningAlg::ES256).await, [Published, Active]);
    assert_eq!(states(&server, SigningAlg::RS256).await, [Published, Active]);
    server.passes(86_400);
    eight_rotate_at_once(&server).await;
    assert_eq!(states(&server, SigningAlg::ES256).await, [Active, Retiring]);
    server.passes(2 * 3600);
    eight_rotate_at_once(&server).await;
    assert_eq!(states(&server, SigningAlg::ES256).await, [Active]);
}
