//! A tenant's keys, made in KMS and used from there.

use super::verified;
use aws_sdk_kms::types::{KeySpec, KeyUsageType};
use kit::{
    App, Deployed,
    kms::{emulated, kms},
    signing_keys,
};
use rules::{
    jws::TokenKind,
    signing_keys::{Custody, KeyState, SigningKeyRecord},
    tenant::{KeyCustody, SigningAlg, Tenant},
    time::Timestamp,
};
use serde_json::json;
use server::keys::{
    make::{
        KeyMaker, NoKey,
        in_kms::{STACK_TAG, TENANT_TAG},
    },
    signer::{Custodian, Signer},
};

const NOW: Timestamp = Timestamp(1_800_000_000);

#[tokio::test]
async fn a_key_is_made_for_signatures_and_bears_the_tag_that_functions_may_use() {
    let kms = emulated();
    for (alg, spec) in [
        (SigningAlg::RS256, KeySpec::Rsa2048),
        (SigningAlg::ES256, KeySpec::EccNistP256),
        (SigningAlg::ES384, KeySpec::EccNistP384),
    ] {
        let record = make(KeyCustody::Kms, alg).await.expect("a key");
        let Custody::Kms { key_id } = &record.custody else { panic!("the key is not in KMS") };
        assert!(key_id.starts_with("arn:aws:kms:"), "{key_id}");
        let made = kms.describe_key().key_id(key_id).send().await.expect("it is there").key_metadata.expect("facts");
        assert_eq!((made.key_spec, made.key_usage), (Some(spec), Some(KeyUsageType::SignVerify)));
        let tags = kms.list_resource_tags().key_id(key_id).send().await.expect("tags").tags.unwrap_or_default();
        let tags: Vec<(&str, &str)> = tags.iter().map(|tag| (tag.tag_key(), tag.tag_value())).collect();
        assert!(
            tags.contains(&(STACK_TAG, kit::stack_keys::STACK)) && tags.contains(&(TENANT_TAG, "clinic")),
            "{tags:?}"
        );
    }
}

#[tokio::test]
async fn what_is_published_of_a_key_says_what_it_is_for() {
    for custody in [KeyCustody::Kms, KeyCustody::Sealed] {
        let record = make(custody, SigningAlg::ES256).await.expect("a key");
        assert_eq!((record.alg, record.state, record.since), (SigningAlg::ES256, KeyState::Published, NOW));
        assert_eq!(record.public.weakness(), None);
        assert_eq!(record.public.usage.as_deref(), Some("sig"));
    }
}

/// RFC 7638, for a key that was there before its name.
#[tokio::test]
async fn the_kid_of_a_key_in_kms_is_its_thumbprint() {
    let record = make(KeyCustody::Kms, SigningAlg::ES256).await.expect("a key");
    assert_eq!(record.public.kid, record.public.numbers.thumbprint());
}

#[tokio::test]
async fn a_sealed_key_of_each_algorithm_signs_what_its_published_half_verifies() {
    for alg in [SigningAlg::RS256, SigningAlg::RS384, SigningAlg::RS512, SigningAlg::ES256, SigningAlg::ES384] {
        let record = make(KeyCustody::Sealed, alg).await.expect("a key");
        let token = sign(&record, alg).await.expect("a signature");
        let jws = rules::jws::UnverifiedJws::parse(&token).expect("a JWS");
        let claims: serde_json::Value = jws.verify(&record.public).expect("a good signature");
        assert_eq!(claims["n"], 1, "{alg:?}");
    }
}

/// The tenant and the `kid` are part of what KMS authenticates: whoever can write the table can't move a key.
#[tokio::test]
async fn a_sealed_key_can_be_opened_for_its_own_tenant_and_under_its_own_kid_alone() {
    let good = make(KeyCustody::Sealed, SigningAlg::ES256).await.expect("a key");
    let other_tenant = SigningKeyRecord { tenant: tenant("other").id, ..good.clone() };
    let mut other_kid = good.clone();
    other_kid.public.kid = "another".to_owned();
    for moved in [other_tenant, other_kid] {
        let error = sign(&moved, SigningAlg::ES256).await.expect_err("no signature");
        assert!(error.contains("InvalidCiphertextException"), "{error}");
    }
    sign(&good, SigningAlg::ES256).await.expect("a signature");
}

