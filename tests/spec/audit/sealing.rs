//! Sealing an event asks nobody but the table, once, and only the private half of the stack's key opens it.

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey},
    encoding::{AsDer, PublicKeyX509Der},
    rsa::{KeySize, OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, PrivateDecryptingKey},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use kit::TestServer;
use serde_json::Value;
use server::{
    audit::{key::AuditKey, sealed::Sealer},
    store::Write,
};

/// What KMS has on AWS.
struct Private(OaepPrivateDecryptingKey, AuditKey);

fn key() -> Private {
    let private = PrivateDecryptingKey::generate(KeySize::Rsa3072).expect("a key");
    let spki: PublicKeyX509Der<'_> = private.public_key().as_der().expect("a public key");
    let public = AuditKey { key_id: "1234abcd".into(), spki: STANDARD.encode(spki.as_ref()) };
    Private(OaepPrivateDecryptingKey::new(private).expect("a key"), public)
}

async fn publish(key: &AuditKey, server: &TestServer) {
    let write = Write::overwrite(key).expect("an item");
    server.server.store.write_unraced(vec![write]).await.expect("written");
    server.calls.take();
}

impl Private {
    fn data_key(&self, line: &Value) -> Vec<u8> {
        let wrapped = STANDARD.decode(line["key"].as_str().expect("a key")).expect("base64");
        let mut plain = vec![0; 384];
        self.0.decrypt(&OAEP_SHA256_MGF1SHA256, &wrapped, &mut plain, None).expect("wrapped for it").to_vec()
    }

    fn opens(&self, line: &Value) -> String {
        let key = RandomizedNonceKey::new(&AES_256_GCM, &self.data_key(line)).expect("a key");
        let mut sealed = STANDARD.decode(line["sealed"].as_str().expect("sealed")).expect("base64");
        let (nonce, rest) = sealed.split_at_mut(12);
        let nonce = Nonce::try_assume_unique_for_key(nonce).expect("a nonce");
        String::from_utf8(key.open_in_place(nonce, Aad::empty(), rest).expect("not changed").to_vec()).expect("text")
    }
}

async fn sealed(sealer: &Sealer, server: &TestServer, event: &str) -> Result<Value, String> {
    sealer.seal(event, server.now()).await.map(|line| serde_json::from_str(&line).expect("JSON"))
}

#[tokio::test]
async fn the_private_key_opens_what_an_instance_sealed_and_no_two_lines_are_alike() {
    let (server, private) = (TestServer::start().await, key());
    publish(&private.1, &server).await;
    let sealer = Sealer::new(server.server.store.clone());
    let lines = [
        sealed(&sealer, &server, "amy-shaw").await.expect("sealed"),
        sealed(&sealer, &server, "amy-shaw").await.expect("sealed"),
    ];
    for line in &lines {
        assert_eq!((&line["audit"], &line["by"]), (&Value::from(1), &Value::from("1234abcd")));
        assert_eq!(private.opens(line), "amy-shaw");
        assert!(!line.to_string().contains("amy-shaw"));
    }
    // One key for an instance's life, and a nonce for each event.
    assert_eq!(lines[0]["key"], lines[1]["key"]);
    assert_ne!(lines[0]["sealed"], lines[1]["sealed"]);
    assert_eq!(server.calls.take(), ["Query"]);
    let another = Sealer::new(server.server.store.clone());
    let line = sealed(&another, &server, "amy-shaw").await.expect("sealed");
    assert_ne!(private.data_key(&line), private.data_key(&lines[0]));
}

#[tokio::test]
async fn without_a_key_the_table_is_asked_again_and_not_more_often_than_every_five_seconds() {
    let (server, private) = (TestServer::start().await, key());
    let sealer = Sealer::new(server.server.store.clone());
    for _ in 0..3 {
        sealed(&sealer, &server, "an event").await.expect_err("no key is there");
    }
    assert_eq!(server.calls.take(), ["Query"]);
    publish(&private.1, &server).await;
    server.passes(4);
    sealed(&sealer, &server, "an event").await.expect_err("it has just looked");
    assert_eq!(server.calls.take(), Vec::<String>::new());
    server.passes(1);
    let line = sealed(&sealer, &server, "an event").await.expect("sealed");
    assert_eq!(private.opens(&line), "an event");
}

#[tokio::test]
async fn without_a_table_an_event_is_not_sealed_and_the_next_one_may_be() {
    let (server, private) = (TestServer::start().await, key());
    publish(&private.1, &server).await;
    let sealer = Sealer::new(server.server.store.clone());
    server.loses_its_table();
    sealed(&sealer, &server, "an event").await.expect_err("no table");
    server.finds_its_table();
    server.passes(5);
    sealed(&sealer, &server, "an event").await.expect("sealed");
}

#[tokio::test]
async fn what_is_no_key_seals_nothing() {
    let server = TestServer::start().await;
    for spki in ["", "!", "AAAA"] {
        publish(&AuditKey { key_id: "1234abcd".into(), spki: spki.into() }, &server).await;
        let why = sealed(&Sealer::new(server.server.store.clone()), &server, "an event").await.expect_err("no key");
        assert!(why.contains("can't be read"), "{why}");
    }
}

/// CloudWatch Logs would cut it in two, and neither half opens: it is lost, and said to be.
#[tokio::test]
async fn a_line_that_would_be_cut_counts_as_lost() {
    let (server, private) = (TestServer::start().await, key());
    publish(&private.1, &server).await;
    let sealer = Sealer::new(server.server.store.clone());
    let longest = "x".repeat(180_000);
    let line = sealed(&sealer, &server, &longest).await.expect("it fits");
    assert!(line.to_string().len() <= 250_000 && private.opens(&line) == longest);
    let why = sealed(&sealer, &server, &"x".repeat(190_000)).await.expect_err("too long");
    assert!(why.contains("cut in two"), "{why}");
}
