//! Public keys as JWKs (RFC 7517): what a client registers, what this server publishes.

use crate::{json, jwa};
use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::DecodingKey;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "UncheckedKeySet", into = "WrittenKeySet")]
pub struct KeySet {
    /// Each with a `kid`.
    pub keys: Vec<PublicKey>,
    /// Those without, of which a signature can mean only a single one. Clients' assertions name their key always, so these
    /// are none of theirs.
    unnamed: Vec<PublicKey>,
    /// Those that can't be used. They are no part of the set, and tell why a signature by one of them is not verified.
    pub passed_over: Vec<PassedOverKey>,
}

/// Sets of the same keys are the same, whatever else came with them.
impl PartialEq for KeySet {
    fn eq(&self, other: &KeySet) -> bool {
        self.keys == other.keys && self.unnamed == other.unnamed
    }
}

impl Eq for KeySet {}

/// The keys of somebody who signs: the set itself, or the https address that it lies at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegisteredKeys {
    Jwks(KeySet),
    JwksUri(String),
}

impl RegisteredKeys {
    /// Where they lie, if they lie somewhere.
    pub fn uri(&self) -> Option<&str> {
        match self {
            RegisteredKeys::Jwks(_) => None,
            RegisteredKeys::JwksUri(url) => Some(url),
        }
    }
}

/// A key that was in a set and can't be used.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PassedOverKey {
    pub kid: String,
    pub why: String,
}

/// One verification key: RSA and NIST curves, which SMART clients use, and Ed25519, which FAPI lets them use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicKey {
    #[serde(flatten)]
    pub numbers: KeyNumbers,
    /// Empty where it has none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub kid: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alg: Option<String>,
    #[serde(rename = "use", skip_serializing_if = "Option::is_none")]
    pub usage: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_ops: Option<Vec<String>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kty")]
pub enum KeyNumbers {
    #[serde(rename = "RSA")]
    Rsa { n: String, e: String },
    #[serde(rename = "EC")]
    Ec { crv: String, x: String, y: String },
    /// Ed25519 (RFC 8037 §2).
    #[serde(rename = "OKP")]
    Okp { crv: String, x: String },
}

/// Why a set or a key in it can't be used; read by operators and developers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UnusableKeys(pub String);

#[derive(Deserialize)]
struct UncheckedKeySet {
    keys: Vec<serde_json::Value>,
}

#[derive(Serialize)]
struct WrittenKeySet {
    keys: Vec<PublicKey>,
}

impl From<KeySet> for WrittenKeySet {
    fn from(set: KeySet) -> WrittenKeySet {
        WrittenKeySet { keys: set.keys.into_iter().chain(set.unnamed).collect() }
    }
}

/// More keys than anyone rotates through; a set beyond it is an attack on our time.
const MOST_KEYS: usize = 100;

impl TryFrom<UncheckedKeySet> for KeySet {
    type Error = UnusableKeys;

    /// A private key anywhere spoils the whole set: it has leaked. Keys of other kinds, for encryption, or too weak are
    /// passed over (RFC 7517 §5), so that one bad neighbour does not lock a client out.
    fn try_from(unchecked: UncheckedKeySet) -> Result<KeySet, UnusableKeys> {
        if unchecked.keys.len() > MOST_KEYS {
            return Err(UnusableKeys(format!("more than {MOST_KEYS} keys")));
        }
        if unchecked.keys.iter().any(is_secret) {
            return Err(UnusableKeys("the key set holds a private or symmetric key".into()));
        }
        let mut set = KeySet::of(Vec::new());
        for key in unchecked.keys {
            let kid = key.get("kid").map(|kid| kid.as_str().unwrap_or_default().to_owned());
            let read = PublicKey::read(key);
            match (read, kid) {
                (Ok(key), Some(kid)) => match key.weakness() {
                    None => set.keys.push(key),
                    Some(why) => set.pass_over(kid, why),
                },
                (Ok(key), None) if key.flaw().is_none() => set.unnamed.push(key),
                (Err(why), Some(kid)) => set.pass_over(kid, why),
                (_, None) => {}
            }
        }
        Ok(set)
    }
}