#[tokio::test]
async fn a_tenant_that_wants_sealed_keys_gets_none_where_nothing_can_seal_them() {
    let maker = KeyMaker::Kms { client: emulated(), stack: Some(kit::stack_keys::STACK.to_owned()), sealing_key: None };
    let made = maker.make(&wanting(KeyCustody::Sealed), SigningAlg::ES256, KeyState::Active, NOW).await;
    assert!(made.expect_err("no key").to_string().contains("no key to seal with"));
}

#[tokio::test]
async fn no_key_is_made_when_kms_is_away() {
    let away = kms("http://127.0.0.1:1");
    for custody in [KeyCustody::Kms, KeyCustody::Sealed] {
        let maker = KeyMaker::Kms {
            client: away.clone(),
            stack: Some(kit::stack_keys::STACK.to_owned()),
            sealing_key: Some("k".into()),
        };
        let made = maker.make(&wanting(custody), SigningAlg::ES256, KeyState::Active, NOW).await;
        let NoKey { why, made } = made.expect_err("no key");
        assert_eq!((why.as_str(), made), ("KMS can't be reached", None));
    }
}

#[tokio::test]
async fn a_key_that_has_left_the_table_is_scheduled_for_deletion() {
    let record = make(KeyCustody::Kms, SigningAlg::ES256).await.expect("a key");
    maker().await.discard(&record).await.expect("KMS answers");
    let Custody::Kms { key_id } = &record.custody else { panic!("the key is not in KMS") };
    let facts = emulated().describe_key().key_id(key_id).send().await.expect("it is there").key_metadata;
    let state = facts.expect("facts").key_state;
    assert_eq!(state, Some(aws_sdk_kms::types::KeyState::PendingDeletion));
}

/// KMS answers DER, whose numbers lose leading zeros and gain a sign byte: one signature in some 60 is of an odd length.
#[tokio::test]
async fn every_signature_of_a_curve_is_one_that_the_published_key_verifies() {
    let deployed = Deployed::start_with(|toml| {
        toml.replacen("name = \"Test Clinic\"", "name = \"Test Clinic\"\npolicy = { access_token_alg = \"ES384\" }", 1)
    })
    .await;
    let server = &deployed.server.server;
    let tenant = server.tenant("clinic", server.now()).await.expect("a table").expect("a tenant");
    for n in 0..100 {
        let kind = TokenKind::AccessToken;
        let token = server
            .signer
            .sign(&tenant, kind, &json!({ "iss": kit::server::ISSUER, "n": n }))
            .await
            .expect("a signature");
        let claims: serde_json::Value = tenant.verify_own(token.expose(), kind).expect("a good signature");
        assert_eq!(claims["n"], n);
    }
    let answer = App::backend(&deployed.server).asks_for_itself("system/*.rs").await;
    let token = answer.json()["access_token"].as_str().expect("a token").to_owned();
    assert_eq!(kit::app::header(&token)["alg"], "ES384");
    verified(&deployed, &token).await;
}

async fn maker() -> KeyMaker {
    KeyMaker::Kms {
        client: emulated(),
        stack: Some(kit::stack_keys::STACK.to_owned()),
        sealing_key: Some(signing_keys::sealing_key().await),
    }
}

async fn make(custody: KeyCustody, alg: SigningAlg) -> Result<SigningKeyRecord, NoKey> {
    maker().await.make(&wanting(custody), alg, KeyState::Published, NOW).await
}

fn wanting(custody: KeyCustody) -> Tenant {
    let mut tenant = tenant("clinic");
    tenant.policy.signing_keys = custody;
    tenant
}

fn tenant(id: &str) -> Tenant {
    let file = admin::tenant_file::parse("t.toml", &format!("id = \"{id}\"\nname = \"T\"")).expect("a tenant");
    file.resolve("https://auth.example").expect("a tenant").tenant
}

/// A token by a function that has this one key, or why there is none.
async fn sign(key: &SigningKeyRecord, alg: SigningAlg) -> Result<String, String> {
    let mut tenant = wanting(KeyCustody::Sealed);
    tenant.policy.access_token_alg = alg;
    let key = SigningKeyRecord { state: KeyState::Active, ..key.clone() };
    let record = rules::tenant::TenantRecord { tenant, keys: vec![key] };
    let signer = Signer::new(Custodian::Kms(emulated()));
    let signed = signer.sign(&record, TokenKind::AccessToken, &json!({ "n": 1 })).await;
    signed.map(|token| token.expose().to_owned()).map_err(|error| error.to_string())
}
