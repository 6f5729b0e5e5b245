//! What Admit asks of KMS, asked of two emulators of different authors. What AWS documents decides; where one of them answers otherwise,
//! tests/emulators.md says so, and is held to it here.

use aws_lc_rs::{
    digest,
    rsa::{OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey},
    signature::{self, UnparsedPublicKey, VerificationAlgorithm},
};
use aws_sdk_kms::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    primitives::Blob,
    types::{DataKeyPairSpec, EncryptionAlgorithmSpec, KeySpec, KeyUsageType, MessageType, SigningAlgorithmSpec, Tag},
};
use kit::{kms::kms_config, ministack::Ministack, moto::Moto};

/// What was asked, what AWS answers by its documentation, and what the emulator answered.
struct Answer {
    asked: &'static str,
    aws: &'static str,
    got: String,
}

#[tokio::test]
async fn ministack_answers_as_kms_is_documented_but_for_what_is_written_down() {
    is_as_written(&answers(&client(&Ministack::shared().url())).await, 2);
}

#[tokio::test]
async fn moto_answers_as_kms_is_documented_but_for_what_is_written_down() {
    is_as_written(&answers(&client(&Moto::shared().url())).await, 3);
}

/// A fault that was mended is struck out, and each row is of a question that is asked here.
fn is_as_written(answers: &[Answer], column: usize) {
    let table = include_str!("../emulators.md").lines().filter_map(|line| line.strip_prefix("| "));
    let rows: Vec<Vec<&str>> = table.map(|row| row.trim_end_matches(" |").split(" | ").collect()).collect();
    let rows = rows.iter().filter(|row| row.len() == 4).skip(1);
    for row in rows.clone() {
        let answer = answers.iter().find(|answer| answer.asked == row[0]);
        let answer = answer.unwrap_or_else(|| panic!("nobody asks this: {}", row[0]));
        assert_eq!(answer.aws, row[1], "{}", row[0]);
    }
    let written =
        |answer: &&Answer| rows.clone().find(|row| row[0] == answer.asked).map_or(answer.aws, |row| row[column]);
    let wrong = answers.iter().filter(|answer| answer.got != written(answer));
    let wrong: Vec<String> =
        wrong.map(|answer| format!("{}: {}, and not {}", answer.asked, answer.got, written(&answer))).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Without retries: an emulator that fails answers so each time.
fn client(url: &str) -> Client {
    Client::from_conf(kms_config(url).retry_config(aws_sdk_kms::config::retry::RetryConfig::disabled()).build())
}

async fn answers(kms: &Client) -> Vec<Answer> {
    let mut answers = Vec::new();
    let mut says = |asked, aws, got: String| answers.push(Answer { asked, aws, got });
    let signing = make(kms, KeySpec::EccNistP256, KeyUsageType::SignVerify).await;
    let sealing = make(kms, KeySpec::SymmetricDefault, KeyUsageType::EncryptDecrypt).await;
    let other = make(kms, KeySpec::SymmetricDefault, KeyUsageType::EncryptDecrypt).await;
    let wrapping = make(kms, KeySpec::Rsa3072, KeyUsageType::EncryptDecrypt).await;
    let missing = format!("{}/1234abcd-12ab-34cd-56ef-1234567890ab", signing.rsplit_once('/').expect("an ARN").0);

    let made = kms.describe_key().key_id(&signing).send().await.expect("it is there").key_metadata.expect("facts");
    says("what a key is for", "SIGN_VERIFY ECC_NIST_P256", format!("{} {}", text(made.key_usage), text(made.key_spec)));
    let tags = kms.list_resource_tags().key_id(&signing).send().await.expect("tags").tags.unwrap_or_default();
    says(
        "the tags of a key",
        "admit-tenant=clinic",
        tags.iter().map(|tag| format!("{}={}", tag.tag_key, tag.tag_value)).collect(),
    );

    let public = kms.get_public_key().key_id(&signing).send().await.expect("a public key");
    let name = if public.key_id.as_ref() == Some(&signing) { "its ARN" } else { "its id" };
    says("GetPublicKey: how the key is named", "its ARN", name.to_owned());
    says("GetPublicKey: of what kind the key is", "ECC_NIST_P256", text(public.key_spec));
    let got = kms.get_public_key().key_id(&sealing).send().await;
    says("GetPublicKey of a symmetric key", "UnsupportedOperationException", outcome(got));
    says(
        "GetPublicKey of a key that is not there",
        "NotFoundException",
        outcome(kms.get_public_key().key_id(&missing).send().await),
    );

    for (asked, spec, algorithm, verifies) in SIGNATURES {
        let key = make(kms, spec.clone(), KeyUsageType::SignVerify).await;
        says(asked, "verifies", signed(kms, &key, algorithm.clone(), verifies).await);
    }
    let sign = |key: &str, algorithm, digest: &[u8]| {
        let request = kms.sign().key_id(key).message_type(MessageType::Digest).signing_algorithm(algorithm);
        request.message(Blob::new(digest)).send()
    };
    let p256 = SigningAlgorithmSpec::EcdsaSha256;
    says("Sign: a digest that is too short", "refused", refused_or_done(sign(&signing, p256.clone(), b"short").await));
    let got = sign(&signing, SigningAlgorithmSpec::EcdsaSha384, &[1; 48]).await;
    says("Sign: an algorithm of another curve", "InvalidKeyUsageException", outcome(got));
    says("Sign: a key that is not there", "NotFoundException", outcome(sign(&missing, p256.clone(), &[1; 32]).await));

    let pair = kms.generate_data_key_pair_without_plaintext().key_id(&sealing).encryption_context("admit-kid", "a");
    let pair = pair.key_pair_spec(DataKeyPairSpec::EccNistP256).send().await;
    says("GenerateDataKeyPairWithoutPlaintext", "done", outcome(pair));
    let sealed = kms.encrypt().key_id(&sealing).plaintext(Blob::new(*b"secret")).encryption_context("admit-kid", "a");
    let sealed = sealed.send().await.expect("it is sealed").ciphertext_blob.expect("a blob");
    let open = |key: &str, context: &str| {
        kms.decrypt().key_id(key).ciphertext_blob(sealed.clone()).encryption_context("admit-kid", context).send()
    };
    says("Decrypt: by the key and the context", "done", outcome(open(&sealing, "a").await));
    says("Decrypt: another context", "InvalidCiphertextException", outcome(open(&sealing, "b").await));
    says("Decrypt: by another key", "IncorrectKeyException", outcome(open(&other, "a").await));
    says("Decrypt: by a key that is not there", "NotFoundException", outcome(open(&missing, "a").await));

    let public = kms.get_public_key().key_id(&wrapping).send().await.expect("a public key").public_key.expect("a key");
    let wrapped = wrapped(public.as_ref());
    let unwrap = |key: &str, blob: &[u8]| {
        let request = kms.decrypt().key_id(key).ciphertext_blob(Blob::new(blob));
        request.encryption_algorithm(EncryptionAlgorithmSpec::RsaesOaepSha256).send()
    };
    says("Decrypt: what the public half of an RSA key encrypted", "done", outcome(unwrap(&wrapping, &wrapped).await));
    says(
        "Decrypt: what no public half encrypted",
        "InvalidCiphertextException",
        outcome(unwrap(&wrapping, &[7; 384]).await),
    );
    says("Decrypt: by a key that signs", "InvalidKeyUsageException", outcome(unwrap(&signing, &wrapped).await));

    let delete = |key: &str| kms.schedule_key_deletion().key_id(key).pending_window_in_days(30).send();
    says("ScheduleKeyDeletion: a key that is not there", "NotFoundException", outcome(delete(&missing).await));
    says("ScheduleKeyDeletion: a key by its ARN", "done", outcome(delete(&signing).await));
    says(
        "Sign: by a key that will be deleted",
        "KMSInvalidStateException",
        outcome(sign(&signing, p256, &[1; 32]).await),
    );
    says("ScheduleKeyDeletion: once more", "KMSInvalidStateException", outcome(delete(&signing).await));
    answers
}

const SIGNATURES: [(&str, KeySpec, SigningAlgorithmSpec, Verifies); 4] = [
    (
        "Sign: a digest, ES256",
        KeySpec::EccNistP256,
        SigningAlgorithmSpec::EcdsaSha256,
        (&digest::SHA256, &signature::ECDSA_P256_SHA256_ASN1),
    ),
    (
        "Sign: a digest, ES384",
        KeySpec::EccNistP384,
        SigningAlgorithmSpec::EcdsaSha384,
        (&digest::SHA384, &signature::ECDSA_P384_SHA384_ASN1),
    ),
    (
        "Sign: a digest, RS256",
        KeySpec::Rsa2048,
        SigningAlgorithmSpec::RsassaPkcs1V15Sha256,
        (&digest::SHA256, &signature::RSA_PKCS1_2048_8192_SHA256),
    ),
    (
        "Sign: a digest, PS256",
        KeySpec::Rsa2048,
        SigningAlgorithmSpec::RsassaPssSha256,
        (&digest::SHA256, &signature::RSA_PSS_2048_8192_SHA256),
    ),
];

/// How a message is hashed, and how its signature is verified.
type Verifies = (&'static digest::Algorithm, &'static dyn VerificationAlgorithm);

async fn make(kms: &Client, spec: KeySpec, usage: KeyUsageType) -> String {
    let tag = Tag::builder().tag_key("admit-tenant").tag_value("clinic").build().expect("a tag");
    let made = kms.create_key().key_spec(spec).key_usage(usage).tags(tag).send().await.expect("a key");
    made.key_metadata.and_then(|made| made.arn).expect("an ARN")
}

/// Admit signs digests alone: the message may be longer than KMS takes.
async fn signed(kms: &Client, key: &str, algorithm: SigningAlgorithmSpec, (hash, verifies): Verifies) -> String {
    let message = b"a message";
    let digest = digest::digest(hash, message);
    let request = kms.sign().key_id(key).message_type(MessageType::Digest).signing_algorithm(algorithm);
    let answer = request.message(Blob::new(digest.as_ref())).send().await.expect("a signature");
    let public = kms.get_public_key().key_id(key).send().await.expect("a public key").public_key.expect("a key");
    let public = UnparsedPublicKey::new(verifies, public.as_ref());
    let is_good = public.verify(message, answer.signature.expect("a signature").as_ref()).is_ok();
    if is_good { "verifies" } else { "does not verify" }.to_owned()
}

fn wrapped(public: &[u8]) -> Vec<u8> {
    let key = OaepPublicEncryptingKey::new(PublicEncryptingKey::from_der(public).expect("an RSA key")).expect("a key");
    let mut blob = vec![0; key.ciphertext_size()];
    key.encrypt(&OAEP_SHA256_MGF1SHA256, b"secret", &mut blob, None).expect("it is encrypted");
    blob
}

fn text(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "not said".to_owned(), |value| value.to_string())
}

/// The exception's name; an answer without one is a failure of the emulator itself.
fn outcome<T, E: ProvideErrorMetadata>(answer: Result<T, SdkError<E>>) -> String {
    match answer {
        Ok(_) => "done".to_owned(),
        Err(error) => error.code().unwrap_or("500").to_owned(),
    }
}

/// Where the documentation names no exception.
fn refused_or_done<T, E>(answer: Result<T, SdkError<E>>) -> String {
    if answer.is_ok() { "done" } else { "refused" }.to_owned()
}
