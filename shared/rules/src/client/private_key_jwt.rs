//! private_key_jwt: is this assertion the client's own, meant for us, fresh? (RFC 7523 §3; SMART 2.2,
//! client-confidential-asymmetric)

use super::assertion_audience::{Addressee, check_audience};
use crate::{
    extensions::brought::Brought,
    jwa::is_listed,
    jwk::{KeySet, PublicKey},
    jws::{Audience, BadJws, UnverifiedJws},
    tenant::Profile,
    time::{CLOCK_SKEW, Timestamp},
};
use serde::{
    Deserialize,
    de::{DeserializeOwned, IgnoredAny},
};
use serde_json::{Map, Value};

/// SMART: at most five minutes.
const LONGEST_LIFE: i64 = 300;

/// More than any library makes of a random value.
const LONGEST_JTI: usize = 1024;

/// What an assertion says of itself before its signature is checked: enough to find the client, no more.
#[derive(Debug, Deserialize)]
pub struct ClaimedIdentity {
    #[serde(default)]
    iss: Value,
    #[serde(default)]
    sub: Value,
}

impl ClaimedIdentity {
    /// Whose key is to verify it: the client that the form names, or else the assertion. That they are one is asked of the
    /// signer afterwards.
    pub fn client_id<'a>(&'a self, in_form: Option<&'a str>) -> Option<&'a str> {
        in_form.or(self.sub.as_str()).or(self.iss.as_str())
    }
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
    /// For the token that it is shown for.
    pub extensions: Brought,
}

/// Why an assertion is refused, and who may know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssertionRefused {
    /// Nobody has shown that it is the client's. The log knows why; the sender could learn which clients there are, and with which
    /// keys.
    #[error("{0}")]
    Unproven(BadJws),
    /// The client's key has signed it, and what is wrong with one's own assertion is no secret.
    #[error("{0}")]
    Signed(BadJws),
}

/// Verifies with the client's keys. `jwks_uri` is what the client registered; a `jku` must be the same (ASYM-8).
pub fn verify(
    jws: &UnverifiedJws<'_>,
    client_id: &str,
    jwks_uri: Option<&str>,
    keys: &KeySet,
    addressee: &Addressee<'_>,
    now: Timestamp,
) -> Result<VerifiedAssertion, AssertionRefused> {
    let key = signer(jws, keys).map_err(AssertionRefused::Unproven)?;
    let judged = check_header(jws, key, jwks_uri).and_then(|()| {
        check_algorithm(jws, addressee.profile)?;
        let claims = read_claims(jws)?;
        check_claims(&claims, client_id, addressee, now)?;
        Ok(claims)
    });
    let claims = judged.map_err(AssertionRefused::Signed)?;
    Ok(VerifiedAssertion {
        client_id: client_id.to_owned(),
        jti: claims.jti,
        refused_from: Timestamp(claims.exp.ceil() as i64).plus(CLOCK_SKEW),
        extensions: Brought::by(jws),
    })
}

/// Whether one of these keys has signed it, as far as its header lets one know.
pub fn is_signed_by(jws: &UnverifiedJws<'_>, keys: &KeySet) -> bool {
    signer(jws, keys).is_ok()
}

/// The client's key that has signed it. One that is registered for another `alg` shows who signs as well; it is refused with the
/// header.
fn signer<'k>(jws: &UnverifiedJws<'_>, keys: &'k KeySet) -> Result<&'k PublicKey, BadJws> {
    let kid = jws.header.kid.as_deref().ok_or_else(|| BadJws("the header has no kid".into()))?;
    let alg = jws.algorithm()?;
    let key = keys.find(kid, alg).or_else(|error| {
        let of_another_alg = keys.find_of_type(kid, alg).filter(|key| jws.is_by(key));
        of_another_alg.ok_or_else(|| BadJws(error.to_string()))
    })?;
    jws.verify::<IgnoredAny>(key)?;
    Ok(key)
}

