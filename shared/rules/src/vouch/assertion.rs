//! The `user_assertion` beside a launch: is it this EHR's, for this server and this app, and fresh? (VOUCH-2 to VOUCH-4)

use crate::{
    jwk::KeySet,
    jws::{BadJws, UnverifiedJws},
    time::Timestamp,
};
use serde::{Deserialize, de::IgnoredAny};

/// It is no other kind of JWT, and no other kind is one (RFC 8725 §3.11).
pub const TYP: &str = "ehr-user+jwt";

const LONGEST_LIFE: f64 = 60.0;
/// The whole thing lives a minute, so the clocks may not disagree by as much as one.
const SKEW: i64 = 10;
const LONGEST_TEXT: usize = 255;
const LONGEST_JTI: usize = 1024;
/// Hardly anybody signs in by more.
const MOST_METHODS: usize = 20;

/// The values of RFC 8176 §2, as IANA lists them. What else an EHR says of a sign-in, no app could read.
const METHODS: [&str; 20] = [
    "face", "fpt", "geo", "hwk", "iris", "kba", "mca", "mfa", "otp", "pin", "pop", "pwd", "rba", "retina", "sc", "sms",
    "swk", "tel", "user", "vbm",
];

#[derive(Debug, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    /// One text: an assertion for several servers could be used at the other one (RFC 7519 §4.1.3 allows both).
    aud: String,
    client_id: Option<String>,
    iat: f64,
    exp: f64,
    nbf: Option<f64>,
    jti: String,
    auth_time: f64,
    amr: Option<Vec<String>>,
    acr: Option<String>,
    sid: Option<String>,
}

/// Whose word it must be, and for whom.
pub struct Expected<'a> {
    /// The EHR that has shown its secret.
    pub ehr: &'a str,
    pub issuer: &'a str,
    pub jwks_uri: Option<&'a str>,
}

/// An assertion that holds. Its `jti` must still be burned before anybody believes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserAssertion {
    /// The user, by name or by `fhirUser`.
    pub user: String,
    pub client_id: Option<String>,
    pub auth_time: Timestamp,
    pub amr: Vec<String>,
    pub acr: Option<String>,
    pub jti: String,
    /// From then on it is refused anyway, so its `jti` can be forgotten.
    pub refused_from: Timestamp,
}

/// The signature first: what nobody has signed says nothing.
pub fn verify(
    jws: &UnverifiedJws<'_>,
    expected: &Expected<'_>,
    keys: &KeySet,
    now: Timestamp,
) -> Result<UserAssertion, BadJws> {
    let (kid, alg) = (kid(jws)?, jws.algorithm()?);
    let key = keys.find(kid, alg).map_err(|error| BadJws(error.to_string()))?;
    jws.verify::<IgnoredAny>(key)?;
    check_header(jws, expected.jwks_uri)?;
    let claims: Claims = jws.peek()?;
    check_claims(&claims, expected, now)?;
    Ok(UserAssertion {
        user: claims.sub,
        client_id: claims.client_id,
        auth_time: Timestamp(claims.auth_time as i64).min(now),
        amr: claims.amr.unwrap_or_default().into_iter().filter(|method| METHODS.contains(&method.as_str())).collect(),
        acr: claims.acr,
        jti: claims.jti,
        refused_from: Timestamp(claims.exp.ceil() as i64).plus(SKEW),
    })
}

/// Whether one of these keys has signed it.
pub fn is_signed_by(jws: &UnverifiedJws<'_>, keys: &KeySet) -> bool {
    let key = kid(jws).ok().zip(jws.algorithm().ok()).and_then(|(kid, alg)| keys.find(kid, alg).ok());
    key.is_some_and(|key| jws.is_by(key))
}

fn kid<'a>(jws: &'a UnverifiedJws<'_>) -> Result<&'a str, BadJws> {
    jws.header.kid.as_deref().ok_or_else(|| BadJws("the header has no kid".into()))
}

fn check_header(jws: &UnverifiedJws<'_>, jwks_uri: Option<&str>) -> Result<(), BadJws> {
    jws.refuse_extensions()?;
    if !jws.header.typ.as_deref().is_some_and(|typ| typ.eq_ignore_ascii_case(TYP)) {
        return Err(BadJws(format!("typ must be {TYP}")));
    }
    if jws.header.brings_a_key(jwks_uri) {
        return Err(BadJws("the header brings a key of its own, or says where one is".into()));
    }
    Ok(())
}

fn check_claims(claims: &Claims, expected: &Expected<'_>, now: Timestamp) -> Result<(), BadJws> {
    let bad = |why: &str| Err(BadJws(why.to_owned()));
    let (now, skew) = (now.0 as f64, SKEW as f64);
    if claims.iss != expected.ehr {
        return bad("iss is another than the EHR that has shown its secret");
    }
    if claims.aud != expected.issuer {
        return bad("aud must be the issuer");
    }
    if claims.exp - claims.iat > LONGEST_LIFE || claims.exp < claims.iat {
        return bad("exp must be at most 60 seconds after iat");
    }
    if claims.exp + skew <= now {
        return bad("it has expired");
    }
    if claims.iat > now + skew || claims.nbf.is_some_and(|nbf| nbf > now + skew) {
        return bad("iat or nbf is in the future");
    }
    if claims.auth_time > claims.iat || claims.auth_time < 1.0 {
        return bad("auth_time is after iat, or before all times");
    }
    if claims.jti.is_empty() || claims.jti.len() > LONGEST_JTI {
        return bad("jti must have 1 to 1024 characters");
    }
    let texts = [Some(&claims.sub), claims.client_id.as_ref(), claims.acr.as_ref(), claims.sid.as_ref()];
    let is_text = |text: &String| (1..=LONGEST_TEXT).contains(&text.len()) && !text.contains(char::is_control);
    if !texts.into_iter().flatten().all(is_text) {
        return bad("sub, client_id, acr and sid must have 1 to 255 characters");
    }
    if claims.amr.as_ref().is_some_and(|amr| amr.len() > MOST_METHODS) {
        return bad("amr is longer than anybody's sign-in");
    }
    Ok(())
}
