//! A token's signature is verified once in an instance. What the signature does not say is asked each time.

use super::SCOPE;
use kit::{App, TestServer, app::introspect, signing_keys};
use rules::{
    jwk::PublicKey,
    signing_keys::{SigningKeyRecord, rotation::Urgency},
    tenant::{SigningAlg, TenantId},
};
use server::{
    keys::rotate,
    store::{Versioned, Write},
};

fn tenant(id: &str) -> TenantId {
    TenantId::parse(id).expect("an id")
}

async fn is_active(server: &TestServer, token: &str) -> bool {
    introspect(server, token).await["active"] == true
}

#[tokio::test]
async fn the_same_token_is_verified_once_and_another_for_itself() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let (one, other) = (app.gets_tokens("amy", SCOPE, None).await, app.gets_tokens("amy", SCOPE, None).await);
    let before = server.server.verified.verifications();
    for _ in 0..3 {
        assert!(is_active(&server, one.access_token()).await);
    }
    assert_eq!(server.server.verified.verifications() - before, 1);
    assert!(is_active(&server, other.access_token()).await);
    assert_eq!(server.server.verified.verifications() - before, 2);
}

/// The signature is a part of what is known again: with another one the same claims are a stranger's.
#[tokio::test]
async fn a_token_that_was_verified_says_nothing_for_one_with_another_signature() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let (one, other) = (app.gets_tokens("amy", SCOPE, None).await, app.gets_tokens("amy", SCOPE, None).await);
    assert!(is_active(&server, one.access_token()).await && is_active(&server, other.access_token()).await);
    let (claims, signature) = (one.access_token().rsplit_once('.'), other.access_token().rsplit_once('.'));
    let mixed = format!("{}.{}", claims.expect("a JWT").0, signature.expect("a JWT").1);
    for _ in 0..2 {
        assert!(!is_active(&server, &mixed).await);
    }
}

#[tokio::test]
async fn a_token_that_was_verified_is_over_when_it_is_revoked_or_has_expired() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let tokens = app.gets_tokens("amy", SCOPE, None).await;
    assert!(is_active(&server, tokens.access_token()).await);
    app.revokes(tokens.access_token()).await;
    assert!(!is_active(&server, tokens.access_token()).await);
    let tokens = app.gets_tokens("amy", SCOPE, None).await;
    assert!(is_active(&server, tokens.access_token()).await);
    server.passes(3_600);
    assert!(!is_active(&server, tokens.access_token()).await);
}

/// What an operator does to a key.
#[derive(Clone, Copy, Debug)]
enum End {
    Compromised,
    Removed,
    /// There is another one of its name.
    Replaced,
}

#[tokio::test]
async fn a_token_that_was_verified_is_over_with_its_key() {
    for end in [End::Compromised, End::Removed, End::Replaced] {
        let server = TestServer::start().await;
        let tokens = App::public(&server).gets_tokens("amy", SCOPE, None).await;
        assert!(is_active(&server, tokens.access_token()).await, "{end:?}");
        server.passes(1);
        ends(&server, end).await;
        // As long as an instance remembers a tenant and its keys.
        server.passes(31);
        assert!(!is_active(&server, tokens.access_token()).await, "{end:?}");
    }
}

async fn key_of(server: &TestServer, id: &str) -> Versioned<SigningKeyRecord> {
    let (_, keys) = server.server.store.tenant_with_keys(&tenant(id), server.now()).await.expect("a table");
    keys.into_iter().find(|key| key.alg == SigningAlg::ES256).expect("a key")
}

async fn ends(server: &TestServer, end: End) {
    let store = &server.server.store;
    let key = key_of(server, "clinic").await;
    let write = match end {
        End::Compromised => {
            let maker = signing_keys::maker().await;
            let rotated = rotate::rotate(store, &maker, &tenant("clinic"), Urgency::Compromised, server.now()).await;
            return rotated.map(drop).expect("keys are rotated");
        }
        End::Removed => Write::delete(&key),
        End::Replaced => {
            let numbers = key_of(server, "other").await.public.numbers.clone();
            assert_ne!(numbers, key.public.numbers);
            let public = PublicKey { numbers, ..key.public.clone() };
            Write::overwrite(&SigningKeyRecord { public, ..key.value }).expect("a write")
        }
    };
    store.write_unraced(vec![write]).await.expect("it is written");
}
