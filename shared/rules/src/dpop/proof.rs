//! A DPoP proof: a JWT that the sender of a request has signed for this one request (RFC 9449 §4).

use super::{nonce::Nonces, target, thumbprint::Thumbprint};
use crate::{
    jwa::{algorithm, is_listed},
    jwk::PublicKey,
    jws::{BadJws, UnverifiedJws},
    secret::{SecretHash, same},
    time::Timestamp,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::Algorithm;
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// In bytes. With an RSA key of 4096 bits, a proof has about half as many.
const MOST_BYTES: usize = 4 * 1024;
/// More than any library makes of a random value.
const LONGEST_JTI: usize = 128;
/// Seconds that a proof may be old.
const LONGEST_LIFE: i64 = 60;
/// The same where a nonce of this server says when it was made (RFC 9449 §11.1).
const LONGEST_LIFE_WITH_NONCE: i64 = 300;
/// Seconds that the sender's clock may be ahead.
const MOST_AHEAD: i64 = 30;

/// The request that a proof must be for.
pub struct Asked<'a> {
    pub method: &'a str,
    /// The public URL, from configuration and never from the request's headers.
    pub url: &'a str,
    /// The token that the request brings, at a resource (RFC 9449 §7).
    pub access_token: Option<&'a str>,
    /// Where this server asks for nonces.
    pub nonces: Option<Nonces<'a>>,
    /// Of the tenant: what proofs may be signed with (RFC 9449 §5.1).
    pub algorithms: &'a [&'a str],
    pub now: Timestamp,
}

/// A proof that holds. It must still be noted as used before anyone relies on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DpopProof {
    pub key: Thumbprint,
    pub alg: Algorithm,
    pub jti: SecretHash,
    /// From this moment the proof is refused anyway, so its `jti` can be forgotten.
    pub refused_from: Timestamp,
}

/// The sender's own proof is wrong, and its sender may know why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofRefused {
    #[error("{0}")]
    Bad(String),
    /// The client is to come again with the nonce that it is told (RFC 9449 §8, §9).
    #[error("the proof must hold the nonce of the header DPoP-Nonce")]
    NeedsNonce,
}

#[derive(Deserialize)]
struct Claims {
    jti: String,
    htm: String,
    htu: String,
    iat: f64,
    nonce: Option<String>,
    ath: Option<String>,
}

/// Judges the values of the header `DPoP`, as many as came. None where none came.
pub fn verify(headers: &[&str], asked: &Asked<'_>) -> Result<Option<DpopProof>, ProofRefused> {
    match only(headers)? {
        Some(text) => verify_one(text, asked).map(Some),
        None => Ok(None),
    }
}

/// A gateway may join two headers with a comma, which no JWT holds.
fn only<'h>(headers: &[&'h str]) -> Result<Option<&'h str>, ProofRefused> {
    match headers {
        [] => Ok(None),
        [one] if !one.contains(',') => Ok(Some(one.trim())),
        _ => Err(bad("the header DPoP came twice")),
    }
}

fn verify_one(text: &str, asked: &Asked<'_>) -> Result<DpopProof, ProofRefused> {
    if text.len() > MOST_BYTES {
        return Err(bad("the proof is larger than 4 kB"));
    }
    let jws = UnverifiedJws::parse(text).map_err(refused)?;
    if jws.header.typ.as_deref() != Some("dpop+jwt") {
        return Err(bad("typ must be dpop+jwt"));
    }
    let alg = algorithm(&jws.header.alg).filter(|alg| is_listed(*alg, asked.algorithms));
    let alg = alg.ok_or_else(|| ProofRefused::Bad(format!("alg must be one of: {}", asked.algorithms.join(", "))))?;
    let key = jws.header.jwk.as_ref().ok_or_else(|| bad("the header has no jwk"))?;
    let key = PublicKey::embedded(key, alg).map_err(|why| ProofRefused::Bad(format!("its jwk: {why}")))?;
    let claims: Claims = jws.verify(&key).map_err(refused)?;
    check_request(&claims, asked)?;
    check_token(&claims, asked)?;
    check_jti(&claims)?;
    let refused_from = check_time(&claims, asked)?;
    let key = Thumbprint::parse(&key.numbers.thumbprint()).ok_or_else(|| bad("its jwk has no thumbprint"))?;
    Ok(DpopProof { key, alg, jti: SecretHash::of(&claims.jti), refused_from })
}

fn check_request(claims: &Claims, asked: &Asked<'_>) -> Result<(), ProofRefused> {
    if claims.htm != asked.method {
        return Err(ProofRefused::Bad(format!("htm must be {}", asked.method)));
    }
    if !target::is_same(&claims.htu, asked.url) {
        return Err(ProofRefused::Bad(format!("htu must be {}", asked.url)));
    }
    Ok(())
}

fn check_token(claims: &Claims, asked: &Asked<'_>) -> Result<(), ProofRefused> {
    let Some(token) = asked.access_token else { return Ok(()) };
    let expected = URL_SAFE_NO_PAD.encode(Sha256::digest(token.as_bytes()));
    match &claims.ath {
        Some(ath) if same(ath, &expected) => Ok(()),
        Some(_) => Err(bad("ath is the hash of another access token")),
        None => Err(bad("ath is missing: the hash of the access token")),
    }
}

fn check_jti(claims: &Claims) -> Result<(), ProofRefused> {
    if claims.jti.is_empty() || claims.jti.len() > LONGEST_JTI {
        return Err(ProofRefused::Bad(format!("jti must have 1 to {LONGEST_JTI} characters")));
    }
    Ok(())
}

/// The end of the time in which the proof is good.
fn check_time(claims: &Claims, asked: &Asked<'_>) -> Result<Timestamp, ProofRefused> {
    let life = match (&asked.nonces, &claims.nonce) {
        (None, _) => LONGEST_LIFE,
        (Some(nonces), Some(nonce)) if nonces.know(nonce) => LONGEST_LIFE_WITH_NONCE,
        (Some(_), _) => return Err(ProofRefused::NeedsNonce),
    };
    let ahead = claims.iat - asked.now.0 as f64;
    if !ahead.is_finite() || ahead < -(life as f64) {
        return Err(ProofRefused::Bad(format!("iat is more than {life} seconds ago")));
    }
    if ahead > MOST_AHEAD as f64 {
        return Err(ProofRefused::Bad(format!("iat is more than {MOST_AHEAD} seconds ahead")));
    }
    Ok(Timestamp(claims.iat.floor() as i64).plus(life + 2))
}

fn bad(why: &str) -> ProofRefused {
    ProofRefused::Bad(why.to_owned())
}

fn refused(error: BadJws) -> ProofRefused {
    ProofRefused::Bad(error.0)
}
