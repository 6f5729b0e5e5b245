//! Client assertions (ASYM-3 to ASYM-9, R9126-5, KT-2).

use crate::given::{ISSUER, NOW, key, signed, tenant};
use rules::{
    client::{
        assertion_audience::Addressee,
        private_key_jwt::{AssertionRefused, verify},
    },
    jwk::KeySet,
    jws::UnverifiedJws,
    signing_keys::SigningKeyRecord,
    tenant::{AssertionAudience, Profile, SigningAlg},
};
use serde_json::{Value, json};
use std::sync::LazyLock;

static KEY: LazyLock<SigningKeyRecord> = LazyLock::new(|| key(SigningAlg::ES384));
const JWKS_URI: &str = "https://app.example/jwks.json";
const TOKEN: &str = "https://auth.example/clinic/token";
const INTROSPECT: &str = "https://auth.example/clinic/introspect";
const PAR: &str = "https://auth.example/clinic/par";

const UNPROVEN: &str = "nobody's";

/// The right assertion with these changes, sent to `endpoint`: its `jti` and until when it is remembered, or why it is refused.
fn judged(
    audience: AssertionAudience,
    endpoint: &str,
    change: impl FnOnce(&mut Value, &mut Value),
) -> Result<(String, i64), String> {
    let mut tenant = tenant();
    tenant.policy.assertion_audience = audience;
    let mut header = json!({ "alg": "ES384", "kid": KEY.public.kid, "typ": "JWT" });
    let mut claims = json!({ "iss": "app", "sub": "app", "aud": TOKEN, "exp": NOW.0 + 300, "jti": "j" });
    change(&mut header, &mut claims);
    let text = signed(&KEY, &header, &claims);
    let jws = UnverifiedJws::parse_whatever_is_critical(&text).unwrap();
    let keys = KeySet::of(vec![KEY.public.clone()]);
    let addressee = Addressee { tenant: &tenant, endpoint, profile: Profile::Smart };
    let verified = verify(&jws, "app", Some(JWKS_URI), &keys, &addressee, NOW);
    let verified = verified.map_err(|refused| match refused {
        AssertionRefused::Unproven(_) => UNPROVEN.to_owned(),
        AssertionRefused::Signed(bad) => bad.0,
    })?;
    assert_eq!(verified.client_id, "app");
    Ok((verified.jti, verified.refused_from.since(NOW)))
}

fn with_header(name: &str, value: Value) -> Result<(String, i64), String> {
    judged(AssertionAudience::default(), TOKEN, |header, _| header[name] = value)
}

fn with_claim(name: &str, value: Value) -> Result<(String, i64), String> {
    judged(AssertionAudience::default(), TOKEN, |_, claims| claims[name] = value)
}

/// ASYM-7: a `jti` is remembered as long as the assertion could be used again.
#[test]
fn a_right_assertion_names_its_client_and_its_jti_until_it_has_expired() {
    assert_eq!(judged(AssertionAudience::default(), TOKEN, |_, _| {}), Ok(("j".into(), 360)));
    assert_eq!(with_claim("exp", json!(NOW.0 as f64 + 10.5)), Ok(("j".into(), 71)));
}

/// ASYM-8; RFC 8725 §3.11.
#[test]
fn the_header_names_a_registered_key_and_is_of_an_assertion() {
    for (name, value, cause) in [
        ("typ", json!("jwt"), None),
        ("typ", json!("client-authentication+JWT"), None),
        ("typ", json!(null), None),
        ("typ", json!("at+jwt"), Some("typ must be JWT or client-authentication+jwt")),
        ("jku", json!(JWKS_URI), None),
        ("jku", json!("https://evil.example/jwks.json"), Some("jku is not the JWKS URL that the client registered")),
        ("crit", json!(["exp"]), Some("the header has critical extensions")),
        ("crit", json!(null), Some("the header has critical extensions")),
        ("b64", json!(false), Some("the header has critical extensions")),
        // The signature can't be found good: whose assertion it is, nobody knows.
        ("kid", json!("another"), Some(UNPROVEN)),
        ("kid", json!(null), Some(UNPROVEN)),
        ("alg", json!("ES256"), Some(UNPROVEN)),
        ("alg", json!("HS256"), Some(UNPROVEN)),
        ("alg", json!("none"), Some(UNPROVEN)),
    ] {
        assert_eq!(with_header(name, value.clone()).err().as_deref(), cause, "{name} {value}");
    }
}

