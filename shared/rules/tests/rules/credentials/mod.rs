//! What a person has made their own, and how they proved who they are.

mod factors;
mod methods;
mod passkeys;
mod passwords;

use crate::given::{NOW, amy};
use rules::{
    credentials::{
        Credentials,
        passkey::{CredentialPublicKey, Passkey},
        totp::{Totp, TotpSecret},
    },
    time::Timestamp,
};

fn nothing() -> Credentials {
    Credentials::none_of(&amy())
}

fn authenticator_app(now: Timestamp) -> Totp {
    let secret = TotpSecret::random();
    secret.confirmed(&secret.code(now), now).unwrap()
}

fn passkey(id: &str) -> Passkey {
    Passkey {
        id: id.into(),
        key: CredentialPublicKey::EdDSA(vec![1; 32]),
        sign_count: 0,
        copied: false,
        created_at: NOW,
        last_used: None,
    }
}
