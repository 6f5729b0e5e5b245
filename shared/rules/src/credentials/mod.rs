//! What a person has made their own: the password they chose, the factors they added. The operator's file knows none of it.

pub mod chosen_password;
mod id;
pub mod known_browser;
pub mod methods;
pub mod passkey;
pub mod recovery;
pub mod totp;

pub use id::CredentialsId;

use crate::{
    secret::{ChosenSecretHash, SecretHash},
    signed_in::SignedIn,
    tenant::{Tenant, TenantId},
    time::Timestamp,
    user::User,
};
use methods::Proof;
use passkey::Passkey;
use serde::{Deserialize, Serialize};
use totp::{Totp, TotpSecret};

/// One item of the table, beside the user's own: applying a file writes the user and leaves this as it is. Its version makes
/// each use of a factor count once.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Credentials {
    pub tenant: TenantId,
    pub id: CredentialsId,
    pub username: String,
    pub sub: String,
    pub password: Option<OwnPassword>,
    pub totp: Option<Totp>,
    /// Of the codes that were not used yet.
    pub recovery: Vec<SecretHash>,
    pub passkeys: Vec<Passkey>,
    /// Goes up when a factor is taken away, and ends the sessions that were made before.
    pub generation: u32,
    /// For people of a provider, who have nothing else here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_out: Option<SignedOut>,
}

/// Every session of a person that was made until then is over, but one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedOut {
    pub at: Timestamp,
    /// The id of the one in which they said so.
    pub kept: Option<String>,
    /// From then on no session of before lives any more, and nothing need be known of this. Absent where it was written before it had an
    /// end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// A password that its person chose, in place of the one that the operator had given; or the operator's own under a stronger hash,
/// which a sign-in made.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OwnPassword {
    pub hash: ChosenSecretHash,
    /// Fingerprint of the hash that was there first, where `hash` is a stronger one of the same password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<SecretHash>,
    /// Of the operator's password at that time. While the file has that one, the person's own counts; another one in the
    /// file is a reset.
    pub replaces: SecretHash,
    pub since: Timestamp,
}

/// What somebody at a browser is about to add, while they are at it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Setup {
    App(TotpSecret),
    /// The challenge for a new passkey.
    Passkey(String),
    /// New recovery codes are on the page: they are made of the browser's own secret and this, and kept nowhere.
    Codes(String),
}

impl OwnPassword {
    fn fingerprint(&self) -> SecretHash {
        self.first.clone().unwrap_or_else(|| self.hash.fingerprint())
    }
}

impl Credentials {
    /// Of somebody who has made nothing their own yet.
    pub fn none_of(user: &User) -> Credentials {
        Credentials::none_of_name(&user.tenant, &user.username, &user.sub)
    }

    pub fn none_of_name(tenant: &TenantId, username: &str, sub: &str) -> Credentials {
        Credentials {
            tenant: tenant.clone(),
            id: CredentialsId::of(tenant, sub),
            username: username.to_owned(),
            sub: sub.to_owned(),
            password: None,
            totp: None,
            recovery: Vec::new(),
            passkeys: Vec::new(),
            generation: 0,
            signed_out: None,
        }
    }

    pub fn password_of<'a>(&'a self, user: &'a User) -> &'a ChosenSecretHash {
        self.own_password(user).map_or(&user.password, |own| &own.hash)
    }

    /// The password that the person chose, unless the operator has given another since.
    fn own_password(&self, user: &User) -> Option<&OwnPassword> {
        self.password.as_ref().filter(|own| own.replaces == user.password.fingerprint())
    }

    /// What a session was made with; one that was made with something else is over. A stronger hash of the same password is
    /// nothing else.
    pub fn fingerprint(&self, user: &User) -> SecretHash {
        let password = self.own_password(user).map_or_else(|| user.password.fingerprint(), OwnPassword::fingerprint);
        match self.generation {
            0 => password,
            generation => SecretHash::of(&format!("{}#{generation}", password.as_str())),
        }
    }

    /// Whether a password alone does not sign this person in.
    pub fn has_second_factor(&self) -> bool {
        self.totp.is_some() || !self.passkeys.is_empty()
    }

