//! What the others are written in: secrets, moments, FHIR ids.

use crate::given::NOW;
use rules::{
    fhir_id::{is_id, is_type, relative_reference},
    hash_work::{HashWork, is_client_secret, is_password},
    secret::{ChosenSecretHash, Secret, SecretHash, random_text},
    time::{Timestamp, age},
};

#[test]
fn a_secret_is_known_by_its_hash() {
    let secret = Secret::random();
    assert!(secret.hash().matches(secret.expose()) && !secret.hash().matches("another"));
    // SHA-256 of nothing, as everybody knows it.
    assert_eq!(SecretHash::of("").as_str(), "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU");
    assert_ne!(Secret::random().expose(), secret.expose());
    assert_eq!((random_text::<16>().len(), random_text::<32>().len()), (22, 43));
}

/// CLI-6. A short secret may be a person's, and is slow to compare.
#[test]
fn a_secret_of_32_characters_counts_as_generated() {
    let (short, long) = ("s".repeat(31), "s".repeat(32));
    assert!(!ChosenSecretHash::is_generated(&short) && ChosenSecretHash::is_generated(&long));
    let [short_hash, long_hash] = [&short, &long].map(|secret| ChosenSecretHash::of_client_secret(secret).unwrap());
    assert!(short_hash.is_slow() && !long_hash.is_slow());
    for (hash, presented, good) in [
        (&short_hash, &short, true),
        (&short_hash, &long, false),
        (&short_hash, &"t".repeat(31), false),
        (&long_hash, &long, true),
        (&long_hash, &short, false),
        (&long_hash, &"t".repeat(32), false),
    ] {
        assert_eq!(is_client_secret(std::slice::from_ref(hash), presented, HashWork::default()), good, "{presented}");
    }
    assert_ne!(short_hash.fingerprint(), long_hash.fingerprint());
}

#[test]
fn nobodys_secret_matches_nothing() {
    let work = HashWork::default();
    assert!(!is_client_secret(&[], "short", work) && !is_client_secret(&[], &"l".repeat(43), work));
    assert!(!is_password(None, "short", work));
}

#[test]
fn what_ends_now_is_past() {
    assert!(NOW.is_past(NOW) && NOW.is_past(NOW.plus(1)) && !NOW.plus(1).is_past(NOW));
    assert_eq!((NOW.plus(5).since(NOW), NOW.since(NOW.plus(5)), NOW.since(NOW)), (5, -5, 0));
    assert_eq!(Timestamp(i64::MAX).plus(1).since(Timestamp(i64::MIN)), i64::MAX, "nothing overflows");
}

/// FHIR R4 §2.24.0.1, date. The day is the last of November 2026.
#[test]
fn an_age_is_counted_from_as_much_of_a_date_as_there_is() {
    let now = Timestamp(1_796_040_000);
    assert_eq!(now.to_string(), "2026-11-30T12:00:00Z");
    for (birth_date, years) in [
        ("2000", Some(26)),
        ("2000-11", Some(26)),
        ("2000-12", Some(25)),
        ("2000-11-30", Some(26)),
        ("2000-12-01", Some(25)),
        ("2000-10-31", Some(26)),
        ("1877", Some(149)),
        ("1876", None),
        ("2026-11-30", Some(0)),
        ("2026-12-01", None),
        ("2027", None),
        ("", None),
    ] {
        assert_eq!(age(birth_date, now), years, "{birth_date}");
    }
}

/// FHIR R4 §2.24.0.1, id.
#[test]
fn an_id_has_1_to_64_letters_digits_hyphens_and_dots() {
    for good in ["1", "a.b-9", "..", &"x".repeat(64)] {
        assert!(is_id(good), "{good}");
    }
    for bad in ["", "a/b", "a_b", "ä", "a b", &"x".repeat(65)] {
        assert!(!is_id(bad), "{bad}");
    }
}

#[test]
fn a_type_begins_with_a_capital_and_has_letters_and_digits() {
    for good in ["Patient", "P", "R4Thing", &format!("P{}", "x".repeat(63))] {
        assert!(is_type(good), "{good}");
    }
    for bad in ["", "patient", "4Patient", "Pa-tient", "Pat ient", "Pätient", "*", &format!("P{}", "x".repeat(64))] {
        assert!(!is_type(bad), "{bad}");
    }
}

#[test]
fn a_relative_reference_is_a_type_and_an_id() {
    assert_eq!(relative_reference("Patient/1"), Some(("Patient", "1")));
    for bad in ["Patient", "Patient/", "/1", "patient/1", "Patient/1/2", "Patient/a b", "https://x/Patient/1"] {
        assert_eq!(relative_reference(bad), None, "{bad}");
    }
}
