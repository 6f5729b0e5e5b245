//! Factors that are added, used up and taken away.

use super::*;
use rules::{
    credentials::{
        recovery,
        totp::{base32, is_code},
    },
    secret::{Secret, SecretHash},
};

/// With an app, two passkeys and eight recovery codes.
fn everything() -> (Credentials, Vec<String>) {
    let codes = recovery::codes(&Secret::random(), "salt");
    let hashes = recovery::hashes(&nothing().id, &codes);
    let mut credentials = nothing().with_app(authenticator_app(NOW), hashes);
    credentials.passkeys = vec![passkey("one"), passkey("two")];
    (credentials, codes)
}

#[test]
fn an_app_or_a_passkey_is_a_second_factor() {
    let mut with_passkey = nothing();
    with_passkey.passkeys.push(passkey("one"));
    assert!(!nothing().has_second_factor());
    assert!(with_passkey.has_second_factor());
    assert!(nothing().with_app(authenticator_app(NOW), Vec::new()).has_second_factor());
}

#[test]
fn an_app_brings_recovery_codes_or_leaves_those_that_are_there() {
    let (credentials, _) = everything();
    let again = credentials.with_app(authenticator_app(NOW), Vec::new());
    assert_eq!(again.recovery, credentials.recovery);
    let new = vec![SecretHash::of("new")];
    assert_eq!(credentials.with_app(authenticator_app(NOW), new.clone()).recovery, new);
}

#[test]
fn whoever_takes_a_factor_away_ends_the_sessions_of_before() {
    let (credentials, _) = everything();
    let without_app = credentials.without_app();
    assert!(without_app.totp.is_none() && without_app.passkeys.len() == 2);
    let without_one = without_app.without_passkey("one");
    assert_eq!(without_one.passkeys.iter().map(|passkey| passkey.id.as_str()).collect::<Vec<_>>(), ["two"]);
    let generations = [&credentials, &without_app, &without_one, &without_one.without_factors()];
    assert_eq!(generations.map(|credentials| credentials.generation), [0, 1, 2, 3]);
    let unchanged = credentials.without_passkey("none");
    assert_eq!((unchanged.generation, unchanged.passkeys.len()), (0, 2), "there was no such passkey");
}

#[test]
fn recovery_codes_go_with_the_last_factor() {
    let (credentials, _) = everything();
    let without_passkeys = credentials.without_passkey("one").without_passkey("two");
    assert_eq!(credentials.without_app().recovery.len(), 8);
    assert_eq!(without_passkeys.recovery.len(), 8);
    assert!(without_passkeys.without_app().recovery.is_empty());
    let bare = credentials.without_factors();
    assert!(bare.recovery.is_empty() && !bare.has_second_factor());
}

#[test]
fn a_recovery_code_is_good_once_and_for_its_own_person() {
    let (credentials, codes) = everything();
    let left = recovery::used(&credentials, &codes[0]).unwrap();
    assert_eq!(left.recovery.len(), 7);
    assert!(recovery::used(&left, &codes[0]).is_none());
    assert!(recovery::used(&left, &codes[1]).is_some());
    assert!(recovery::used(&credentials, "AAAA-AAAA-AAAA-AAAA").is_none());
    let mut other = credentials;
    other.id = rules::credentials::CredentialsId::of(&other.tenant, "sub-of-bob");
    assert!(recovery::used(&other, &codes[0]).is_none());
}

/// RFC 6238 §5.2: "The verifier MUST NOT accept the second attempt of the OTP".
#[test]
fn a_code_of_an_app_is_good_once() {
    let app = authenticator_app(NOW);
    let next = app.secret.code(NOW.plus(30));
    let used = app.used(&next, NOW.plus(30)).unwrap();
    assert!(used.used(&next, NOW.plus(30)).is_none());
    assert_eq!((used.last_step, used.since), (app.last_step + 1, NOW));
}

#[test]
fn six_digits_with_spaces_anywhere_are_meant_as_a_code() {
    for code in ["123456", "123 456", " 1 2 3 4 5 6 "] {
        assert!(is_code(code), "{code}");
    }
    for other in ["", "12345", "1234567", "12345x", "abcdef", "AAAA-AAAA-AAAA-AAAA", "１２３４５６"] {
        assert!(!is_code(other), "{other}");
    }
    let app = authenticator_app(NOW);
    let code = app.secret.code(NOW.plus(30));
    assert!(app.used(&format!("{} {}", &code[..3], &code[3..]), NOW.plus(30)).is_some());
}

#[test]
fn a_secret_is_typed_in_groups_of_four() {
    let secret = TotpSecret::random();
    let (text, uri) = (secret.text(), secret.uri("s", "a"));
    assert!(text.split(' ').all(|group| group.len() == 4));
    assert_eq!(text.split(' ').count(), 8);
    assert!(uri.contains(&format!("?secret={}&", text.replace(' ', ""))));
    assert_eq!(base32(&[]), "");
}
