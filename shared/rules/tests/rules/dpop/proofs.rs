//! Which proofs hold (DPOP-1 to DPOP-4).

use super::*;
use rules::{jwk::PublicKey, secret::SecretHash};

/// DPOP-2, DPOP-6.
#[test]
fn a_proof_by_each_kind_of_key_holds_and_names_its_key() {
    for key in [Key::ec("ES256"), Key::ec("ES384"), Key::ed(), Key::rsa()] {
        let held = judged(&proof(&key, &[], &[])).unwrap();
        let public: PublicKey = serde_json::from_value(key.jwk.clone()).unwrap();
        assert_eq!(held.key.as_str(), public.numbers.thumbprint(), "{}", key.alg);
        assert_eq!((held.jti, held.refused_from), (SecretHash::of("j"), NOW.plus(62)));
    }
}

/// RFC 9864 §2.2.
#[test]
fn an_edwards_key_may_use_the_newer_name_of_its_algorithm() {
    let key = Key::ed();
    let jwk = |alg: &str| {
        let mut jwk = key.jwk.clone();
        jwk["alg"] = json!(alg);
        ("jwk", jwk)
    };
    for (alg, of_key) in [("Ed25519", "Ed25519"), ("EdDSA", "Ed25519"), ("Ed25519", "EdDSA")] {
        assert!(judged(&proof(&key, &[("alg", json!(alg)), jwk(of_key)], &[])).is_ok(), "{alg} {of_key}");
    }
    let es256 = Key::ec("ES256");
    let mut other = es256.jwk.clone();
    other["alg"] = json!("Ed25519");
    assert_eq!(why(&proof(&es256, &[("jwk", other)], &[])), "its jwk: it is not for this alg");
}