/// RFC 8725 §3.1: the same numbers would do, but the key is for one algorithm. Its owner is told so, and a stranger is not.
#[test]
fn an_alg_that_the_key_is_not_for_is_told_to_the_keys_owner() {
    let registered = key(SigningAlg::RS384);
    let (tenant, keys) = (tenant(), KeySet::of(vec![registered.public.clone()]));
    let addressee = Addressee { tenant: &tenant, endpoint: TOKEN, profile: Profile::Smart };
    let judged = |signer: &SigningKeyRecord| {
        let signer = SigningKeyRecord { alg: SigningAlg::RS256, ..signer.clone() };
        let text = signed(&signer, &json!({ "alg": "RS256", "kid": registered.public.kid }), &json!({}));
        verify(&UnverifiedJws::parse(&text).unwrap(), "app", None, &keys, &addressee, NOW).unwrap_err()
    };
    let told = "alg is RS256, and the key with this kid is for RS384";
    assert!(matches!(judged(&registered), AssertionRefused::Signed(bad) if bad.0 == told));
    let stranger = SigningKeyRecord { public: registered.public.clone(), ..key(SigningAlg::RS512) };
    assert!(matches!(judged(&stranger), AssertionRefused::Unproven(_)));
}

#[test]
fn a_client_without_a_url_of_its_keys_has_no_jku() {
    let text = signed(&KEY, &json!({ "alg": "ES384", "kid": KEY.public.kid, "jku": JWKS_URI }), &json!({}));
    let (tenant, keys) = (tenant(), KeySet::of(vec![KEY.public.clone()]));
    let addressee = Addressee { tenant: &tenant, endpoint: TOKEN, profile: Profile::Smart };
    let judged = verify(&UnverifiedJws::parse(&text).unwrap(), "app", None, &keys, &addressee, NOW);
    assert_eq!(judged.unwrap_err().to_string(), "jku is not the JWKS URL that the client registered");
}

/// ASYM-4, ASYM-6, ASYM-7. A minute is allowed for clocks that differ.
#[test]
fn each_claim_is_right_or_the_assertion_is_refused() {
    const BOTH: Option<&str> = Some("iss and sub must both be the client_id");
    const JTI: Option<&str> = Some("jti must have 1 to 1024 characters");
    const HOUR: &str = "it lives too long: exp is 3600 seconds ahead, and 300 is the most";
    const FOR_EVER: &str = "it lives too long: exp is 9223372036854775807 seconds ahead, and 300 is the most";
    const NUMBER: &str = "must be a number of seconds since 1970";
    let never = format!("it has expired: exp was {} seconds ago", NOW.0 + 1);
    let number = |name: &str| format!("{name} {NUMBER}");
    let (exp, iat) = (number("exp"), number("iat"));
    for (name, value, cause) in [
        ("iss", json!("other"), BOTH),
        ("sub", json!("other"), BOTH),
        ("exp", json!(NOW.0 - 59), None),
        ("exp", json!(NOW.0 - 60), Some("it has expired: exp was 60 seconds ago")),
        ("exp", json!(-1), Some(&never)),
        ("exp", json!(NOW.0 + 360), None),
        ("exp", json!(NOW.0 + 361), Some("it lives too long: exp is 361 seconds ahead, and 300 is the most")),
        ("exp", json!(NOW.0 + 3600), Some(HOUR)),
        ("exp", json!(1e300), Some(FOR_EVER)),
        ("exp", json!("soon"), Some(&exp)),
        ("iat", json!("yesterday"), Some(&iat)),
        ("aud", json!(7), Some("aud must be a string, or an array of strings")),
        ("iss", json!(7), Some("iss must be a string")),
        ("nbf", json!(NOW.0 + 60), None),
        ("nbf", json!(NOW.0 + 61), Some("nbf is 61 seconds in the future")),
        ("iat", json!(NOW.0 + 60), None),
        ("iat", json!(NOW.0 + 61), Some("iat is 61 seconds in the future")),
        ("iat", json!(NOW.0 - 1_000_000), None),
        ("jti", json!(""), JTI),
        ("jti", json!("x".repeat(1024)), None),
        ("jti", json!("x".repeat(1025)), JTI),
    ] {
        assert_eq!(with_claim(name, value.clone()).err().as_deref(), cause, "{name} {value}");
    }
    for name in ["iss", "sub", "aud", "exp", "jti"] {
        let without = judged(AssertionAudience::default(), TOKEN, |_, claims| {
            claims.as_object_mut().unwrap().remove(name);
        });
        assert_eq!(without.unwrap_err(), format!("{name} is missing"));
        assert!(with_claim(name, json!(null)).is_err(), "{name} null");
    }
}

