//! The HTI token: did the portal sign it, for this app, a moment ago? (HTI 2.0; HTI-3 to HTI-8)

use super::HtiContext;
use crate::{
    fhir_id::relative_reference,
    jwa::is_listed,
    jwk::{KeySet, PublicKey},
    jws::{Audience, BadJws, UnverifiedJws},
    tenant::HTI_USER_TYPES,
    time::Timestamp,
    user::{FhirUser, FhirUserType},
};
use serde::{Deserialize, de::IgnoredAny};
use serde_json::{Map, Value};

const ALGORITHMS: [&str; 5] = ["RS256", "RS384", "RS512", "ES256", "ES384"];

/// Seconds.
const LONGEST_LIFE: f64 = 300.0;
/// A portal's clock may be ahead by so many seconds.
const SKEW: f64 = 30.0;
const LONGEST_TEXT: usize = 1024;

#[derive(Debug, Deserialize)]
struct Claims {
    aud: Audience,
    sub: String,
    jti: String,
    iat: f64,
    exp: f64,
    nbf: Option<f64>,
    resource: String,
    definition: Option<String>,
    patient: Option<String>,
    intent: Option<String>,
    idp_hint: Option<String>,
    #[serde(rename = "hti-version")]
    version: Option<String>,
}

/// Who says that they signed it. Trusted for nothing but to find their keys.
#[derive(Debug, Deserialize)]
pub struct ClaimedPortal {
    pub iss: String,
}

/// For whom it must be, and where its portal's keys are.
#[derive(Clone, Copy)]
pub struct ExpectedHti<'a> {
    /// The `Device` of the app that brings it.
    pub device: &'a str,
    pub jwks_uri: Option<&'a str>,
}

/// A token that holds. Whether it was used before is another question.
#[derive(Clone, Debug, PartialEq)]
pub struct HtiToken {
    pub jti: String,
    pub person: FhirUser,
    pub context: HtiContext,
    /// The provider that the portal would have its user sign in at.
    pub idp_hint: Option<String>,
    pub expires_at: Timestamp,
    /// All that the portal said, for introspection.
    pub payload: Map<String, Value>,
}

/// The signature first: what nobody has signed says nothing.
pub fn verify(
    jws: &UnverifiedJws<'_>,
    expected: &ExpectedHti<'_>,
    keys: &KeySet,
    now: Timestamp,
) -> Result<HtiToken, BadJws> {
    let payload: Map<String, Value> = jws.verify(signer(jws, keys, expected.jwks_uri)?)?;
    check_header(jws, expected.jwks_uri)?;
    let claims: Claims = jws.peek()?;
    check_times(&claims, now)?;
    check_audience(&claims.aud, expected.device)?;
    check_texts(&claims)?;
    let person = person(&claims)?;
    Ok(HtiToken {
        jti: claims.jti,
        person,
        idp_hint: claims.idp_hint,
        expires_at: Timestamp(claims.exp.ceil() as i64),
        context: HtiContext {
            resource: claims.resource,
            sub: claims.sub,
            definition: claims.definition,
            patient: claims.patient,
            intent: claims.intent,
        },
        payload,
    })
}

/// Whether one of these keys has signed it.
pub fn is_signed_by(jws: &UnverifiedJws<'_>, keys: &KeySet, jwks_uri: Option<&str>) -> bool {
    signer(jws, keys, jwks_uri).is_ok_and(|key| jws.verify::<IgnoredAny>(key).is_ok())
}

/// Keys behind an address change, so the token says which it means (TOP-KT-020).
fn signer<'k>(jws: &UnverifiedJws<'_>, keys: &'k KeySet, jwks_uri: Option<&str>) -> Result<&'k PublicKey, BadJws> {
    let alg = jws.algorithm()?;
    if !is_listed(alg, &ALGORITHMS) {
        return Err(BadJws(format!("alg must be one of: {}", ALGORITHMS.join(", "))));
    }
    let found = match (&jws.header.kid, jwks_uri) {
        (Some(kid), _) => keys.find(kid, alg),
        (None, Some(_)) => return Err(BadJws("the header has no kid".into())),
        (None, None) => keys.find_only(alg),
    };
    found.map_err(|error| BadJws(error.to_string()))
}

fn check_header(jws: &UnverifiedJws<'_>, jwks_uri: Option<&str>) -> Result<(), BadJws> {
    jws.refuse_extensions()?;
    if jws.header.typ.as_deref().is_some_and(|typ| !typ.eq_ignore_ascii_case("JWT")) {
        return Err(BadJws("typ is another than JWT".into()));
    }
    match jws.header.brings_a_key(jwks_uri) {
        true => Err(BadJws("the header brings a key of its own, or says where one is".into())),
        false => Ok(()),
    }
}

fn check_times(claims: &Claims, now: Timestamp) -> Result<(), BadJws> {
    let (bad, now) = (|why: &str| Err(BadJws(why.to_owned())), now.0 as f64);
    if !(claims.exp > claims.iat && claims.exp - claims.iat <= LONGEST_LIFE) {
        return bad("exp must be at most 300 seconds after iat");
    }
    if claims.exp <= now {
        return bad("it has expired");
    }
    if claims.iat > now + SKEW || claims.nbf.is_some_and(|nbf| nbf > now + SKEW) {
        return bad("iat or nbf is in the future");
    }
    Ok(())
}

fn check_audience(aud: &Audience, device: &str) -> Result<(), BadJws> {
    match aud.sole().and_then(|aud| aud.strip_prefix("Device/")) {
        Some(own) if own == device => Ok(()),
        Some(_) => Err(BadJws("aud is the Device of another app".into())),
        None => Err(BadJws("aud must be one Device".into())),
    }
}

fn check_texts(claims: &Claims) -> Result<(), BadJws> {
    let texts = [Some(&claims.jti), Some(&claims.resource), claims.definition.as_ref(), claims.intent.as_ref()];
    let is_text = |text: &String| (1..=LONGEST_TEXT).contains(&text.len()) && !text.contains(char::is_control);
    if !texts.into_iter().flatten().all(is_text) {
        return Err(BadJws("jti, resource, definition and intent must have 1 to 1024 characters".into()));
    }
    if claims.version.as_deref().is_some_and(|version| version != "2.0") {
        return Err(BadJws("hti-version must be 2.0".into()));
    }
    Ok(())
}

/// Whom it names, and for a related person the patient they are related to (HTI-8, HTI-11).
fn person(claims: &Claims) -> Result<FhirUser, BadJws> {
    let named = FhirUser::try_from(claims.sub.clone()).ok().filter(|user| HTI_USER_TYPES.contains(&user.resource));
    let person = named.ok_or_else(|| BadJws("sub must be a Patient, Practitioner or RelatedPerson".into()))?;
    let is_patient = |text: &String| relative_reference(text).is_some_and(|(kind, _)| kind == "Patient");
    match &claims.patient {
        Some(patient) if !is_patient(patient) => Err(BadJws("patient must be a Patient".into())),
        None if person.resource == FhirUserType::RelatedPerson => {
            Err(BadJws("patient is missing beside a RelatedPerson".into()))
        }
        _ => Ok(person),
    }
}