/// RFC 8037 A.3.
#[test]
fn the_thumbprint_of_an_edwards_key_is_that_of_its_rfc() {
    let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" });
    let key: PublicKey = serde_json::from_value(jwk).unwrap();
    assert_eq!(key.numbers.thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

/// DPOP-1.
#[test]
fn one_header_is_a_proof_and_two_are_none_also_where_a_gateway_has_joined_them() {
    let key = Key::ec("ES256");
    let (one, other) = (proof(&key, &[], &[]), proof(&key, &[], &[("jti", json!("k"))]));
    assert_eq!(verify(&[], &asked()), Ok(None));
    assert!(verify(&[&format!(" {one} ")], &asked()).unwrap().is_some());
    for two in [vec![one.as_str(), other.as_str()], vec![&format!("{one},{other}")], vec![&format!("{one}, {one}")]] {
        assert_eq!(verify(&two, &asked()), Err(ProofRefused::Bad("the header DPoP came twice".into())));
    }
}

/// DPOP-2.
#[test]
fn a_header_that_is_not_a_proofs_is_refused_with_the_reason() {
    let key = Key::ec("ES256");
    let other = Key::ec("ES256");
    let secret = {
        let mut jwk = key.jwk.clone();
        jwk["d"] = json!("AAAA");
        jwk
    };
    let kind = |alg: &str| {
        let mut jwk = key.jwk.clone();
        jwk["alg"] = json!(alg);
        jwk
    };
    let one_of = "alg must be one of: ES256, ES384, PS256, EdDSA";
    for (header, expected) in [
        (vec![("typ", json!("JWT"))], "typ must be dpop+jwt"),
        (vec![("typ", Value::Null)], "typ must be dpop+jwt"),
        (vec![("alg", json!("none"))], one_of),
        (vec![("alg", json!("HS256"))], one_of),
        (vec![("alg", json!("RS256"))], one_of),
        (vec![("jwk", Value::Null)], "the header has no jwk"),
        (
            vec![("jwk", json!("text"))],
            "its jwk: a member is missing, or of another type than RFC 7517 and RFC 7518 §6 say",
        ),
        (vec![("jwk", secret)], "its jwk: it holds a private or symmetric key"),
        (vec![("jwk", json!({ "kty": "oct", "k": "AAAA" }))], "its jwk: it holds a private or symmetric key"),
        (vec![("jwk", kind("ES384"))], "its jwk: it is not for this alg"),
        (vec![("jwk", Key::ec("ES384").jwk)], "its jwk: it is not for this alg"),
        (vec![("jwk", Key::ed().jwk)], "its jwk: it is not for this alg"),
        (
            vec![("jwk", json!({ "kty": "RSA", "n": base64url(&[255; 128]), "e": "AQAB" })), ("alg", json!("PS256"))],
            "its jwk: RSA keys must have 2048 to 4096 bits",
        ),
        (
            vec![("jwk", json!({ "kty": "OKP", "crv": "Ed448", "x": base64url(&[1; 32]) })), ("alg", json!("EdDSA"))],
            "its jwk: unsupported curve",
        ),
        (
            vec![("jwk", json!({ "kty": "OKP", "crv": "Ed25519", "x": base64url(&[1; 31]) })), ("alg", json!("EdDSA"))],
            "its jwk: a coordinate of the wrong length",
        ),
        (vec![("jwk", other.jwk.clone())], "the signature does not verify"),
        (vec![("crit", json!(["x"]))], "the header has critical extensions"),
    ] {
        assert_eq!(why(&proof(&key, &header, &[])), expected, "{header:?}");
    }
    assert!(judged(&proof(&key, &[("jwk", kind("ES256"))], &[])).is_ok());
    assert_eq!(why("a.b"), "not a JWT: three parts expected");
}

/// DPOP-2, DPOP-3.
#[test]
fn claims_that_are_not_this_requests_are_refused_with_the_reason() {
    let key = Key::ec("ES256");
    let htu = format!("htu must be {URL}");
    let unreadable = "the claims are not the JSON expected";
    for (claim, expected) in [
        (("htm", json!("post")), "htm must be POST"),
        (("htm", json!("GET")), "htm must be POST"),
        (("htm", Value::Null), unreadable),
        (("htu", json!("https://auth.example/clinic/par")), &htu),
        (("htu", Value::Null), unreadable),
        (("jti", Value::Null), unreadable),
        (("iat", Value::Null), unreadable),
        (("iat", json!("1")), unreadable),
        (("jti", json!("")), "jti must have 1 to 128 characters"),
        (("jti", json!("j".repeat(129))), "jti must have 1 to 128 characters"),
    ] {
        assert_eq!(why(&proof(&key, &[], std::slice::from_ref(&claim))), expected, "{claim:?}");
    }
    assert!(judged(&proof(&key, &[], &[("jti", json!("j".repeat(128)))])).is_ok());
}

/// DPOP-2.
#[test]
fn a_proof_has_at_most_4_kilobytes() {
    let key = Key::ec("ES256");
    let of = |more: usize| proof(&key, &[], &[("more", json!("x".repeat(more)))]);
    let most = (0..).map(|less| 2_900 - less).find(|more| of(*more).len() <= 4_096).unwrap();
    assert!(judged(&of(most)).is_ok());
    let longer = of(most + 3);
    assert!((4_097..=4_100).contains(&longer.len()), "{}", longer.len());
    assert_eq!(why(&longer), "the proof is larger than 4 kB");
}

/// DPOP-3: RFC 3986 §6.2.2 and §6.2.3.
#[test]
fn the_url_is_compared_without_query_and_fragment_and_after_normalization() {
    let key = Key::ec("ES256");
    let is_same =
        |htu: &str, url: &str| verify(&[&proof(&key, &[], &[("htu", json!(htu))])], &Asked { url, ..asked() }).is_ok();
    for same in [
        URL,
        "HTTPS://AUTH.example:443/clinic/token",
        "https://auth.example/clinic/token?a=b#c",
        "https://auth.example/clinic/x/../token",
        "https://auth.example/%63linic/t%6Fken",
    ] {
        assert!(is_same(same, URL), "{same}");
    }
    for other in [
        "http://auth.example/clinic/token",
        "https://auth.example:444/clinic/token",
        "https://auth.example/clinic/token/",
        "https://auth.example/Clinic/token",
        "https://auth.example/clinic%2Ftoken",
        "https://x@auth.example/clinic/token",
        "https://:x@auth.example/clinic/token",
        "https:\\\\auth.example/clinic/token",
        "https://auth.example/clinic/to ken",
        "https://auth.example/clinic/t%FFken",
        "ftp://auth.example/clinic/token",
        "/clinic/token",
        "",
    ] {
        assert!(!is_same(other, URL), "{other}");
    }
    assert!(is_same("https://fhir.example/r4/a%7Cb", "https://fhir.example/r4/a|b?x"));
    assert!(!is_same("https://fhir.example/r4/a%2fb", "https://fhir.example/r4/a/b"));
    assert!(!is_same("ftp://fhir.example/r4", "ftp://fhir.example/r4"), "no URL of a resource");
}

/// DPOP-4, FAPI-8.
#[test]
fn a_proof_is_good_for_a_minute_and_from_half_a_minute_ahead() {
    let key = Key::ec("ES256");
    let at = |iat: f64| judged(&proof(&key, &[], &[("iat", json!(iat))]));
    let now = NOW.0 as f64;
    for good in [now - 60.0, now, now + 0.5, now + 30.0] {
        assert!(at(good).is_ok(), "{good}");
    }
    for (bad, expected) in [
        (now - 60.5, "iat is more than 60 seconds ago"),
        (now - 61.0, "iat is more than 60 seconds ago"),
        (now + 30.5, "iat is more than 30 seconds ahead"),
        (1e300, "iat is more than 30 seconds ahead"),
    ] {
        assert_eq!(at(bad).unwrap_err().to_string(), expected, "{bad}");
    }
    // It is remembered for as long as it is good.
    assert_eq!(at(now + 30.0).unwrap().refused_from, NOW.plus(92));
}