    #[must_use]
    pub fn with_password(&self, user: &User, hash: ChosenSecretHash, now: Timestamp) -> Credentials {
        let own = OwnPassword { hash, first: None, replaces: user.password.fingerprint(), since: now };
        Credentials { password: Some(own), ..self.clone() }
    }

    /// The same password under a stronger hash. People who are signed in by it stay so.
    #[must_use]
    pub fn rehashed(&self, user: &User, hash: ChosenSecretHash, now: Timestamp) -> Credentials {
        let given = user.password.fingerprint();
        let own = match self.own_password(user) {
            Some(own) => OwnPassword { hash, first: Some(own.fingerprint()), ..own.clone() },
            None => OwnPassword { hash, first: Some(given.clone()), replaces: given, since: now },
        };
        Credentials { password: Some(own), ..self.clone() }
    }

    /// Since when the person has had a password of their own choice.
    pub fn chosen_since(&self) -> Option<Timestamp> {
        self.password.as_ref().filter(|own| own.first.as_ref() != Some(&own.replaces)).map(|own| own.since)
    }

    /// Every session that was made so far is over, and every browser unknown.
    #[must_use]
    pub fn signed_out_everywhere(&self) -> Credentials {
        Credentials { generation: self.generation + 1, ..self.clone() }
    }

    /// The same for somebody who signs in at a provider, in every session but this one.
    #[must_use]
    pub fn signed_out_at(&self, at: Timestamp, kept: Option<&str>, tenant: &Tenant) -> Credentials {
        let (kept, until) = (kept.map(str::to_owned), Some(tenant.end_of_sessions_so_far(at)));
        Credentials { signed_out: Some(SignedOut { at, kept, until }), ..self.clone() }
    }

    /// When there is nothing more to know of somebody who signs in at a provider: all that is kept of them is since when they are signed
    /// out, and that ends with the last session it concerns. What a person made their own has no end.
    pub fn forget_at(&self) -> Option<Timestamp> {
        let has_own = self.password.is_some() || self.has_second_factor() || self.generation > 0;
        self.signed_out.as_ref().filter(|_| !has_own)?.until
    }

    /// An authenticator app that has shown its first right code, with the recovery codes that come with it.
    #[must_use]
    pub fn with_app(&self, totp: Totp, recovery: Vec<SecretHash>) -> Credentials {
        let recovery = if recovery.is_empty() { self.recovery.clone() } else { recovery };
        Credentials { totp: Some(totp), recovery, ..self.clone() }
    }

    /// Without a factor there is nothing to recover.
    #[must_use]
    pub fn without_app(&self) -> Credentials {
        Credentials { totp: None, generation: self.generation + 1, ..self.clone() }.tidy()
    }

    #[must_use]
    pub fn without_passkey(&self, id: &str) -> Credentials {
        let mut next = self.clone();
        next.passkeys.retain(|passkey| passkey.id != id);
        next.generation += u32::from(next.passkeys.len() < self.passkeys.len());
        next.tidy()
    }

    /// Nothing but the password is left, as the operator does it for somebody who has lost everything.
    #[must_use]
    pub fn without_factors(&self) -> Credentials {
        let (totp, passkeys, generation) = (None, Vec::new(), self.generation + 1);
        Credentials { totp, passkeys, generation, ..self.clone() }.tidy()
    }

    fn tidy(mut self) -> Credentials {
        if !self.has_second_factor() {
            self.recovery = Vec::new();
        }
        self
    }
}

impl SignedIn {
    /// The user, whose password was right at this moment.
    pub fn by_password(user: &User, credentials: &Credentials, tenant: &Tenant, now: Timestamp) -> SignedIn {
        let has_identity = user.fhir_user.is_some() || !user.patients.is_empty();
        SignedIn {
            username: user.username.clone(),
            sub: user.sub.clone(),
            name: user.name.clone(),
            fhir_server: tenant.fhir_server_of(user).filter(|_| has_identity).map(str::to_owned),
            fhir_user: user.fhir_user.clone(),
            patients: user.patients.clone(),
            auth_time: now,
            provider: None,
            issuer: None,
            amr: Proof::Password.amr(),
            acr: None,
            credential: Some(credentials.fingerprint(user)),
            vouched_by: None,
        }
    }
}
