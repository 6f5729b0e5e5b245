//! A right password that is not enough: what else its person must show, or set up first.

use crate::{
    credentials::{Credentials, methods::Proof, totp::TotpSecret},
    signed_in::SignedIn,
    tenant::{Policy, SecondFactor},
};
use serde::{Deserialize, Serialize};

/// Part of an interaction. Nobody is signed in by it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Pending {
    pub user: SignedIn,
    pub asks: Asks,
    /// The last answer was wrong.
    pub failed: bool,
    /// And no code of the authenticator app is judged any more.
    #[serde(default)]
    pub locked: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asks {
    /// For one of these.
    Prove { app: bool, passkey: bool },
    /// To set one up: the tenant wants one, and there is none. The secret is for an app.
    Enrol(TotpSecret),
    /// To keep the recovery codes that the page shows; what they are made of.
    KeepCodes(String),
}

/// What a password must be followed by. With `none` in the policy nobody is asked, whatever they had set up before.
pub fn asks(policy: &Policy, credentials: &Credentials) -> Option<Asks> {
    let (app, passkey) = (credentials.totp.is_some(), policy.passkeys && !credentials.passkeys.is_empty());
    match policy.second_factor {
        SecondFactor::None => None,
        SecondFactor::Optional | SecondFactor::Required if app || passkey => Some(Asks::Prove { app, passkey }),
        SecondFactor::Optional => None,
        SecondFactor::Required => Some(Asks::Enrol(TotpSecret::random())),
    }
}

impl Pending {
    pub fn new(user: SignedIn, asks: Asks) -> Pending {
        Pending { user, asks, failed: false, locked: false }
    }

    /// Who is signed in now that this was shown too.
    pub fn proven(&self, by: Proof) -> SignedIn {
        SignedIn { amr: by.amr(), ..self.user.clone() }
    }
}
