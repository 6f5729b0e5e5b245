//! Passwords that people choose, and those that operators give.

use super::*;
use crate::given::{hash, tenant};
use rules::{
    credentials::{
        CredentialsId,
        chosen_password::{MOST_BYTES, Unfit, judge},
    },
    secret::SecretHash,
    signed_in::SignedIn,
    tenant::TenantId,
    user::User,
};

/// NIST SP 800-63B §5.1.1.2.
#[test]
fn a_password_has_at_most_a_kilobyte() {
    let of = |length: usize| "lantern ".repeat(200)[..length].to_owned();
    assert_eq!(judge(&of(MOST_BYTES), &[]), Ok(()));
    assert_eq!(judge(&of(MOST_BYTES + 1), &[]), Err(Unfit::TooLong));
}

/// A row of neighbours is what four of five steps make, not any two letters that are.
#[test]
fn a_few_neighbours_in_a_row_make_no_easy_password() {
    assert_eq!(judge("abxyqrmnklpd", &[]), Ok(()), "five of eleven steps");
    assert_eq!(judge("abcdefghikxq", &[]), Ok(()), "eight of eleven steps");
    assert_eq!(judge("abcdefghijxq", &[]), Err(Unfit::TooEasy), "nine of eleven steps");
}

#[test]
fn a_persons_own_password_counts_until_the_operator_gives_another() {
    let user = amy();
    let own = nothing().with_password(&user, hash("her own"), NOW);
    assert_eq!(nothing().password_of(&user), &user.password);
    assert_eq!(own.password_of(&user), &hash("her own"));
    let reset = User { password: hash("another of the operator's"), ..user };
    assert_eq!(own.password_of(&reset), &reset.password);
    let written = own.password.unwrap();
    assert_eq!((written.since, written.replaces), (NOW, amy().password.fingerprint()));
}

/// RFR-16: a session that was made with what is gone is over.
#[test]
fn a_fingerprint_changes_with_the_password_and_when_a_factor_is_taken_away() {
    let user = amy();
    let own = nothing().with_password(&user, hash("her own"), NOW);
    let with_app = own.with_app(authenticator_app(NOW), Vec::new());
    let prints = [
        nothing().fingerprint(&user),
        own.fingerprint(&user),
        with_app.without_app().fingerprint(&user),
        with_app.without_app().with_app(authenticator_app(NOW), Vec::new()).without_app().fingerprint(&user),
    ];
    for (index, one) in prints.iter().enumerate() {
        assert!(prints[..index].iter().all(|other| other != one), "{index}");
    }
    assert_eq!(own.fingerprint(&user), with_app.fingerprint(&user), "a factor more ends nothing");
    let signed_in = SignedIn::by_password(&user, &own, &tenant(), NOW);
    assert_eq!((signed_in.credential, signed_in.amr), (Some(own.fingerprint(&user)), vec!["pwd".to_owned()]));
    assert_eq!((signed_in.auth_time, signed_in.provider, signed_in.acr), (NOW, None, None));
}

/// WebAuthn §14.6.1: an authenticator keeps it, so it says nothing about the person.
#[test]
fn credentials_are_found_by_a_handle_of_32_bytes() {
    let id = nothing().id;
    assert_eq!(id.as_str(), SecretHash::of("clinic#sub-of-amy").as_str());
    assert_eq!(CredentialsId::of_handle(id.as_str()), Some(id.clone()));
    assert_ne!(CredentialsId::of(&TenantId::parse("other").unwrap(), "sub-of-amy"), id);
    for bad in ["", &id.as_str()[1..], &format!("{}AAAA", id.as_str()), &format!("{}+", &id.as_str()[1..])] {
        assert_eq!(CredentialsId::of_handle(bad), None, "{bad}");
    }
}

/// The same password under a stronger hash is no other password: whoever is signed in stays so, a reset stays a reset, and the page
/// does not say that the person chose it.
#[test]
fn a_stronger_hash_of_the_same_password_ends_nothing() {
    let user = amy();
    let stronger = nothing().rehashed(&user, hash("the operator's, hashed anew"), NOW);
    assert_eq!(stronger.password_of(&user), &hash("the operator's, hashed anew"));
    assert_eq!(stronger.fingerprint(&user), nothing().fingerprint(&user));
    assert_eq!(stronger.chosen_since(), None);
    let chosen = nothing().with_password(&user, hash("her own"), NOW);
    let own = chosen.rehashed(&user, hash("her own, hashed anew"), NOW.plus(5));
    let twice = own.rehashed(&user, hash("and once more"), NOW.plus(6));
    assert_eq!(own.password_of(&user), &hash("her own, hashed anew"));
    assert_eq!(
        [own.fingerprint(&user), twice.fingerprint(&user)],
        [chosen.fingerprint(&user), chosen.fingerprint(&user)]
    );
    assert_eq!((own.chosen_since(), twice.chosen_since()), (Some(NOW), Some(NOW)));
    let changed = stronger.with_password(&user, hash("her own"), NOW);
    assert_eq!((changed.fingerprint(&user), changed.chosen_since()), (chosen.fingerprint(&user), Some(NOW)));
    let reset = User { password: hash("another of the operator's"), ..user };
    assert_eq!(stronger.password_of(&reset), &reset.password);
    assert_eq!(own.fingerprint(&reset), nothing().fingerprint(&reset));
}

#[test]
fn signing_out_everywhere_ends_what_was_made_before() {
    let user = amy();
    let out = nothing().signed_out_everywhere();
    assert_ne!(out.fingerprint(&user), nothing().fingerprint(&user));
    assert_ne!(out.signed_out_everywhere().fingerprint(&user), out.fingerprint(&user));
    assert_eq!(out.password_of(&user), &user.password);
}
