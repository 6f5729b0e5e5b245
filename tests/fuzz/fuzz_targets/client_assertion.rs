//! Client assertions. As text, or as header, claims and signature on a line each: none verifies, because no input can
//! hold a signature of this run's keys. A line with claims alone is signed here, and then believed only if it is right
//! in every respect.
#![no_main]

use fuzz::{ISSUER, KID, NOW, jwt, key, pair, parts, signing_input, tenant};
use libfuzzer_sys::fuzz_target;
use rules::{
    client::{
        assertion_audience::Addressee,
        private_key_jwt::{AssertionRefused, ClaimedIdentity, VerifiedAssertion, verify},
    },
    jwk::KeySet,
    jws::UnverifiedJws,
    signing_keys::{SigningKeyRecord, in_process::InProcessKey},
    tenant::SigningAlg,
};
use serde::de::IgnoredAny;
use serde_json::Value;
use std::sync::OnceLock;

const CLIENT: &str = "c";
const SKEW: f64 = 60.0;

struct Keys {
    set: KeySet,
    es256: InProcessKey,
}

fn keys() -> &'static Keys {
    static KEYS: OnceLock<Keys> = OnceLock::new();
    KEYS.get_or_init(|| {
        let records: [SigningKeyRecord; 2] = [SigningAlg::ES256, SigningAlg::RS384].map(key);
        let es256 = pair(&records[0]);
        Keys { set: KeySet::of(records.map(|record| record.public).into()), es256 }
    })
}

fuzz_target!(|input: &[u8]| {
    let [first, second, third] = parts(input);
    if second.is_empty() && first.first() == Some(&b'{') {
        return signed_by_the_client(first);
    }
    let text = match second.is_empty() {
        true => String::from_utf8_lossy(first).into_owned(),
        false => jwt(first, second, third),
    };
    assert!(verified(&text).is_err(), "forged: {text}");
});

fn verified(text: &str) -> Result<VerifiedAssertion, AssertionRefused> {
    let jws = UnverifiedJws::parse_whatever_is_critical(text).map_err(AssertionRefused::Unproven)?;
    let _ = jws.peek::<ClaimedIdentity>();
    let endpoint = format!("{ISSUER}/introspect");
    let addressee = Addressee { tenant: &tenant().tenant, endpoint: &endpoint };
    verify(&jws, CLIENT, None, &keys().set, &addressee, NOW)
}

fn signed_by_the_client(claims: &[u8]) {
    let signed = signing_input(format!(r#"{{"alg":"ES256","kid":"{KID}"}}"#).as_bytes(), claims);
    let signature = keys().es256.sign(signed.as_bytes()).expect("a signature");
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let Ok(verified) = verified(&format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))) else { return };
    // 1E880 is a number of JSON, and no `Value`; where nobody reads it, it does no harm.
    let Ok(claims) = serde_json::from_slice::<Value>(claims) else {
        serde_json::from_slice::<IgnoredAny>(claims).expect("what was believed is JSON");
        return;
    };
    assert!(claims["iss"] == CLIENT && claims["sub"] == CLIENT);
    let aud = claims["aud"].as_array().map_or(&claims["aud"], |auds| &auds[0]).as_str().expect("an audience");
    assert!(aud == ISSUER || aud == format!("{ISSUER}/token") || aud == format!("{ISSUER}/introspect"));
    let (exp, now) = (claims["exp"].as_f64().expect("exp is a number"), NOW.0 as f64);
    assert!(now - SKEW < exp && exp <= now + 300.0 + SKEW);
    for not_yet in ["nbf", "iat"] {
        assert!(claims[not_yet].as_f64().is_none_or(|at| at <= now + SKEW));
    }
    assert!((1..=1024).contains(&verified.jti.len()) && claims["jti"] == verified.jti);
    // Burned at least until the assertion is refused for its age.
    assert!(verified.refused_from.0 as f64 >= exp + SKEW);
}
