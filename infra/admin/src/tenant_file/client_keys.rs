//! `jwks` and `jwks_uri`: the public keys of a client or an EHR. A key that could never be used is a mistake here, not a surprise later.

use super::fields::{Fields, Shape, kind};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rules::{
    jwk::{KeySet, RegisteredKeys},
    tenant::Policy,
};
use serde::Deserialize;
use serde_json::Value;
use toml::{
    Spanned,
    de::{DeValue, ValueDeserializer},
};

const JWKS: Shape<'_> = Shape { name: "jwks", keys: &["keys"] };
/// Members of a private or symmetric key (RFC 7518 §6.2.2, §6.3.2, §6.4.1).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// Of somebody who signs: in the file, or behind an address. `none` says what is missing where there are none.
pub fn registered_keys(fields: &Fields<'_>, policy: &Policy, none: impl FnOnce()) -> Option<RegisteredKeys> {
    match (fields.has("jwks"), fields.has("jwks_uri")) {
        (true, false) => jwks(fields).map(RegisteredKeys::Jwks),
        (false, true) => {
            let url = fields.text("jwks_uri")?;
            let allow = "`loopback_key_sets = true` in [policy]";
            fields.reading.secure_url(url, policy.loopback_key_sets, allow).map(RegisteredKeys::JwksUri)
        }
        (true, true) => {
            fields.reading.mistake(fields.place("jwks_uri"), "both `jwks` and `jwks_uri`", "one of them");
            None
        }
        (false, false) => {
            none();
            None
        }
    }
}

fn jwks(fields: &Fields<'_>) -> Option<KeySet> {
    let reading = fields.reading;
    let (at, table) = fields.table("jwks")?;
    let set = Fields::new(reading, at, table, &JWKS);
    let keys = set.get("keys").and_then(|keys| keys.get_ref().as_array()).filter(|keys| !keys.is_empty());
    let Some(keys) = keys else {
        reading.mistake(set.place("keys"), "a key set without keys", "jwks = { keys = [ { kty = …, kid = … } ] }");
        return None;
    };
    let mut names = Vec::new();
    let mut good = Vec::new();
    for key in keys.iter() {
        let at = key.span().start;
        match check_key(key) {
            Ok(json) => {
                let name = (json["kid"].clone(), json["kty"].clone());
                if names.contains(&name) {
                    reading.mistake(at, "a kid a second time", "each key with a kid of its own");
                }
                names.push(name);
                good.push(json);
            }
            Err((found, expected)) => reading.mistake(at, found, expected),
        }
    }
    KeySet::parse(serde_json::json!({ "keys": good }).to_string().as_bytes())
        .map_err(|unusable| reading.mistake(at, unusable.to_string(), "public keys"))
        .ok()
}

type FoundAndExpected = (String, &'static str);

/// The key as JSON, if the server would take it; else why not.
fn check_key(node: &Spanned<DeValue<'_>>) -> Result<Value, FoundAndExpected> {
    let not_a_key = || (kind(node.get_ref()).to_owned(), "a JWK: { kty = …, kid = …, … }");
    let key = Value::deserialize(ValueDeserializer::from(node.clone())).map_err(|_| not_a_key())?;
    if !key.is_object() {
        return Err(not_a_key());
    }
    if let Some(member) = PRIVATE.iter().find(|member| key.get(**member).is_some()) {
        let expected = "the public half alone; this key has leaked now, so make a new one";
        return Err((format!("the private member `{member}` of a key"), expected));
    }
    let text = |member: &str| key[member].as_str().unwrap_or_default();
    if text("kid").is_empty() {
        return Err(("a key without `kid`".to_owned(), "a kid, since client assertions name their key by it"));
    }
    if !matches!(text("use"), "" | "sig") {
        return Err((format!("a key for use `{}`", text("use")), "use = \"sig\", or none"));
    }
    let algorithms = match text("kty") {
        "RSA" => rsa(text("n"), text("e"))?,
        "EC" => elliptic_curve(text("crv"), text("x"), text("y"))?,
        "OKP" => edwards_curve(text("crv"), text("x"))?,
        other => return Err((format!("a key of kty `{other}`"), "kty = \"RSA\", \"EC\" or \"OKP\"")),
    };
    if !key["alg"].is_null() && !algorithms.contains(&text("alg")) {
        let expected = "an alg that fits the key: RS256, RS384, RS512 (or PS…), ES256 for P-256, ES384 for P-384, EdDSA for Ed25519";
        return Err((format!("a key for alg `{}`", text("alg")), expected));
    }
    match KeySet::parse(serde_json::json!({ "keys": [key] }).to_string().as_bytes()) {
        Ok(set) if set.keys.iter().any(|key| key.decoding_key().is_ok()) => Ok(key),
        _ => Err(("a key that can't be read".to_owned(), "a JWK as RFC 7517 and RFC 7518 §6 describe it")),
    }
}

type Algorithms = &'static [&'static str];

fn rsa(n: &str, e: &str) -> Result<Algorithms, FoundAndExpected> {
    let expected = "2048 to 4096 bits: n and e in base64url without padding, n without leading zeros";
    let bytes = URL_SAFE_NO_PAD.decode(n).ok().filter(|n| !n.is_empty() && n.first() != Some(&0));
    let exponent = URL_SAFE_NO_PAD.decode(e).ok().filter(|e| (1..=8).contains(&e.len()));
    let (Some(bytes), Some(_)) = (bytes, exponent) else {
        return Err(("an RSA key with an unreadable `n` or `e`".to_owned(), expected));
    };
    let leading_zeros = bytes.first().map_or(0, |first| first.leading_zeros() as usize);
    let bits = bytes.len() * 8 - leading_zeros;
    match bits {
        2048..=4096 => Ok(&["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]),
        _ => Err((format!("an RSA key of {bits} bits"), expected)),
    }
}

fn elliptic_curve(crv: &str, x: &str, y: &str) -> Result<Algorithms, FoundAndExpected> {
    let (length, algorithms): (usize, Algorithms) = match crv {
        "P-256" => (32, &["ES256"]),
        "P-384" => (48, &["ES384"]),
        _ => return Err((format!("an EC key on the curve `{crv}`"), "crv = \"P-256\" or \"P-384\"")),
    };
    let right = |coordinate: &str| URL_SAFE_NO_PAD.decode(coordinate).is_ok_and(|bytes| bytes.len() == length);
    match right(x) && right(y) {
        true => Ok(algorithms),
        false => {
            let expected = "x and y in base64url without padding, each as long as the curve's order";
            Err((format!("an EC key on {crv} with an `x` or `y` of another length"), expected))
        }
    }
}

/// RFC 8037 §2.
fn edwards_curve(crv: &str, x: &str) -> Result<Algorithms, FoundAndExpected> {
    if crv != "Ed25519" {
        return Err((format!("an OKP key on the curve `{crv}`"), "crv = \"Ed25519\""));
    }
    match URL_SAFE_NO_PAD.decode(x).is_ok_and(|bytes| bytes.len() == 32) {
        true => Ok(&["EdDSA", "Ed25519"]),
        false => {
            Err(("an OKP key with an `x` of another length".to_owned(), "x in base64url without padding, 32 bytes"))
        }
    }
}
