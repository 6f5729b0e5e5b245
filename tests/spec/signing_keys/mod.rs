//! Our own signing keys: published → active → retiring → gone.

mod emergency;
mod together;
mod year;

use kit::TestServer;
use rules::{
    signing_keys::{KeyState, SigningKeyRecord},
    tenant::{SigningAlg, TenantId},
};

fn clinic() -> TenantId {
    TenantId::parse("clinic").expect("an id")
}

/// What the table has of clinic's keys for one algorithm, in the order of their states.
async fn keys(server: &TestServer, alg: SigningAlg) -> Vec<SigningKeyRecord> {
    let (_, keys) = server.server.store.tenant_with_keys(&clinic(), server.now()).await.expect("a table");
    let mut keys: Vec<_> = keys.into_iter().map(|key| key.value).filter(|key| key.alg == alg).collect();
    keys.sort_by_key(|key| (key.state as u8, key.since));
    keys
}

async fn states(server: &TestServer, alg: SigningAlg) -> Vec<KeyState> {
    keys(server, alg).await.iter().map(|key| key.state).collect()
}

/// The alarm's reader must not be told that all is well with nobody's keys.
#[tokio::test]
async fn a_run_that_can_not_list_the_tenants_says_so() {
    let server = kit::TestServer::start().await;
    server.loses_its_table();
    let error = rotate_keys::rotate_all(&server.server, &kit::signing_keys::maker().await).await.expect_err("no run");
    let text = error.to_string();
    assert!(text.starts_with("no signing keys were looked at: the tenants could not be listed"), "{text}");
}
