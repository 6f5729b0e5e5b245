//! Every claim of an id_token, right and wrong.

use super::*;
use crate::signing_keys::in_process;
use crate::{
    identity_provider::{FhirUserFrom, PatientsFrom, ProviderAuthentication, freshness::AskedFor},
    signing_keys::{Custody, SigningKeyRecord, in_process::InProcessKey},
    tenant::{SigningAlg, TenantId},
};
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use std::collections::BTreeSet;

pub fn provider() -> IdentityProvider {
    IdentityProvider {
        id: "idp".into(),
        name: "Hospital account".into(),
        issuer: "https://idp.example".into(),
        id_token_issuers: vec!["https://idp.example".into()],
        client_id: "us".into(),
        authentication: ProviderAuthentication::None,
        scope: "openid".into(),
        userinfo: false,
        name_claim: "name".into(),
        fhir_server: None,
        fhir_user: FhirUserFrom::Nothing,
        patients: PatientsFrom::Nothing,
        user_types: BTreeSet::new(),
        acr_values: Vec::new(),
        private_network: false,
    }
}

const NOW: i64 = 1_800_000_000;

fn signs_with(algs: &[&str]) -> ProviderMetadata {
    ProviderMetadata {
        issuer: "https://idp.example".into(),
        authorization_endpoint: String::new(),
        token_endpoint: String::new(),
        jwks_uri: String::new(),
        userinfo_endpoint: None,
        end_session_endpoint: None,
        authorization_response_iss_parameter_supported: false,
        id_token_signing_alg_values_supported: algs.iter().map(|alg| (*alg).to_owned()).collect(),
    }
}

fn good() -> Value {
    json!({
        "iss": "https://idp.example", "sub": "s", "aud": "us", "iat": NOW, "exp": NOW + 300, "nonce": "n",
        "at_hash": at_hash(),
    })
}

fn at_hash() -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest(b"access")[..16])
}

fn sign(key: &SigningKeyRecord, header: &Value, claims: &Value) -> String {
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let input = format!("{}.{}", encode(header), encode(claims));
    let Custody::InTable { pkcs8 } = &key.custody else { panic!("in process") };
    let pair = InProcessKey::read(key.alg, &STANDARD.decode(pkcs8).unwrap()).unwrap();
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(pair.sign(input.as_bytes()).unwrap()))
}

