//! Where the tests' tenants keep their signing keys: in the table as on a laptop, or in an emulated KMS, or sealed by it.
//!
//! `ADMIT_TEST_KEYS=kms` or `=sealed` sends every test through the emulator; nothing else about a test changes.

use crate::{kms::emulated, stack_keys};
use aws_sdk_kms::types::{KeySpec, KeyUsageType};
use rules::{
    signing_keys::{KeyState, SigningKeyRecord, rotation},
    tenant::{KeyCustody, Tenant, TenantId},
    time::Timestamp,
};
use server::{
    Server,
    audit::key::InKms,
    keys::{make::KeyMaker, signer::Custodian},
    store::Write,
};
use std::{collections::BTreeMap, env};
use tokio::sync::{Mutex, OnceCell};

/// What the tests sign with, and who makes it.
pub fn custody() -> Option<KeyCustody> {
    match env::var("ADMIT_TEST_KEYS").as_deref() {
        Ok("kms") => Some(KeyCustody::Kms),
        Ok("sealed") => Some(KeyCustody::Sealed),
        Ok(other) => panic!("ADMIT_TEST_KEYS is `kms` or `sealed`, not `{other}`"),
        Err(_) => None,
    }
}

pub fn custodian() -> Custodian {
    Custodian::Laptop(custody().map(|_| emulated()))
}

pub async fn maker() -> KeyMaker {
    match custody() {
        None => KeyMaker::Laptop,
        Some(_) => KeyMaker::Kms {
            client: emulated(),
            stack: Some(crate::stack_keys::STACK.to_owned()),
            sealing_key: Some(sealing_key().await),
        },
    }
}

/// The tenant's keys, active since the beginning of time. Making an RSA key takes longer than most tests; all servers of
/// this run share them.
pub async fn of(tenant: &Tenant) -> Vec<SigningKeyRecord> {
    static KEYS: Mutex<BTreeMap<(String, &'static str), SigningKeyRecord>> = Mutex::const_new(BTreeMap::new());
    let mut keys = KEYS.lock().await;
    let mut found = Vec::new();
    for alg in rotation::algorithms(tenant) {
        let name = (tenant.id.as_str().to_owned(), alg.as_str());
        if !keys.contains_key(&name) {
            let made = maker().await.make(tenant, alg, KeyState::Active, Timestamp(0)).await.expect("a key");
            keys.insert(name.clone(), made);
        }
        found.push(keys[&name].clone());
    }
    found
}

/// Makes new keys for clinic in the emulated KMS, which sign from now on; those in the table only verify.
pub async fn move_to_kms(server: &Server, custody: KeyCustody) {
    let store = &server.store;
    let clinic = TenantId::parse("clinic").expect("an id");
    let (tenant, keys) = store.tenant_with_keys(&clinic, server.now()).await.expect("a table");
    let mut tenant = tenant.expect("a tenant");
    tenant.policy.signing_keys = custody;
    let maker = KeyMaker::Kms {
        client: emulated(),
        stack: Some(crate::stack_keys::STACK.to_owned()),
        sealing_key: Some(sealing_key().await),
    };
    let retiring = keys.into_iter().map(|key| SigningKeyRecord { state: KeyState::Retiring, ..key.value });
    let mut writes: Vec<Write> = retiring.map(|key| Write::overwrite(&key).expect("an item")).collect();
    for alg in rotation::algorithms(&tenant) {
        let made = maker.make(&tenant, alg, KeyState::Active, Timestamp(0)).await.expect("a key");
        writes.push(Write::overwrite(&made).expect("an item"));
    }
    writes.push(Write::overwrite(&tenant).expect("an item"));
    store.write_unraced(writes).await.expect("written");
}

/// A symmetric key, as the stack has one.
pub async fn sealing_key() -> String {
    static KEY: OnceCell<String> = OnceCell::const_new();
    let make = || async {
        let made = emulated().create_key().send().await.expect("KMS answers").key_metadata.expect("a key");
        stack_keys::is_the_stacks(made.arn.expect("an ARN"), "SealingKey")
    };
    KEY.get_or_init(make).await.clone()
}

/// The stack's AuditKey.
pub async fn audit_key() -> InKms {
    static KEY: OnceCell<String> = OnceCell::const_new();
    let key = KEY.get_or_init(|| async { another_audit_key().await.key }).await.clone();
    InKms { client: emulated(), key }
}

/// One that it had before, or will have.
pub async fn another_audit_key() -> InKms {
    let client = emulated();
    let made = client.create_key().key_spec(KeySpec::Rsa3072).key_usage(KeyUsageType::EncryptDecrypt).send().await;
    let made = made.expect("KMS answers").key_metadata.expect("a key");
    InKms { client, key: stack_keys::is_the_stacks(made.arn.expect("an ARN"), "AuditKey") }
}
