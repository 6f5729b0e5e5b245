//! A tenant is an issuer: its exact name, the FHIR servers it guards, its policy.

mod access_duration;
pub mod appearance;
mod b2b;
pub mod docs;
mod dpop;
mod ended;
mod fhir_server;
mod guarded;
mod hti;
mod id;
mod language;
mod lives;
pub mod paths;
mod patient_picker;
mod policy;
mod profile;
mod record;
pub mod role;
mod signing_alg;
pub mod user_access;
mod vouching;

pub use access_duration::AccessDuration;
pub use b2b::B2b;
pub use dpop::{DpopReplay, DpopUse};
pub use ended::{AccessOf, EndedAccess, GivenAccess};
pub use fhir_server::{FhirServer, HealthLakeRoles, below, same_resource, same_server};
pub use guarded::{Guarded, ProtectedResource};
pub use hti::{HTI_USER_TYPES, Hti, HtiSignIn};
pub use id::{Issuer, TenantId};
pub use language::Language;
pub use lives::{CONFIGURATION_AGE, FormerLife};
pub use patient_picker::PatientPicker;
pub use policy::*;
pub use profile::Profile;
pub use record::TenantRecord;
pub use signing_alg::SigningAlg;
pub use vouching::{HTI, Vouching};

use crate::{
    client::document::hosts::ClientDocuments,
    dpop::{NonceFor, NonceKey, Nonces},
    hash_work::HashWork,
    identity_provider::IdentityProvider,
    secret::ChosenSecretHash,
    time::Timestamp,
    user::User,
};
use appearance::Appearance;
use docs::Docs;
use role::Role;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use user_access::UserAccess;

/// An authorization server. One item of the table; everything that differs between tenants is in here.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Tenant {
    pub id: TenantId,
    pub issuer: Issuer,
    pub name: String,
    /// The first one is the default where a request may leave `aud` out.
    pub fhir_servers: Vec<FhirServer>,
    /// What else its tokens can be for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<ProtectedResource>,
    pub ehrs: Vec<Ehr>,
    /// Where its people sign in, besides here.
    #[serde(default)]
    pub identity_providers: Vec<IdentityProvider>,
    pub policy: Policy,
    /// Whether portals launch its apps as Koppeltaal does, and where their people sign in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hti: Option<Hti>,
    /// Whether a `client_id` may be the address of a document, and whose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_documents: Option<ClientDocuments>,
    /// What its community has agreed on for organizations that ask by themselves.
    #[serde(default, skip_serializing_if = "B2b::is_default")]
    pub b2b: B2b,
    #[serde(default)]
    pub pages: Appearance,
    /// What app developers read, if it is published at `/docs`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub docs: Option<Docs>,
    /// As whom people know it, for apps that ask them where their records are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_access: Option<UserAccess>,
    /// What backend services may do by what they are, instead of by what they ask.
    pub roles: Vec<Role>,
    /// Origins of all registered browser apps: a preflight carries no `client_id` (Fetch §3.2.2).
    pub origins: BTreeSet<String>,
    /// How long the longest-lived token of any client lives, by the settings of today.
    pub longest_token_seconds: i64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former_token_seconds: Vec<FormerLife>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former_grant_seconds: Vec<FormerLife>,
    /// What was ended for many at once. Commands write it; no file does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ended: Vec<EndedAccess>,
    /// What DPoP nonces are made with, once `dpop_nonce` was on. No file holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dpop_nonce_key: Option<NonceKey>,
    /// What each refusal of a password or a short secret takes: as much as comparing with the costliest that the file has.
    #[serde(default)]
    pub refusal_work: HashWork,
}

impl Tenant {
    /// The FHIR server that `aud` names: one trailing slash aside, exactly (SMART App Launch 2.2, §2.0.9).
    pub fn fhir_server(&self, aud: &str) -> Option<&FhirServer> {
        self.fhir_servers.iter().find(|server| same_server(&server.url, aud))
    }

