//! Before its time: what an operator asks for.

use super::{clinic, keys, states};
use kit::{App, TestServer, signing_keys};
use rules::{
    signing_keys::{
        KeyState::{Active, Published, Retiring},
        rotation::{LEAST_PUBLISHED, Urgency},
    },
    tenant::SigningAlg,
};
use server::keys::rotate;

const SCOPE: &str = "openid launch/patient patient/*.rs";

async fn rotate(server: &TestServer, urgency: Urgency) {
    let maker = signing_keys::maker().await;
    rotate::rotate(&server.server.store, &maker, &clinic(), urgency, server.now()).await.expect("keys are rotated");
    // As long as an instance remembers.
    server.passes(31);
}

#[tokio::test]
async fn a_key_that_is_wanted_soon_is_published_now_and_used_when_every_cache_may_have_it() {
    let server = TestServer::start().await;
    server.passes(1);
    rotate(&server, Urgency::Soon).await;
    assert_eq!(states(&server, SigningAlg::ES256).await, [Published, Active]);
    server.passes(LEAST_PUBLISHED);
    rotate(&server, Urgency::Soon).await;
    assert_eq!(states(&server, SigningAlg::ES256).await, [Active, Retiring]);
}

#[tokio::test]
async fn a_compromised_key_is_gone_at_once_and_its_tokens_with_it() {
    let server = TestServer::start().await;
    let app = App::symmetric(&server);
    let tokens = app.gets_tokens("amy", SCOPE, None).await;
    let old = keys(&server, SigningAlg::ES256).await[0].public.kid.clone();
    server.passes(1);
    rotate(&server, Urgency::Compromised).await;
    let left = keys(&server, SigningAlg::ES256).await;
    assert_eq!(left.iter().map(|key| key.state).collect::<Vec<_>>(), [Active]);
    assert_ne!(left[0].public.kid, old);
    let jwks = server.get("/clinic/.well-known/jwks.json").await;
    assert!(!jwks.body.contains(&old));
    assert_eq!(app.introspected(tokens.access_token()).await["active"], false);
}

/// What the tenant signs with is policy; the keys follow it.
#[tokio::test]
async fn a_key_of_an_algorithm_that_is_given_up_retires() {
    let server = TestServer::start().await;
    let (tenant, _) = server.server.store.tenant_with_keys(&clinic(), server.now()).await.expect("a table");
    let mut tenant = tenant.expect("a tenant");
    tenant.policy.access_token_alg = SigningAlg::ES384;
    let write = server::store::Write::overwrite(&tenant).expect("a tenant is an item");
    server.server.store.write_unraced(vec![write]).await.expect("it is written");
    rotate(&server, Urgency::OnSchedule).await;
    assert_eq!(states(&server, SigningAlg::ES256).await, [Retiring]);
    // Nothing else could sign, so the new one does not wait.
    assert_eq!(states(&server, SigningAlg::ES384).await, [Active]);
}