fn check_header(jws: &UnverifiedJws<'_>, key: &PublicKey, jwks_uri: Option<&str>) -> Result<(), BadJws> {
    let header = &jws.header;
    let is_for = key.fits(jws.algorithm()?);
    if let Some(alg) = key.alg.as_deref().filter(|_| !is_for) {
        return Err(BadJws(format!("alg is {}, and the key with this kid is for {alg}", header.alg)));
    }
    jws.refuse_extensions()?;
    // Another typ is another kind of token, an id_token or an access token perhaps (RFC 8725 §3.11).
    if let Some(typ) = &header.typ
        && !typ.eq_ignore_ascii_case("JWT")
        && !typ.eq_ignore_ascii_case("client-authentication+jwt")
    {
        return Err(BadJws("typ must be JWT or client-authentication+jwt".into()));
    }
    match (&header.jku, jwks_uri) {
        (None, _) => Ok(()),
        (Some(jku), Some(registered)) if jku == registered => Ok(()),
        (Some(_), _) => Err(BadJws("jku is not the JWKS URL that the client registered".into())),
    }
}

/// What its key has signed, and its profile does not let it use (FAPI 2.0 §5.4.1).
fn check_algorithm(jws: &UnverifiedJws<'_>, profile: Profile) -> Result<(), BadJws> {
    let allowed = profile.assertion_algorithms();
    match is_listed(jws.algorithm()?, allowed) {
        true => Ok(()),
        false => Err(BadJws(format!("alg is {}, and must be one of: {}", jws.header.alg, allowed.join(", ")))),
    }
}

fn read_claims(jws: &UnverifiedJws<'_>) -> Result<Claims, BadJws> {
    jws.peek().map_err(|unreadable| which_is_wrong(jws).unwrap_or(unreadable))
}

/// The claim for which they can't be read.
fn which_is_wrong(jws: &UnverifiedJws<'_>) -> Option<BadJws> {
    let members: Map<String, Value> = jws.peek().ok()?;
    let wrong = |name: &str, right: fn(&Value) -> bool, what: &str| match members.get(name) {
        None => Some(format!("{name} is missing")),
        Some(value) if !right(value) => Some(format!("{name} must be {what}")),
        Some(_) => None,
    };
    let of_time = |name: &str| if members.contains_key(name) { wrong(name, Value::is_number, A_NUMBER) } else { None };
    ["iss", "sub", "jti"]
        .iter()
        .find_map(|name| wrong(name, Value::is_string, "a string"))
        .or_else(|| wrong("aud", is::<Audience>, "a string, or an array of strings"))
        .or_else(|| wrong("exp", Value::is_number, A_NUMBER))
        .or_else(|| ["nbf", "iat"].iter().find_map(|name| of_time(name)))
        .map(BadJws)
}

const A_NUMBER: &str = "a number of seconds since 1970";

fn is<T: DeserializeOwned>(value: &Value) -> bool {
    T::deserialize(value).is_ok()
}

fn check_claims(claims: &Claims, client_id: &str, addressee: &Addressee<'_>, now: Timestamp) -> Result<(), BadJws> {
    let bad = |why: String| Err(BadJws(why));
    let now = now.0 as f64;
    let skew = CLOCK_SKEW as f64;
    if claims.iss != client_id || claims.sub != client_id {
        return bad("iss and sub must both be the client_id".into());
    }
    check_audience(&claims.aud, addressee)?;
    if !claims.exp.is_finite() || claims.exp + skew <= now {
        return bad(format!("it has expired: exp was {} seconds ago", (now - claims.exp) as i64));
    }
    if claims.exp > now + LONGEST_LIFE as f64 + skew {
        let ahead = (claims.exp - now) as i64;
        return bad(format!("it lives too long: exp is {ahead} seconds ahead, and {LONGEST_LIFE} is the most"));
    }
    for (name, time) in [("nbf", claims.nbf), ("iat", claims.iat)] {
        if let Some(time) = time.filter(|time| *time > now + skew) {
            return bad(format!("{name} is {} seconds in the future", (time - now) as i64));
        }
    }
    if claims.jti.is_empty() || claims.jti.len() > LONGEST_JTI {
        return bad(format!("jti must have 1 to {LONGEST_JTI} characters"));
    }
    Ok(())
}