impl KeySet {
    /// Of keys that have names.
    pub fn of(keys: Vec<PublicKey>) -> KeySet {
        KeySet { keys, unnamed: Vec::new(), passed_over: Vec::new() }
    }

    /// A longer name is none that an assertion could have.
    fn pass_over(&mut self, kid: String, why: &str) {
        if (1..=LONGEST_KID).contains(&kid.len()) {
            self.passed_over.push(PassedOverKey { kid, why: why.to_owned() });
        }
    }

    pub fn parse(json: &[u8]) -> Result<KeySet, UnusableKeys> {
        // The parser alone would take an array for a struct too.
        if !json::is_object(json) {
            return Err(UnusableKeys("not a JWK set: it is no JSON object".into()));
        }
        serde_json::from_slice(json).map_err(|error| UnusableKeys(format!("not a JWK set: {error}")))
    }

    /// The one key for this `kid` and `alg`; none or several is a failure (ASYM-8).
    pub fn find(&self, kid: &str, alg: jsonwebtoken::Algorithm) -> Result<&PublicKey, UnusableKeys> {
        let mut matching = self.keys.iter().filter(|key| key.kid == kid && key.fits(alg));
        match (matching.next(), matching.next()) {
            (Some(key), None) => Ok(key),
            (None, _) => Err(match self.passed_over.iter().find(|key| key.kid == kid) {
                Some(key) => UnusableKeys(format!("the key with this kid can't be used: {}", key.why)),
                None => UnusableKeys("no usable key with this kid and a fitting kty".into()),
            }),
            (Some(_), Some(_)) => Err(UnusableKeys("several keys with this kid".into())),
        }
    }

    /// The one key for this `kid` that could verify `alg`, whatever `alg` it says it is for.
    pub fn find_of_type(&self, kid: &str, alg: jsonwebtoken::Algorithm) -> Option<&PublicKey> {
        let mut matching = self.keys.iter().filter(|key| key.kid == kid && key.is_of_type(alg));
        matching.next().filter(|_| matching.next().is_none())
    }

    /// The one key that `alg` can mean, with a name or without; none or several is a failure.
    pub fn find_only(&self, alg: jsonwebtoken::Algorithm) -> Result<&PublicKey, UnusableKeys> {
        let mut fitting = self.keys.iter().chain(&self.unnamed).filter(|key| key.fits(alg));
        match (fitting.next(), fitting.next()) {
            (Some(key), None) => Ok(key),
            (None, _) => Err(UnusableKeys("no usable key for this alg, and no kid".into())),
            (Some(_), Some(_)) => Err(UnusableKeys("several keys for this alg, and no kid".into())),
        }
    }
}

/// Whether a JWK holds what only its owner may know (RFC 7518 §6).
fn is_secret(key: &serde_json::Value) -> bool {
    const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];
    PRIVATE.iter().any(|member| key.get(member).is_some())
}

/// In bytes.
const LONGEST_KID: usize = 1024;

