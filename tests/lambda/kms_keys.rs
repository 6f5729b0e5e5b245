//! A tenant's keys, made in KMS and used from there.

use super::verified;
use admin::kms_keys::{TAG, TENANT_TAG, create, create_all};
use aws_sdk_kms::types::{KeySpec, KeyUsageType};
use serde_json::json;
use shared::{
    keys::{Custody, KeyState, TokenKind},
    tenant::{SigningAlg, TenantId},
};
use tests::{App, Deployed, deployed::kms, ministack::Ministack};

#[tokio::test]
async fn a_key_is_made_for_signatures_and_bears_the_tag_that_functions_may_use() {
    let kms = emulated();
    for (alg, spec) in [
        (SigningAlg::RS256, KeySpec::Rsa2048),
        (SigningAlg::ES256, KeySpec::EccNistP256),
        (SigningAlg::ES384, KeySpec::EccNistP384),
    ] {
        let record = create(&kms, &tenant(), alg).await.expect("a key");
        let Custody::Kms { key_id } = &record.custody else { panic!("the key is not in KMS") };
        assert!(key_id.starts_with("arn:aws:kms:"), "{key_id}");
        let made = kms.describe_key().key_id(key_id).send().await.expect("it is there").key_metadata.expect("facts");
        assert_eq!((made.key_spec, made.key_usage), (Some(spec), Some(KeyUsageType::SignVerify)));
        let tags = kms.list_resource_tags().key_id(key_id).send().await.expect("tags").tags.unwrap_or_default();
        let tags: Vec<(&str, &str)> = tags.iter().map(|tag| (tag.tag_key(), tag.tag_value())).collect();
        assert!(tags.contains(&TAG) && tags.contains(&(TENANT_TAG, "clinic")), "{tags:?}");
    }
}

#[tokio::test]
async fn what_is_published_of_a_key_says_what_it_is_for() {
    let record = create(&emulated(), &tenant(), SigningAlg::ES256).await.expect("a key");
    assert_eq!((record.alg, record.state), (SigningAlg::ES256, KeyState::Active));
    assert_eq!(record.public.weakness(), None);
    // RFC 7638.
    assert_eq!(record.public.kid, record.public.numbers.thumbprint());
    assert_eq!(record.public.usage.as_deref(), Some("sig"));
}

#[tokio::test]
async fn a_tenant_gets_one_key_for_each_algorithm_it_signs_with() {
    let kms = emulated();
    for (policy, algs) in [("RS256", vec!["RS256"]), ("ES384", vec!["RS256", "ES384"])] {
        let text = format!("id = \"a\"\nname = \"A\"\n[policy]\naccess_token_alg = \"{policy}\"");
        let file = admin::tenant_file::parse("a.toml", &text).expect("a tenant");
        let items = file.resolve("https://auth.example").expect("a tenant");
        let made = create_all(&kms, &items.tenant).await.expect("keys");
        assert_eq!(made.iter().map(|key| key.alg.as_str()).collect::<Vec<_>>(), algs);
    }
}

#[tokio::test]
async fn no_key_is_made_when_kms_is_away() {
    let error = create(&kms("http://127.0.0.1:1"), &tenant(), SigningAlg::ES256).await.expect_err("no key");
    assert_eq!(error.made, None);
    assert_eq!(error.to_string(), "KMS: it can't be reached");
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
        let token = server.signer.sign(&tenant, kind, &json!({ "n": n })).await.expect("a signature");
        let claims: serde_json::Value = tenant.verify_own(token.expose(), kind).expect("a good signature");
        assert_eq!(claims["n"], n);
    }
    let answer = App::backend(&deployed.server).asks_for_itself("system/*.rs").await;
    let token = answer.json()["access_token"].as_str().expect("a token").to_owned();
    assert_eq!(tests::app::header(&token)["alg"], "ES384");
    verified(&deployed, &token).await;
}

fn emulated() -> aws_sdk_kms::Client {
    kms(&format!("http://{}", Ministack::shared().address))
}

fn tenant() -> TenantId {
    TenantId::parse("clinic").expect("an id")
}
