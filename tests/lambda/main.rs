//! The functions' binaries under a Lambda Runtime API, with API Gateway's events, the table and the keys in an emulator.
#![expect(clippy::expect_used, clippy::panic, reason = "a test that fails should say where")]

mod audit_trail;
mod cold;
mod emulators;
mod events;
mod gateways;
mod journeys;
mod kms_keys;
mod local_server;
mod outages;
mod pending_keys;
mod poison;
mod policies;
mod recorded;
mod rotate_keys;
mod sam_local;
mod stack;
mod tls;
mod walks;
mod watching;

use kit::{Deployed, app};
use rules::{jwk::KeySet, jws::UnverifiedJws};
use serde_json::Value;

/// The claims of a token, if a key that the discovery function publishes signed it.
async fn verified(deployed: &Deployed, token: &str) -> Value {
    let published = deployed.server.get("/clinic/.well-known/jwks.json").await;
    let keys = KeySet::parse(published.body.as_bytes()).expect("a key set");
    let header = app::header(token);
    let key = keys.keys.iter().find(|key| key.kid == header["kid"]).expect("the kid is published");
    assert_eq!(key.alg.as_deref(), header["alg"].as_str());
    UnverifiedJws::parse(token).expect("a JWS").verify(key).expect("a good signature")
}