impl PublicKey {
    fn read(key: serde_json::Value) -> Result<PublicKey, &'static str> {
        if !matches!(key.get("kty").and_then(serde_json::Value::as_str), Some("RSA" | "EC" | "OKP")) {
            return Err("its kty is neither RSA, EC nor OKP");
        }
        PublicKey::parse(key)
    }

    fn parse(key: serde_json::Value) -> Result<PublicKey, &'static str> {
        serde_json::from_value(key)
            .map_err(|_| "a member is missing, or of another type than RFC 7517 and RFC 7518 §6 say")
    }

    /// The key that a JWS brings with it, if it is public, strong, and for this algorithm (RFC 9449 §4.3).
    pub fn embedded(key: &serde_json::Value, alg: jsonwebtoken::Algorithm) -> Result<PublicKey, &'static str> {
        if is_secret(key) {
            return Err("it holds a private or symmetric key");
        }
        let key = PublicKey::parse(key.clone())?;
        match key.flaw() {
            Some(why) => Err(why),
            None if !key.fits(alg) => Err("it is not for this alg"),
            None => Ok(key),
        }
    }

    /// What makes this key unfit to trust, if anything (ASYM-12).
    pub fn weakness(&self) -> Option<&'static str> {
        if self.kid.is_empty() { Some("no kid") } else { self.flaw() }
    }

    /// The same of a key that needs no name.
    fn flaw(&self) -> Option<&'static str> {
        if self.usage.as_deref().is_some_and(|usage| usage != "sig") {
            return Some("not for signatures");
        }
        // The same in other words (RFC 7517 §4.3).
        if self.key_ops.as_ref().is_some_and(|operations| operations.iter().all(|operation| operation != "verify")) {
            return Some("not for verifying signatures");
        }
        match &self.numbers {
            KeyNumbers::Rsa { n, e } => match (URL_SAFE_NO_PAD.decode(n), URL_SAFE_NO_PAD.decode(e)) {
                (Ok(n), Ok(e)) if n.first() != Some(&0) && (256..=512).contains(&n.len()) && e.len() <= 8 => None,
                _ => Some("RSA keys must have 2048 to 4096 bits"),
            },
            KeyNumbers::Ec { crv, x, y } => {
                let bytes = match crv.as_str() {
                    "P-256" => 32,
                    "P-384" => 48,
                    _ => return Some("unsupported curve"),
                };
                let right = |c: &str| URL_SAFE_NO_PAD.decode(c).is_ok_and(|c| c.len() == bytes);
                if right(x) && right(y) { None } else { Some("coordinates of the wrong length") }
            }
            KeyNumbers::Okp { crv, x } => match URL_SAFE_NO_PAD.decode(x) {
                _ if crv != "Ed25519" => Some("unsupported curve"),
                Ok(x) if x.len() == 32 => None,
                _ => Some("a coordinate of the wrong length"),
            },
        }
    }

    /// A key is for the algorithms of its type, and for one alone if it says so (RFC 8725 §3.1).
    pub fn fits(&self, alg: jsonwebtoken::Algorithm) -> bool {
        self.is_of_type(alg) && self.alg.as_deref().is_none_or(|own| jwa::algorithm(own) == Some(alg))
    }

    fn is_of_type(&self, alg: jsonwebtoken::Algorithm) -> bool {
        use jsonwebtoken::Algorithm::*;
        match (&self.numbers, alg) {
            (KeyNumbers::Rsa { .. }, RS256 | RS384 | RS512 | PS256 | PS384 | PS512) => true,
            (KeyNumbers::Ec { crv, .. }, ES256) => crv == "P-256",
            (KeyNumbers::Ec { crv, .. }, ES384) => crv == "P-384",
            (KeyNumbers::Okp { crv, .. }, EdDSA) => crv == "Ed25519",
            _ => false,
        }
    }

    pub fn decoding_key(&self) -> Result<DecodingKey, jsonwebtoken::errors::Error> {
        match &self.numbers {
            KeyNumbers::Rsa { n, e } => DecodingKey::from_rsa_components(n, e),
            KeyNumbers::Ec { x, y, .. } => DecodingKey::from_ec_components(x, y),
            KeyNumbers::Okp { x, .. } => DecodingKey::from_ed_components(x),
        }
    }
}

impl KeyNumbers {
    /// RFC 7638: the same key has the same name everywhere.
    pub fn thumbprint(&self) -> String {
        let canonical = match self {
            KeyNumbers::Rsa { n, e } => format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#),
            KeyNumbers::Ec { crv, x, y } => format!(r#"{{"crv":"{crv}","kty":"EC","x":"{x}","y":"{y}"}}"#),
            KeyNumbers::Okp { crv, x } => format!(r#"{{"crv":"{crv}","kty":"OKP","x":"{x}"}}"#),
        };
        URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, canonical.as_bytes()))
    }
}
