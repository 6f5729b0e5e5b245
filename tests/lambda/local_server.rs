//! The local server with its tenants' signing keys in KMS (`--kms`).

use kit::{TestServer, app, fhir::Fhir, ministack::Ministack, signing_keys};
use local::options::Options;
use rules::{
    jwk::KeySet,
    jws::{TokenKind, UnverifiedJws},
    signing_keys::Custody,
    tenant::TenantRecord,
};
use serde_json::{Value, json};
use server::Server;
use std::{fs, sync::Arc};

#[tokio::test]
async fn the_keys_of_the_sample_tenants_are_made_in_kms_and_sign_there() {
    let local = local::prepare(&options()).await.expect("a local server");
    let tenant = tenant(&local.server, "riverside").await;
    assert!(tenant.keys.iter().all(|key| matches!(key.custody, Custody::Kms { .. })));
    signs_what_is_published(&local, &tenant).await;
}

#[tokio::test]
async fn a_tenant_may_have_its_keys_sealed() {
    let file = std::env::temp_dir().join(format!("admit-sealed-{}.toml", std::process::id()));
    fs::write(&file, "id = \"sealed\"\nname = \"Sealed\"\npolicy = { signing_keys = \"sealed\" }\n").expect("a file");
    let sealing_key = Some(signing_keys::sealing_key().await);
    let local = local::prepare(&Options { tenants: vec![file.clone()], sealing_key, ..options() }).await;
    fs::remove_file(file).expect("it was there");
    let local = local.expect("a local server");
    let tenant = tenant(&local.server, "sealed").await;
    assert!(tenant.keys.iter().all(|key| matches!(key.custody, Custody::Sealed { .. })));
    signs_what_is_published(&local, &tenant).await;
}

#[tokio::test]
async fn without_its_kms_it_says_so_and_does_not_start() {
    let kms = Some("http://127.0.0.1:1".parse().expect("a URL"));
    let local = local::prepare(&Options { kms, ..options() }).await;
    let error = local.err().expect("no server").to_string();
    assert!(error.contains("KMS can't be reached"), "{error}");
}

fn options() -> Options {
    let kms = format!("http://{}", Ministack::shared().address).parse().expect("a URL");
    Options { port: 0, in_memory: true, kms: Some(kms), ..Options::default() }
}

async fn tenant(server: &Server, id: &str) -> Arc<TenantRecord> {
    server.tenant(id, server.now()).await.expect("a table").expect("a tenant")
}

async fn signs_what_is_published(local: &local::Local, tenant: &TenantRecord) {
    let path = format!("/{}/.well-known/jwks.json", tenant.id.as_str());
    let server = TestServer::before(local.server.clone(), local.router.clone(), Fhir::start().await);
    let published = server.get(&path).await;
    assert!(!published.body.contains("pkcs8") && !published.body.contains("arn:"), "{}", published.body);
    let keys = KeySet::parse(published.body.as_bytes()).expect("a key set");
    for kind in [TokenKind::AccessToken, TokenKind::IdToken] {
        let signed = local.server.signer.sign(tenant, kind, &json!({ "n": 1 })).await.expect("a signature");
        let kid = app::header(signed.expose())["kid"].clone();
        let key = keys.keys.iter().find(|key| key.kid == kid).expect("the kid is published");
        let claims: Value =
            UnverifiedJws::parse(signed.expose()).expect("a JWS").verify(key).expect("a good signature");
        assert_eq!(claims["n"], 1);
    }
}
