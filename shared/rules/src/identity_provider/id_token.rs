//! Is this id_token the provider's, for us, fresh, and the answer to our question? (OpenID Connect Core §3.1.3.7)

use super::{IdentityProvider, freshness::Freshness, metadata::ProviderMetadata};
use crate::{
    jwk::KeySet,
    jws::{Audience, BadJws, UnverifiedJws},
    secret::{Secret, same},
    time::{CLOCK_SKEW, Timestamp},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::Algorithm;
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256, Sha384, Sha512};

/// What the answer must fit.
pub struct Question<'a> {
    pub provider: &'a IdentityProvider,
    pub metadata: &'a ProviderMetadata,
    /// `iss` of the callback, if it had one.
    pub iss: Option<&'a str>,
    pub nonce: &'a Secret,
    pub access_token: Option<&'a Secret>,
    pub asked_at: Timestamp,
    /// What was asked with it.
    pub freshness: Freshness,
    pub now: Timestamp,
}

/// Somebody whom the provider knows.
#[derive(Clone, Debug)]
pub struct Identity {
    pub iss: String,
    pub sub: String,
    pub auth_time: Option<Timestamp>,
    /// Of the id_token alone: what it says of this sign-in, userinfo can't know.
    pub acr: Option<String>,
    /// Everything it says of them.
    pub claims: Value,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    azp: Option<String>,
    exp: f64,
    iat: f64,
    nbf: Option<f64>,
    nonce: Option<String>,
    auth_time: Option<f64>,
    at_hash: Option<String>,
}

/// Which key to look for: the one of this name, or the only one for this algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SigningKey<'a> {
    Named(&'a str),
    /// OpenID Connect Core §10.1: a `kid` must be there only "if there are multiple keys in the referenced JWK Set".
    Only(Algorithm),
}

/// The key that the header means. `none` and the HMACs have no name here (RFC 8725 §3.1).
pub fn signing_key<'a>(jws: &'a UnverifiedJws<'_>, metadata: &ProviderMetadata) -> Result<SigningKey<'a>, BadJws> {
    let alg = jws.algorithm()?;
    let announced = &metadata.id_token_signing_alg_values_supported;
    if !announced.is_empty() && !announced.contains(&jws.header.alg) {
        return Err(BadJws("the provider does not sign with this alg, it says".into()));
    }
    // Another typ is another kind of token, an access token or a logout token (RFC 8725 §3.11).
    if jws.header.typ.as_ref().is_some_and(|typ| !typ.eq_ignore_ascii_case("JWT")) {
        return Err(BadJws("typ is not JWT".into()));
    }
    Ok(jws.header.kid.as_deref().map_or(SigningKey::Only(alg), SigningKey::Named))
}

/// The claims, once everything fits.
pub fn verify(jws: &UnverifiedJws<'_>, keys: &KeySet, question: &Question<'_>) -> Result<Identity, BadJws> {
    let alg = jws.algorithm()?;
    let key = match signing_key(jws, question.metadata)? {
        SigningKey::Named(kid) => keys.find(kid, alg),
        SigningKey::Only(alg) => keys.find_only(alg),
    };
    let key = key.map_err(|error| BadJws(error.to_string()))?;
    let all: Value = jws.verify(key)?;
    let claims: Claims = jws.peek().map_err(|_| BadJws("a claim is missing or of another type".into()))?;
    check_parties(&claims, question)?;
    check_times(&claims, question)?;
    if !claims.nonce.as_deref().is_some_and(|nonce| same(nonce, question.nonce.expose())) {
        return Err(BadJws("the nonce is not the one that was sent".into()));
    }
    if let Some(at_hash) = &claims.at_hash {
        check_at_hash(at_hash, question.access_token, alg)?;
    }
    let auth_time = claims.auth_time.map(|at| Timestamp(at as i64));
    let acr = all["acr"].as_str().map(str::to_owned);
    Ok(Identity { iss: claims.iss, sub: claims.sub, auth_time, acr, claims: all })
}

fn check_parties(claims: &Claims, question: &Question<'_>) -> Result<(), BadJws> {
    let bad = |why: &str| Err(BadJws(why.to_owned()));
    let client_id = question.provider.client_id.as_str();
    if !question.provider.accepts_issuer(&claims.iss) {
        return bad("iss is not an accepted issuer");
    }
    // One provider may speak for many; the answer and the token must be of the same.
    if question.iss.is_some_and(|iss| iss != claims.iss && iss != question.metadata.issuer) {
        return bad("iss is not that of the answer");
    }
    let (addressed, several) = match &claims.aud {
        Audience::One(aud) => (aud == client_id, false),
        Audience::Many(auds) => (auds.iter().any(|aud| aud == client_id), auds.len() > 1),
    };
    if !addressed {
        return bad("aud is not this server");
    }
    match &claims.azp {
        Some(azp) if azp != client_id => return bad("azp is not this server"),
        None if several => return bad("several audiences and no azp"),
        _ => {}
    }
    if claims.sub.is_empty() || claims.sub.len() > 255 {
        return bad("sub must have 1 to 255 characters");
    }
    Ok(())
}

fn check_times(claims: &Claims, question: &Question<'_>) -> Result<(), BadJws> {
    let bad = |why: &str| Err(BadJws(why.to_owned()));
    let (now, skew) = (question.now.0 as f64, CLOCK_SKEW as f64);
    if !claims.exp.is_finite() || claims.exp + skew <= now {
        return bad("expired");
    }
    if claims.nbf.is_some_and(|nbf| nbf > now + skew) {
        return bad("nbf is in the future");
    }
    if claims.iat > now + skew {
        return bad("iat is in the future");
    }
    // It answers a question, so it is younger than that.
    if claims.iat + skew < question.asked_at.0 as f64 {
        return bad("issued before it was asked for");
    }
    if claims.auth_time.is_some_and(|at| at > now + skew) {
        return bad("auth_time is in the future");
    }
    question.freshness.judge(claims.auth_time, question.asked_at, question.now).or_else(bad)
}

/// The left half of the access token's hash, by the hash of `alg` (OpenID Connect Core §3.1.3.6).
fn check_at_hash(at_hash: &str, access_token: Option<&Secret>, alg: Algorithm) -> Result<(), BadJws> {
    use Algorithm::{ES256, ES384, PS256, PS384, RS256, RS384};
    let Some(token) = access_token.map(|token| token.expose().as_bytes()) else {
        return Err(BadJws("at_hash of an access token that did not come".into()));
    };
    let hash: Vec<u8> = match alg {
        RS256 | PS256 | ES256 => Sha256::digest(token).to_vec(),
        RS384 | PS384 | ES384 => Sha384::digest(token).to_vec(),
        _ => Sha512::digest(token).to_vec(),
    };
    let half = hash.get(..hash.len() / 2).unwrap_or_default();
    if same(at_hash, &URL_SAFE_NO_PAD.encode(half)) {
        Ok(())
    } else {
        Err(BadJws("at_hash is not that of the access token".into()))
    }
}

#[cfg(test)]
pub mod tests;
