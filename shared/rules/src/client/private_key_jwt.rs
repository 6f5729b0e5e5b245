//! private_key_jwt: is this assertion the client's own, meant for us, fresh? (RFC 7523 §3; SMART 2.2,
//! client-confidential-asymmetric)

use super::assertion_audience::{Addressee, check_audience};
use crate::{
    jwk::KeySet,
    jws::{Audience, BadJws, UnverifiedJws},
    time::{CLOCK_SKEW, Timestamp},
};
use serde::Deserialize;

/// SMART: at most five minutes.
const LONGEST_LIFE: i64 = 300;

/// What an assertion says of itself before its signature is checked: enough to find the client, no more.
#[derive(Debug, Deserialize)]
pub struct ClaimedIdentity {
    pub iss: String,
    pub sub: String,
}

#[derive(Debug, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: f64,
    nbf: Option<f64>,
    iat: Option<f64>,
    jti: String,
}

/// An assertion that holds. Its `jti` must still be burned before anyone believes it.
#[derive(Debug)]
pub struct VerifiedAssertion {
    pub client_id: String,
    pub jti: String,
    /// After this moment the assertion is refused anyway, so its `jti` can be forgotten.
    pub refused_from: Timestamp,
}

/// Verifies with the client's keys. `jwks_uri` is what the client registered; a `jku` must be the same (ASYM-8).
pub fn verify(
    jws: &UnverifiedJws<'_>,
    client_id: &str,
    jwks_uri: Option<&str>,
    keys: &KeySet,
    addressee: &Addressee<'_>,
    now: Timestamp,
) -> Result<VerifiedAssertion, BadJws> {
    check_header(jws, jwks_uri)?;
    let kid = jws.header.kid.as_deref().ok_or_else(|| BadJws("the header has no kid".into()))?;
    let key = keys.find(kid, jws.algorithm()?).map_err(|error| BadJws(error.to_string()))?;
    let claims: Claims = jws.verify(key)?;
    check_claims(&claims, client_id, addressee, now)?;
    Ok(VerifiedAssertion {
        client_id: client_id.to_owned(),
        jti: claims.jti,
        refused_from: Timestamp(claims.exp.ceil() as i64).plus(CLOCK_SKEW),
    })
}

fn check_header(jws: &UnverifiedJws<'_>, jwks_uri: Option<&str>) -> Result<(), BadJws> {
    // Another typ is another kind of token, an id_token or an access token perhaps (RFC 8725 §3.11).
    if let Some(typ) = &jws.header.typ
        && !typ.eq_ignore_ascii_case("JWT")
        && !typ.eq_ignore_ascii_case("client-authentication+jwt")
    {
        return Err(BadJws("typ must be JWT or client-authentication+jwt".into()));
    }
    match (&jws.header.jku, jwks_uri) {
        (None, _) => Ok(()),
        (Some(jku), Some(registered)) if jku == registered => Ok(()),
        (Some(_), _) => Err(BadJws("jku is not the JWKS URL that the client registered".into())),
    }
}

fn check_claims(claims: &Claims, client_id: &str, addressee: &Addressee<'_>, now: Timestamp) -> Result<(), BadJws> {
    let bad = |why: &str| Err(BadJws(why.to_owned()));
    let now = now.0 as f64;
    let skew = CLOCK_SKEW as f64;
    if claims.iss != client_id || claims.sub != client_id {
        return bad("iss and sub must both be the client_id");
    }
    check_audience(&claims.aud, addressee)?;
    if !claims.exp.is_finite() || claims.exp + skew <= now {
        return bad("expired");
    }
    if claims.exp > now + LONGEST_LIFE as f64 + skew {
        return bad("exp is more than five minutes ahead");
    }
    if claims.nbf.is_some_and(|nbf| nbf > now + skew) {
        return bad("nbf is in the future");
    }
    if claims.iat.is_some_and(|iat| iat > now + skew) {
        return bad("iat is in the future");
    }
    if claims.jti.is_empty() || claims.jti.len() > 1024 {
        return bad("jti must have 1 to 1024 characters");
    }
    Ok(())
}