/// ASYM-5, R9126-5, KT-2, KT-I1: each specification has another answer.
#[test]
fn the_audience_is_the_one_that_the_tenants_specification_names() {
    use AssertionAudience::*;
    let accepted = |audience, aud: Value| judged(audience, INTROSPECT, |_, claims| claims["aud"] = aud).is_ok();
    for (audience, accepts) in [
        (Rfc9126, [true, true, true]),
        (Smart, [true, false, false]),
        (Rfc7523bisStrict, [false, true, false]),
        (Koppeltaal, [true, false, true]),
    ] {
        for (aud, accepts) in [TOKEN, ISSUER, INTROSPECT].into_iter().zip(accepts) {
            assert_eq!(accepted(audience, json!(aud)), accepts, "{audience:?} {aud}");
            assert_eq!(
                accepted(audience, json!([aud])),
                accepts && audience != Rfc7523bisStrict,
                "{audience:?} [{aud}]"
            );
        }
        for none in [json!([TOKEN, ISSUER]), json!([]), json!("https://other.example/token"), json!("")] {
            assert!(!accepted(audience, none.clone()), "{audience:?} {none}");
        }
    }
}

/// PAR-2; RFC 9126 §2.
#[test]
fn the_audience_of_a_push_may_be_the_issuer_but_where_smart_is_taken_to_the_letter() {
    use AssertionAudience::{Koppeltaal, Rfc7523bisStrict, Rfc9126, Smart};
    let accepted = |audience, aud: &str| judged(audience, PAR, |_, claims| claims["aud"] = json!(aud)).is_ok();
    for (audience, accepts) in [
        (Rfc9126, [true, true, true, false]),
        (Smart, [true, false, false, false]),
        (Rfc7523bisStrict, [false, true, false, false]),
        (Koppeltaal, [true, true, true, false]),
    ] {
        for (aud, accepts) in [TOKEN, ISSUER, PAR, INTROSPECT].into_iter().zip(accepts) {
            assert_eq!(accepted(audience, aud), accepts, "{audience:?} {aud}");
        }
    }
}

/// The operator's log says what was expected, however long the claim was.
#[test]
fn a_refused_audience_is_told_in_short() {
    let cause = with_claim("aud", json!("x".repeat(1000))).unwrap_err();
    assert!(cause.contains(TOKEN) && cause.contains(&"x".repeat(200)) && !cause.contains(&"x".repeat(201)), "{cause}");
}

/// FAPI-2, FAPI-3.
#[test]
fn a_client_held_to_fapi_names_the_issuer_as_one_string_and_signs_with_what_fapi_allows() {
    let tenant = tenant();
    let judged = |alg: SigningAlg, aud: Value, profile: Profile| {
        let own = key(alg);
        let header = json!({ "alg": alg.as_str(), "kid": own.public.kid });
        let claims = json!({ "iss": "app", "sub": "app", "aud": aud, "exp": NOW.0 + 300, "jti": "j" });
        let text = signed(&own, &header, &claims);
        let jws = UnverifiedJws::parse_whatever_is_critical(&text).unwrap();
        let addressee = Addressee { tenant: &tenant, endpoint: TOKEN, profile };
        let verified = verify(&jws, "app", None, &KeySet::of(vec![own.public.clone()]), &addressee, NOW);
        verified.map(drop).map_err(|why| why.to_string())
    };
    use Profile::{Fapi2, Smart};
    use SigningAlg::{ES256, ES384, PS256, RS256, RS384};
    for alg in [ES256, PS256] {
        assert_eq!(judged(alg, json!(ISSUER), Fapi2), Ok(()), "{alg:?}");
    }
    for alg in [RS256, RS384, ES384] {
        let why = format!("alg is {}, and must be one of: PS256, ES256, EdDSA", alg.as_str());
        assert_eq!(judged(alg, json!(ISSUER), Fapi2), Err(why));
        assert_eq!(judged(alg, json!(ISSUER), Smart), Ok(()));
    }
    let one = "aud must be the issuer as a single string";
    assert_eq!(judged(ES256, json!([ISSUER]), Fapi2), Err(one.to_owned()));
    assert!(
        judged(ES256, json!(TOKEN), Fapi2).unwrap_err().contains("this tenant accepts https://auth.example/clinic")
    );
    assert_eq!(judged(ES256, json!(TOKEN), Smart), Ok(()));
}
