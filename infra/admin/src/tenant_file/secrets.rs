//! Secrets in a tenant file: in the clear for a laptop, as hashes for a deployment; several while one is replaced.

use super::{
    fields::Fields,
    reading::{Reading, Text},
};
use argon2::password_hash::phc::PasswordHash;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rules::secret::ChosenSecretHash;

/// The three spellings of one thing: `client_secret`, `client_secrets`, `client_secret_hashes`.
pub struct SecretKeys {
    pub one: &'static str,
    pub several: &'static str,
    pub hashes: &'static str,
}

impl SecretKeys {
    pub fn all(&self) -> [&'static str; 3] {
        [self.one, self.several, self.hashes]
    }
}

/// All live secrets. Empty if there are none or one is wrong.
pub fn secrets(fields: &Fields<'_>, names: &SecretKeys) -> Vec<ChosenSecretHash> {
    let reading = fields.reading;
    let plain = fields.text(names.one).into_iter().chain(fields.texts(names.several));
    let plain = plain.filter_map(|secret| match secret.value {
        "" => {
            reading.mistake(secret.at, "an empty secret", "at least one character; 32 random ones are good");
            None
        }
        _ => reading.hash_client_secret(secret),
    });
    plain.chain(fields.texts(names.hashes).into_iter().filter_map(|hash| client_secret_hash(reading, hash))).collect()
}

/// Argon2id for what a person chose, SHA-256 for 32 random characters and more, as the server does it itself.
fn client_secret_hash(reading: &Reading<'_>, hash: Text<'_>) -> Option<ChosenSecretHash> {
    let sha256 = |text: &str| {
        let right_length = URL_SAFE_NO_PAD.decode(text).is_ok_and(|bytes| bytes.len() == 32);
        right_length.then(|| serde_json::from_value(text.into()).ok()).flatten().map(ChosenSecretHash::Sha256)
    };
    let parsed = match hash.value.strip_prefix("sha256:") {
        Some(text) => sha256(text),
        None => argon2id(hash.value),
    };
    if parsed.is_none() {
        let expected = "`$argon2id$v=19$…` (PHC string) or `sha256:` and base64url of the digest without padding";
        reading.mistake(hash.at, "a hash of another form", expected);
    }
    parsed
}

pub fn password_hash(reading: &Reading<'_>, hash: Text<'_>) -> Option<ChosenSecretHash> {
    let parsed = argon2id(hash.value);
    if parsed.is_none() {
        reading.mistake(hash.at, "a hash of another form", "Argon2id as a PHC string: `$argon2id$v=19$…`");
    }
    parsed
}

fn argon2id(text: &str) -> Option<ChosenSecretHash> {
    let hash = PasswordHash::new(text).ok()?;
    let whole = hash.algorithm.as_str() == "argon2id" && hash.salt.is_some() && hash.hash.is_some();
    whole.then(|| ChosenSecretHash::Argon2id(text.to_owned()))
}