/// The reason why the good token with these changes is refused, if it is.
fn refused(change: impl Fn(&mut Value, &mut Value, &mut Question<'_>)) -> Option<String> {
    let key = in_process::generate(&TenantId::parse("t").unwrap(), SigningAlg::ES256, Timestamp(0)).unwrap();
    let (provider, nonce, access_token) = (provider(), Secret::new("n"), Secret::new("access"));
    let metadata = signs_with(&["RS256", "ES256"]);
    let mut question = Question {
        provider: &provider,
        metadata: &metadata,
        iss: None,
        nonce: &nonce,
        access_token: Some(&access_token),
        asked_at: Timestamp(NOW - 30),
        freshness: Freshness::default(),
        now: Timestamp(NOW),
    };
    let mut header = json!({ "alg": "ES256", "kid": key.public.kid });
    let mut claims = good();
    change(&mut header, &mut claims, &mut question);
    let text = sign(&key, &header, &claims);
    let keys = KeySet::of(vec![key.public.clone()]);
    let judged = UnverifiedJws::parse(&text).and_then(|jws| verify(&jws, &keys, &question));
    judged.err().map(|bad| bad.0)
}

fn without(claims: &mut Value, name: &str) {
    claims.as_object_mut().unwrap().remove(name);
}

#[test]
fn the_good_one_is_good() {
    assert_eq!(refused(|_, _, _| {}), None);
}

#[test]
fn each_wrong_claim_is_refused() {
    for (name, value) in [
        ("iss", json!("https://idp.example/")),
        ("iss", json!("https://evil.example")),
        ("sub", json!("")),
        ("sub", json!("x".repeat(256))),
        ("aud", json!("somebody else")),
        ("aud", json!(["us", "them"])),
        ("aud", json!([])),
        ("azp", json!("them")),
        ("exp", json!(NOW - 60)),
        ("exp", json!("tomorrow")),
        ("iat", json!(NOW + 61)),
        ("iat", json!(NOW - 91)),
        ("nbf", json!(NOW + 61)),
        ("nonce", json!("m")),
        ("nonce", json!("")),
        ("auth_time", json!(NOW + 61)),
        ("at_hash", json!("AAAAAAAAAAAAAAAAAAAAAA")),
    ] {
        assert!(refused(|_, claims, _| claims[name] = value.clone()).is_some(), "{name} {value}");
    }
    for name in ["iss", "sub", "aud", "exp", "iat", "nonce"] {
        assert!(refused(|_, claims, _| without(claims, name)).is_some(), "without {name}");
    }
}

#[test]
fn what_is_optional_may_be_absent_and_clocks_may_differ_a_little() {
    assert_eq!(refused(|_, claims, _| without(claims, "at_hash")), None);
    assert_eq!(refused(|_, claims, _| claims["aud"] = json!(["us"])), None);
    for (name, value) in [
        ("sub", json!("x".repeat(255))),
        ("exp", json!(NOW - 59)),
        ("iat", json!(NOW + 60)),
        ("iat", json!(NOW - 90)),
        ("nbf", json!(NOW + 60)),
        ("auth_time", json!(NOW + 60)),
    ] {
        assert_eq!(refused(|_, claims, _| claims[name] = value.clone()), None, "{name} {value}");
    }
    let two = |claims: &mut Value| {
        claims["aud"] = json!(["us", "them"]);
        claims["azp"] = json!("us");
    };
    assert_eq!(refused(|_, claims, _| two(claims)), None);
}

#[test]
fn the_header_can_choose_no_weaker_way() {
    for (name, value) in [
        ("alg", json!("none")),
        ("alg", json!("HS256")),
        ("alg", json!("ES384")),
        ("alg", json!("RS256")),
        ("typ", json!("at+jwt")),
        ("typ", json!("logout+jwt")),
        ("kid", json!("another")),
        ("kid", json!(null)),
        ("crit", json!(["exp"])),
    ] {
        assert!(refused(|header, _, _| header[name] = value.clone()).is_some(), "{name} {value}");
    }
    assert_eq!(refused(|header, _, _| header["typ"] = json!("JWT")), None);
}

/// OpenID Connect Core §10.1. A `kid` that is `null` is there all the same, and names no key.
#[test]
fn a_token_without_a_kid_is_of_the_only_key() {
    assert_eq!(refused(|header, _, _| without(header, "kid")), None);
    assert!(refused(|header, _, _| header["kid"] = json!("")).is_some());
}

/// A new sign-in that was asked for is not an earlier one.
#[test]
fn a_sign_in_that_was_asked_for_anew_is_younger_than_the_question() {
    let signed_in = |seconds_ago: i64| {
        refused(move |_, claims, question| {
            claims["auth_time"] = json!(NOW - seconds_ago);
            question.freshness.sign_in_again = Some(AskedFor::App);
        })
    };
    // It was asked 30 seconds ago, and clocks may differ by 60.
    assert_eq!(signed_in(90), None);
    assert!(signed_in(91).is_some());
}

#[test]
fn a_max_age_must_be_kept_and_shown() {
    assert!(refused(|_, _, question| question.freshness.max_age = Some(60)).is_some(), "no auth_time");
    let signed_in = |seconds_ago: i64| {
        refused(move |_, claims, question| {
            claims["auth_time"] = json!(NOW - seconds_ago);
            question.freshness.max_age = Some(60);
        })
    };
    assert_eq!(signed_in(120), None);
    assert!(signed_in(121).is_some());
}

#[test]
fn the_answer_and_the_token_are_of_one_issuer() {
    assert_eq!(refused(|_, _, question| question.iss = Some("https://idp.example")), None);
    assert!(refused(|_, _, question| question.iss = Some("https://other.example")).is_some());
}

/// As Entra ID answers for many organisations: it names itself, and the token names the organisation.
#[test]
fn an_answer_may_name_the_provider_and_the_token_the_organisation() {
    let many = IdentityProvider { id_token_issuers: vec!["https://idp.example/a".into()], ..provider() };
    let of_the_organisation = |iss: &str| refused_by_organisation(&many, iss);
    assert_eq!(of_the_organisation("https://idp.example"), None);
    assert_eq!(of_the_organisation("https://idp.example/a"), None);
    assert!(of_the_organisation("https://idp.example/b").is_some());
}

/// The token is of the first organisation; `iss` is what the answer says.
fn refused_by_organisation(provider: &IdentityProvider, iss: &str) -> Option<String> {
    let (metadata, nonce) = (signs_with(&[]), Secret::new("n"));
    let question = Question {
        provider,
        metadata: &metadata,
        iss: Some(iss),
        nonce: &nonce,
        access_token: None,
        asked_at: Timestamp(NOW),
        freshness: Freshness::default(),
        now: Timestamp(NOW),
    };
    let mut claims = good();
    claims["iss"] = json!("https://idp.example/a");
    without(&mut claims, "at_hash");
    let claims: Claims = serde_json::from_value(claims).unwrap();
    check_parties(&claims, &question).err().map(|bad| bad.0)
}

/// OpenID Connect Core §3.1.3.6: by the hash of the token's own `alg`.
#[test]
fn the_access_token_is_bound_by_the_hash_of_the_alg() {
    use Algorithm::*;
    let halves = [
        URL_SAFE_NO_PAD.encode(&Sha256::digest(b"access")[..16]),
        URL_SAFE_NO_PAD.encode(&Sha384::digest(b"access")[..24]),
        URL_SAFE_NO_PAD.encode(&Sha512::digest(b"access")[..32]),
    ];
    let token = Secret::new("access");
    for (algs, right) in [([RS256, PS256, ES256], 0), ([RS384, PS384, ES384], 1), ([RS512, PS512, PS512], 2)] {
        for alg in algs {
            let fits = halves.each_ref().map(|half| check_at_hash(half, Some(&token), alg).is_ok());
            assert_eq!(fits, [0, 1, 2].map(|index| index == right), "{alg:?}");
        }
    }
    assert!(refused(|_, _, question| question.access_token = None).is_some(), "no access token came");
}

#[test]
fn a_provider_that_does_not_say_what_it_signs_with_may_use_any_alg() {
    let header = URL_SAFE_NO_PAD.encode(json!({ "alg": "PS256", "kid": "k" }).to_string());
    let text = format!("{header}.e30.AA");
    let jws = UnverifiedJws::parse(&text).unwrap();
    assert_eq!(signing_key(&jws, &signs_with(&[])), Ok(SigningKey::Named("k")));
    assert!(signing_key(&jws, &signs_with(&["RS256"])).is_err());
}
