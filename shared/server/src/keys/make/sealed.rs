//! A key pair that KMS makes and seals: the private half lies in the table, and only KMS can open it again.
//!
//! The trade-off: a signature costs no call (no latency, no quota, a hundredth of the price), but a function that was taken
//! over could keep the private key, where with a key inside KMS it could only sign while it is taken over.

use super::{
    new_key::{NewKey, NoKey, reason},
    spki,
};
use aws_sdk_kms::{Client, primitives::Blob, types::DataKeyPairSpec};
use base64::{Engine, engine::general_purpose::STANDARD};
use rules::{
    secret::random_text,
    signing_keys::{Custody, SigningKeyRecord, in_process::InProcessKey},
    tenant::{SigningAlg, TenantId},
};
use std::collections::HashMap;
use zeroize::Zeroizing;

/// The names of the encryption context: a sealed key copied to another tenant, or under another `kid`, can't be opened.
pub const CONTEXT: [&str; 2] = ["admit-tenant", "admit-kid"];

/// Its `kid` is random, since it is part of the encryption context and so must be known before the key is.
pub async fn create(kms: &Client, sealing_key: &str, key: NewKey<'_>) -> Result<SigningKeyRecord, NoKey> {
    let kid = random_text::<16>();
    let answer = kms
        .generate_data_key_pair_without_plaintext()
        .key_id(sealing_key)
        .key_pair_spec(spec(key.alg))
        .set_encryption_context(Some(context(key.tenant, &kid)))
        .send()
        .await
        .map_err(|error| NoKey::because(reason(&error)))?;
    let sealed = answer.private_key_ciphertext_blob.ok_or_else(|| NoKey::because("an answer without a private key"))?;
    let numbers = answer.public_key.and_then(|der| spki::numbers(key.alg, der.as_ref()));
    let numbers = numbers.ok_or_else(|| NoKey::because(format!("not a public key for {}", key.alg.as_str())))?;
    let custody = Custody::Sealed { sealing_key: sealing_key.to_owned(), sealed: STANDARD.encode(sealed) };
    Ok(key.record(kid, numbers, custody))
}

/// The private half, for as long as this process lives. What was decrypted is wiped as soon as the key is read, and the
/// key itself when it is dropped (aws-lc frees private keys that way).
pub async fn open(
    kms: &Client,
    record: &SigningKeyRecord,
    sealing_key: &str,
    sealed: &str,
) -> Result<InProcessKey, String> {
    let sealed = STANDARD.decode(sealed).map_err(|_| "the sealed key in the table can't be read")?;
    let answer = kms
        .decrypt()
        .key_id(sealing_key)
        .ciphertext_blob(Blob::new(sealed))
        .set_encryption_context(Some(context(&record.tenant, &record.public.kid)))
        .send()
        .await
        .map_err(|error| reason(&error))?;
    let pkcs8 = Zeroizing::new(answer.plaintext.ok_or("KMS answered without a key")?.into_inner());
    InProcessKey::read(record.alg, &pkcs8).map_err(|_| "what KMS opened is not this key".to_owned())
}

fn context(tenant: &TenantId, kid: &str) -> HashMap<String, String> {
    let [tenant_name, kid_name] = CONTEXT.map(str::to_owned);
    HashMap::from([(tenant_name, tenant.as_str().to_owned()), (kid_name, kid.to_owned())])
}

fn spec(alg: SigningAlg) -> DataKeyPairSpec {
    match alg {
        SigningAlg::RS256 | SigningAlg::RS384 | SigningAlg::RS512 | SigningAlg::PS256 => DataKeyPairSpec::Rsa2048,
        SigningAlg::ES256 => DataKeyPairSpec::EccNistP256,
        SigningAlg::ES384 => DataKeyPairSpec::EccNistP384,
    }
}