    /// All that it guards, the FHIR servers first.
    pub fn guarded(&self) -> impl Iterator<Item = Guarded<'_>> {
        let resources = self.resources.iter().map(Guarded::Resource);
        self.fhir_servers.iter().map(Guarded::FhirServer).chain(resources)
    }

    /// The one that an access token with this audience is for.
    pub fn guarded_at(&self, aud: &str) -> Option<Guarded<'_>> {
        self.guarded().find(|guarded| same_server(guarded.url(), aud))
    }

    /// Whether any of its tokens can be bound to a key. Where none can, a proof is a header that nobody reads.
    pub fn takes_dpop(&self) -> bool {
        self.guarded().any(|guarded| !guarded.dpop().is_off())
    }

    /// What holds for tokens with this audience. One that is for this server itself can be bound if any can.
    pub fn dpop_at(&self, aud: &str) -> DpopUse {
        match self.guarded_at(aud) {
            Some(guarded) => guarded.dpop(),
            None if self.takes_dpop() => DpopUse::Accepted,
            None => DpopUse::Off,
        }
    }

    /// The nonces that proofs must hold, where the tenant asks for any.
    pub fn dpop_nonces(&self, of: NonceFor, now: Timestamp) -> Option<Nonces<'_>> {
        let key = self.dpop_nonce_key.as_ref().filter(|_| self.policy.dpop_nonce)?;
        Some(Nonces { key, of, now })
    }
}

impl Tenant {
    /// Where a user's `fhir_user` and `patients` are. An item that was written before users named a server means the only one.
    pub fn fhir_server_of<'a>(&'a self, user: &'a User) -> Option<&'a str> {
        match (&user.fhir_server, self.fhir_servers.as_slice()) {
            (Some(own), _) => Some(own),
            (None, [only]) => Some(&only.url),
            (None, _) => None,
        }
    }

    /// What this EHR may say of its users, if it may say anything.
    pub fn vouching(&self, ehr: &str) -> Option<&Vouching> {
        let own = self.ehrs.iter().find(|own| own.name == ehr)?;
        own.vouching.as_ref().filter(|_| self.lets_ehrs_vouch())
    }

    /// Whether an EHR may say who its users are. An HTI token itself names its user, and there is no other way in.
    pub fn lets_ehrs_vouch(&self) -> bool {
        self.hti.is_none() && self.policy.lets_ehrs_vouch()
    }

    pub fn has_vouching_ehr(&self) -> bool {
        self.ehrs.iter().any(|ehr| self.vouching(&ehr.name).is_some())
    }

    /// How long the longest-lived token that may be about lives.
    pub fn longest_token(&self, now: Timestamp) -> i64 {
        FormerLife::longest(self.longest_token_seconds, &self.former_token_seconds, now)
    }

    /// The same of a grant between two uses, of a session, and of a remembered consent. `today` is what the settings of today allow.
    pub fn longest_grant(&self, today: i64, now: Timestamp) -> i64 {
        FormerLife::longest(today, &self.former_grant_seconds, now)
    }

    /// A moment at which every session that was made until `now` has ended. One may be as old as a former setting allowed, and one that
    /// is being made may go by the settings that an instance still has in memory.
    pub fn end_of_sessions_so_far(&self, now: Timestamp) -> Timestamp {
        let longest = self.longest_grant(self.policy.session_seconds, now);
        now.plus(longest.saturating_add(CONFIGURATION_AGE))
    }

    /// Whether this was given before a moment at which all such access ended.
    pub fn has_ended(&self, access: &GivenAccess<'_>) -> bool {
        self.ended.iter().any(|ended| ended.includes(access))
    }
}

/// An EHR that may hand over its context at `launchContext`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Ehr {
    pub name: String,
    pub secrets: Vec<ChosenSecretHash>,
    /// Whether it may say who its user is, so that nobody is asked again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vouching: Option<Vouching>,
}
