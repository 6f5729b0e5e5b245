//! Signed JWTs taken apart and verified: one place for ours and for our clients' (RFC 7515, RFC 8725).

use crate::{json::object, jwa, jwk::PublicKey};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, crypto};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, IgnoredAny},
};

/// The header members that this server looks at. `crit` must be absent: we understand no extension (RFC 7515 §4.1.11).
#[derive(Clone, Debug, Deserialize)]
pub struct Header {
    pub alg: String,
    #[serde(default, deserialize_with = "a_name")]
    pub kid: Option<String>,
    pub typ: Option<String>,
    pub jku: Option<String>,
    /// A key that a JWS brings with it says nothing of who signed; DPoP proofs alone use it (RFC 9449 §4.2).
    pub jwk: Option<serde_json::Value>,
    /// A certificate, or the address of one: another way to bring a key.
    #[serde(default, deserialize_with = "is_there")]
    x5c: bool,
    #[serde(default, deserialize_with = "is_there")]
    x5u: bool,
    #[serde(default, deserialize_with = "is_there")]
    crit: bool,
    /// Unencoded payloads (RFC 7797) are no JWTs.
    #[serde(default, deserialize_with = "is_there")]
    b64: bool,
}

impl Header {
    /// Whether it brings a key, or says where one is that is not the registered one.
    pub fn brings_a_key(&self, jwks_uri: Option<&str>) -> bool {
        let elsewhere = self.jku.as_deref().is_some_and(|jku| Some(jku) != jwks_uri);
        self.jwk.is_some() || self.x5c || self.x5u || elsewhere
    }
}

/// A member that is `null` is there all the same.
fn is_there<'de, D: Deserializer<'de>>(value: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(value).map(|_| true)
}

/// A `kid` that is `null` is there all the same, and names no key.
fn a_name<'de, D: Deserializer<'de>>(value: D) -> Result<Option<String>, D::Error> {
    Option::deserialize(value).map(|name: Option<String>| Some(name.unwrap_or_default()))
}

/// A kind of JWT that this server issues; the `typ` keeps one from passing for another (RFC 8725 §3.11, RFC 9068 §2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    AccessToken,
    IdToken,
    /// Not for clients: how this server itself authenticates at an identity provider (RFC 7523 §2.2).
    ClientAssertion,
}

impl TokenKind {
    pub fn typ(self) -> &'static str {
        match self {
            TokenKind::AccessToken => "at+jwt",
            TokenKind::IdToken => "JWT",
            TokenKind::ClientAssertion => "client-authentication+jwt",
        }
    }
}

/// Three parts whose signature nobody has checked.
#[derive(Clone, Debug)]
pub struct UnverifiedJws<'a> {
    pub header: Header,
    claims: Vec<u8>,
    signed: &'a str,
    signature: &'a str,
}

/// Why a JWT is refused; for the log. Holds no part of the token but its algorithm name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadJws(pub String);

/// More than any token we make or accept; keeps the work on junk small.
pub const MOST_BYTES: usize = 16 * 1024;

impl<'a> UnverifiedJws<'a> {
    pub fn parse(text: &'a str) -> Result<UnverifiedJws<'a>, BadJws> {
        let jws = UnverifiedJws::parse_whatever_is_critical(text)?;
        jws.refuse_extensions()?;
        Ok(jws)
    }

    /// For a signer who is to be told of critical extensions, once they have shown who they are. `refuse_extensions` is then still to
    /// come.
    pub fn parse_whatever_is_critical(text: &'a str) -> Result<UnverifiedJws<'a>, BadJws> {
        let bad = |why: &str| BadJws(why.to_owned());
        if text.len() > MOST_BYTES {
            return Err(bad("larger than 16 kB"));
        }
        let (signed, signature) = text.rsplit_once('.').ok_or_else(|| bad("not a JWT: three parts expected"))?;
        let (header, claims) = signed.split_once('.').ok_or_else(|| bad("not a JWT: three parts expected"))?;
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| bad("not base64url"));
        let header: Header = object(&decode(header)?).ok_or_else(|| bad("the header is not the JSON of a JWS"))?;
        Ok(UnverifiedJws { header, claims: decode(claims)?, signed, signature })
    }

    pub fn refuse_extensions(&self) -> Result<(), BadJws> {
        match self.header.crit || self.header.b64 {
            true => Err(BadJws("the header has critical extensions".to_owned())),
            false => Ok(()),
        }
    }

    pub fn algorithm(&self) -> Result<Algorithm, BadJws> {
        let name = self.header.alg.as_str();
        let refused = || BadJws(format!("alg {:?} is not accepted", name.chars().take(20).collect::<String>()));
        jwa::algorithm(name).ok_or_else(refused)
    }

    /// A look at a claim before verification, to find out whose key to verify with. Trust nothing else in it.
    pub fn peek<T: DeserializeOwned>(&self) -> Result<T, BadJws> {
        object(&self.claims).ok_or_else(|| BadJws("the claims are not the JSON expected".into()))
    }

    /// Whether the signature is by this key, whatever the claims are.
    pub fn is_by(&self, key: &PublicKey) -> bool {
        self.verify::<IgnoredAny>(key).is_ok()
    }

    /// The claims, once the signature is found good.
    pub fn verify<T: DeserializeOwned>(&self, key: &PublicKey) -> Result<T, BadJws> {
        let alg = self.algorithm()?;
        let decoding = key.decoding_key().map_err(|_| BadJws("the key can't be used".into()))?;
        match crypto::verify(self.signature, self.signed.as_bytes(), &decoding, alg) {
            Ok(true) => self.peek(),
            Ok(false) | Err(_) => Err(BadJws("the signature does not verify".into())),
        }
    }
}

/// `aud` as one string or an array of strings (RFC 7519 §4.1.3).
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Audience {
    /// The only audience, if there is exactly one.
    pub fn sole(&self) -> Option<&str> {
        match self {
            Audience::One(aud) => Some(aud),
            Audience::Many(auds) => match auds.as_slice() {
                [aud] => Some(aud),
                _ => None,
            },
        }
    }
}
