//! How somebody proved who they are, in the words of an id_token (RFC 8176; OpenID Connect Core §2).

use super::nothing;
use crate::{
    given::{NOW, amy, tenant},
    identity_provider::provider,
};
use rules::{
    credentials::{
        known_browser::BrowserMarks,
        methods::{
            MULTI_FACTOR, PHISHING_RESISTANT,
            Proof::{self, *},
            acr, could_be_more, falls_short, is_multi_factor, reachable, supported,
        },
    },
    identity_provider::IdentityProvider,
    signed_in::SignedIn,
    tenant::SecondFactor,
    time::Timestamp,
};

fn signed_in(amr: &[&str]) -> SignedIn {
    let amr = amr.iter().map(|method| (*method).to_owned()).collect();
    SignedIn { amr, ..SignedIn::by_password(&amy(), &nothing(), &tenant(), NOW) }
}

fn asks(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[test]
fn each_proof_has_its_words() {
    let table: [(Proof, &[&str]); 7] = [
        (Password, &["pwd"]),
        (PasswordAndCode, &["pwd", "otp", "mfa"]),
        (PasswordAndRecoveryCode, &["pwd", "mfa"]),
        (Passkey { copied: false }, &["hwk", "user", "mfa"]),
        (Passkey { copied: true }, &["swk", "user", "mfa"]),
        (PasswordAndPasskey { copied: false }, &["pwd", "hwk", "user", "mfa"]),
        (PasswordAndPasskey { copied: true }, &["pwd", "swk", "user", "mfa"]),
    ];
    for (proof, words) in table {
        assert_eq!(proof.amr(), words);
        assert_eq!(is_multi_factor(&signed_in(words)), proof != Password, "{words:?}");
    }
}

const PASSWORD: &[&str] = &["pwd"];
const CODE: &[&str] = &["pwd", "otp", "mfa"];
const PASSKEY: &[&str] = &["swk", "user", "mfa"];
const KEY_IN_HARDWARE: &[&str] = &["hwk", "user", "mfa"];
/// A key that nobody checked the holder of.
const BARE_KEY: &[&str] = &["hwk"];

/// OIDC-12.
#[test]
fn an_app_is_told_the_first_that_it_asked_for_or_the_best() {
    for (amr, asked, told) in [
        (PASSWORD, &[][..], None),
        (PASSWORD, &[MULTI_FACTOR], None),
        (BARE_KEY, &[], None),
        (CODE, &[], Some(MULTI_FACTOR)),
        (CODE, &[PHISHING_RESISTANT], Some(MULTI_FACTOR)),
        (PASSKEY, &[], Some(PHISHING_RESISTANT)),
        (KEY_IN_HARDWARE, &[], Some(PHISHING_RESISTANT)),
        (PASSKEY, &[MULTI_FACTOR], Some(MULTI_FACTOR)),
        (PASSKEY, &["unheard-of", MULTI_FACTOR, PHISHING_RESISTANT], Some(MULTI_FACTOR)),
    ] {
        assert_eq!(acr(&signed_in(amr), &asks(asked)).as_deref(), told, "{amr:?} {asked:?}");
    }
}

#[test]
fn a_sign_in_falls_short_of_what_another_could_be() {
    for (amr, asked, short) in [
        (PASSWORD, &[][..], false),
        (PASSWORD, &["unheard-of"], false),
        (PASSWORD, &[MULTI_FACTOR], true),
        (PASSWORD, &["unheard-of", PHISHING_RESISTANT], true),
        (CODE, &[MULTI_FACTOR], false),
        (CODE, &[PHISHING_RESISTANT], true),
        (CODE, &[PHISHING_RESISTANT, MULTI_FACTOR], false),
        (PASSKEY, &[PHISHING_RESISTANT], false),
    ] {
        assert_eq!(falls_short(&signed_in(amr), &asks(asked)), short, "{amr:?} {asked:?}");
    }
}

#[test]
fn of_somebody_whom_a_provider_signed_in_nothing_is_judged() {
    let there = SignedIn { provider: Some("okta".into()), acr: Some("theirs".into()), ..signed_in(PASSWORD) };
    assert_eq!(acr(&there, &asks(&[MULTI_FACTOR])).as_deref(), Some("theirs"));
    assert!(!falls_short(&there, &asks(&[MULTI_FACTOR])));
}

/// What a provider is trusted to say can be asked of it; nothing else is worth another sign-in there.
#[test]
fn a_sign_in_elsewhere_falls_short_of_what_was_agreed_with_that_provider() {
    let mut tenant = tenant();
    tenant.policy.passkeys = true;
    tenant.identity_providers =
        vec![IdentityProvider { id: "okta".into(), acr_values: asks(&["gold", "silver"]), ..provider() }];
    let there = |acr: Option<&str>| SignedIn {
        provider: Some("okta".into()),
        acr: acr.map(str::to_owned),
        ..signed_in(PASSWORD)
    };
    for (acr, asked, more) in [
        (None, &[][..], false),
        (None, &["gold"], true),
        (None, &["bronze"], false),
        (None, &[MULTI_FACTOR], false),
        (Some("silver"), &["gold"], true),
        (Some("silver"), &["gold", "silver"], false),
        (Some("gold"), &["bronze", "gold"], false),
    ] {
        assert_eq!(could_be_more(&tenant, &there(acr), &asks(asked)), more, "{acr:?} {asked:?}");
    }
    let left = SignedIn { provider: Some("entra".into()), ..signed_in(PASSWORD) };
    assert!(!could_be_more(&tenant, &left, &asks(&["gold"])));
    assert!(could_be_more(&tenant, &signed_in(PASSWORD), &asks(&[MULTI_FACTOR])));
    assert!(!could_be_more(&tenant, &signed_in(PASSWORD), &asks(&["gold"])));
    assert_eq!(supported(&tenant), [PHISHING_RESISTANT, MULTI_FACTOR, "gold", "silver"]);
    tenant.identity_providers[0].acr_values = asks(&[MULTI_FACTOR]);
    assert_eq!(supported(&tenant), [PHISHING_RESISTANT, MULTI_FACTOR]);
}

#[test]
fn a_tenant_can_be_asked_for_what_its_people_can_set_up() {
    use SecondFactor::*;
    for (passkeys, second_factor, words) in [
        (false, None, &[][..]),
        (false, Optional, &[MULTI_FACTOR]),
        (false, Required, &[MULTI_FACTOR]),
        (true, None, &[PHISHING_RESISTANT, MULTI_FACTOR]),
        (true, Required, &[PHISHING_RESISTANT, MULTI_FACTOR]),
    ] {
        let mut tenant = tenant();
        (tenant.policy.passkeys, tenant.policy.second_factor) = (passkeys, second_factor);
        assert_eq!(reachable(&tenant), words, "{passkeys} {second_factor:?}");
    }
}

/// A cookie that grew with each sign-in would be too long one day.
#[test]
fn a_browser_has_one_mark_of_a_person_however_often_they_sign_in() {
    let (tenant, person) = (tenant(), signed_in(PASSWORD));
    let after = |cookie: &str, person: &SignedIn, now: Timestamp| {
        BrowserMarks::read(cookie).after_sign_in(&tenant.id, person, now).expect("a mark")
    };
    let count = |cookie: &str| BrowserMarks::read(cookie).marks().len();
    let first = after("", &person, NOW);
    let again = after(&first, &person, NOW.plus(60));
    assert_eq!((count(&first), count(&again)), (1, 1));
    let another = after(&again, &SignedIn { sub: "rosa".into(), ..person.clone() }, NOW.plus(60));
    assert_eq!(count(&another), 2);
    let late = NOW.plus(10 * 365 * 86_400);
    assert_eq!(count(&after(&another, &person, late)), 1, "those whose time is over go");
}
