//! What a right password must be followed by.

use super::*;
use rules::{
    authorize::second_factor::{Asks, Pending, asks},
    credentials::{
        Credentials,
        methods::Proof,
        passkey::{CredentialPublicKey, Passkey},
        totp::TotpSecret,
    },
    tenant::{
        Policy,
        SecondFactor::{self, None, Optional, Required},
    },
};

fn has(app: bool, passkey: bool) -> Credentials {
    let mut credentials = Credentials::none_of(&given::amy());
    if app {
        let secret = TotpSecret::random();
        credentials.totp = secret.confirmed(&secret.code(NOW), NOW);
    }
    if passkey {
        credentials.passkeys = vec![Passkey {
            id: "one".into(),
            key: CredentialPublicKey::EdDSA(vec![1; 32]),
            sign_count: 0,
            copied: false,
            created_at: NOW,
            last_used: Option::None,
        }];
    }
    credentials
}

fn asked(second_factor: SecondFactor, passkeys: bool, credentials: &Credentials) -> &'static str {
    match asks(&Policy { second_factor, passkeys, ..Policy::default() }, credentials) {
        Option::None => "nothing",
        Some(Asks::Prove { app: true, passkey: true }) => "app or passkey",
        Some(Asks::Prove { app: true, passkey: false }) => "app",
        Some(Asks::Prove { app: false, passkey: true }) => "passkey",
        Some(Asks::Prove { app: false, passkey: false }) => "proof of nothing",
        Some(Asks::Enrol(_)) => "to set one up",
        Some(Asks::KeepCodes(_)) => "to keep codes",
    }
}

#[test]
fn the_policy_and_what_its_person_has_set_up_decide_what_else_is_wanted() {
    for (policy, passkeys, app, passkey, expected) in [
        (None, true, true, true, "nothing"),
        (None, true, false, false, "nothing"),
        (Optional, true, false, false, "nothing"),
        (Optional, true, true, false, "app"),
        (Optional, true, false, true, "passkey"),
        (Optional, true, true, true, "app or passkey"),
        (Optional, false, false, true, "nothing"),
        (Optional, false, true, true, "app"),
        (Required, true, false, false, "to set one up"),
        (Required, false, false, true, "to set one up"),
        (Required, true, true, false, "app"),
        (Required, true, false, true, "passkey"),
        (Required, true, true, true, "app or passkey"),
    ] {
        assert_eq!(asked(policy, passkeys, &has(app, passkey)), expected, "{policy:?} {passkeys} {app} {passkey}");
    }
}

#[test]
fn whoever_has_shown_both_is_the_same_person_with_a_better_proof() {
    let pending = Pending::new(amy(), Asks::Prove { app: true, passkey: false });
    assert!(!pending.failed);
    let user = pending.proven(Proof::PasswordAndCode);
    assert_eq!((user.sub.as_str(), user.auth_time), ("sub-of-amy", NOW));
    assert_eq!((pending.user.amr, user.amr), (Proof::Password.amr(), Proof::PasswordAndCode.amr()));
}
